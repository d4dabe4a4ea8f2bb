import type { Gap } from "@tesa/core";
import type { BrokerEntry } from "./broker.ts";
import type { LogEvidence, StoredRow } from "./evidence.ts";
import type { MessageKey } from "./message.ts";

/** What a run has to live up to. */
export interface Rules {
  /** The queue is long enough for every outage of the run. */
  readonly mayDrop: boolean;
  /** Several workers share the messages, or the broker itself may send one twice. */
  readonly mayDuplicate: boolean;
}

/** Everything that a run leaves behind. */
export interface Evidence {
  readonly rules: Rules;
  /** So many messages the broker has acknowledged to their publishers. */
  readonly published: number;
  /** Every message that was sent to a client or queued for one. */
  readonly entries: ReadonlyMap<MessageKey, BrokerEntry>;
  /** Whether the entries tell what was dropped. If not, what is missing inside a gap is taken to be. */
  readonly knowsDrops: boolean;
  readonly logs: readonly LogEvidence[];
  /** The rows of the mirror, by the id of their log. */
  readonly mirror: ReadonlyMap<string, readonly StoredRow[]>;
  /** What the webhook receiver took. */
  readonly taken: ReadonlySet<MessageKey>;
}

/** The counts of a run. `published` = `stored` - `duplicates` + `dropped` + `lost`, where nothing was unheard. */
export interface Verdict {
  readonly published: number;
  /** Rows in the logs. */
  readonly stored: number;
  /** Neither in a log nor dropped by the broker's queue. */
  readonly lost: number;
  /** Rows beyond the first one of a message. */
  readonly duplicates: number;
  /** Dropped by the broker's queue. */
  readonly dropped: number;
  /** Those of them that lie inside a gap on record. */
  readonly inGaps: number;
  readonly gaps: number;
  /** How long they are together. */
  readonly gapSeconds: number;
  /** Rows of the mirror. */
  readonly mirrored: number;
  readonly missingInMirror: number;
  /** Rows of the mirror that no log has. */
  readonly strangeInMirror: number;
  /** Messages of the logs that the webhook receiver took. */
  readonly delivered: number;
  readonly missingAtReceiver: number;
  readonly deadLetters: number;
  readonly rejected: number;
  /** Rows with a lower running number than one before them of the same device. */
  readonly outOfOrder: number;
  /** What is wrong, a sentence each; none if the run has passed. */
  readonly problems: readonly string[];
}

/** So many examples are named for each problem. */
const EXAMPLES = 5;

/** Holds what the broker says against what log, mirror and receiver have. */
export function judge(evidence: Evidence): Verdict {
  const { entries, knowsDrops, logs, published } = evidence;
  const rows = logs.flatMap((log) => log.rows);
  const stored = new Set(rows.map(({ key }) => key));
  const missing = [...entries].filter(([key]) => !stored.has(key));
  const isCovered = gapSearch(logs);
  const dropped = missing.filter(([, entry]) =>
    knowsDrops ? entry.droppedFor !== undefined : isCovered(entry),
  );
  const silent = dropped.filter(([, entry]) => !isCovered(entry));
  const isDropped = new Set(dropped.map(([key]) => key));
  const lost = missing.filter(([key]) => !isDropped.has(key));
  const mirror = compareMirror(evidence);
  const undelivered = [...stored].filter((key) => !evidence.taken.has(key));
  const counts = {
    published,
    stored: rows.length,
    lost: lost.length,
    duplicates: rows.length - stored.size,
    dropped: dropped.length,
    inGaps: dropped.length - silent.length,
    gaps: logs.reduce((sum, { gaps }) => sum + gaps.length, 0),
    gapSeconds: Math.round(logs.reduce((sum, { gaps }) => sum + spanMs(gaps), 0) / 1_000),
    mirrored: [...evidence.mirror.values()].reduce((sum, { length }) => sum + length, 0),
    missingInMirror: mirror.missing.length,
    strangeInMirror: mirror.strange.length,
    delivered: stored.size - undelivered.length,
    missingAtReceiver: undelivered.length,
    deadLetters: logs.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    rejected: logs.reduce((sum, { rejected }) => sum + rejected, 0),
    outOfOrder: logs.reduce((sum, log) => sum + countOutOfOrder(log.rows), 0),
  };
  const strangers = [...stored].filter((key) => !entries.has(key));
  const keysOf = (found: readonly (readonly [MessageKey, BrokerEntry])[]) => found.map(([key]) => key);
  const problems = [
    found(keysOf(lost), "were handed to a client or queued for it, and are in no log"),
    found(
      keysOf(silent),
      `were dropped by the broker's queue, outside of every gap on record${distance(silent, logs)}`,
    ),
    found(strangers, "are in a log, and the broker knows nothing of them"),
    found(mirror.missing, "are in a log, and not in PostgreSQL"),
    found(mirror.strange, "are in PostgreSQL, and not in the log that they are said to be from"),
    found(undelivered, "are in a log, and the webhook receiver never took them"),
    ...problemsByRule(evidence, counts),
  ].filter((problem) => problem !== undefined);
  return { ...counts, problems };
}

function problemsByRule(
  { rules, entries, published }: Evidence,
  counts: Omit<Verdict, "problems">,
): (string | undefined)[] {
  const { dropped, duplicates, deadLetters, outOfOrder, rejected } = counts;
  const unheard = published - entries.size;
  return [
    published > 0 ? undefined : "Nothing was published.",
    unheard > 0 ? `${unheard} messages were published while nobody was subscribed.` : undefined,
    dropped > 0 && !rules.mayDrop
      ? `${dropped} messages were dropped, though the queue was to hold all of them.`
      : undefined,
    duplicates > 0 && !rules.mayDuplicate ? `${duplicates} rows are duplicates.` : undefined,
    outOfOrder > 0 && !rules.mayDuplicate ? `${outOfOrder} rows are out of their device's order.` : undefined,
    deadLetters > 0 ? `${deadLetters} messages were given up as dead letters.` : undefined,
    rejected > 0 ? `${rejected} messages could not be stored.` : undefined,
  ];
}

function found(keys: readonly MessageKey[], what: string): string | undefined {
  if (keys.length === 0) return undefined;
  const examples = keys.slice(0, EXAMPLES).join(", ");
  return `${keys.length} messages ${what}: ${examples}${keys.length > EXAMPLES ? ", ..." : ""}`;
}

/** Whether a message lies inside a gap: of the client's own log where it is known whose queue dropped it. */
function gapSearch(logs: readonly LogEvidence[]): (entry: BrokerEntry) => boolean {
  const all = logs.flatMap(({ gaps }) => gaps);
  const byClient = new Map(logs.map(({ clientId, gaps }) => [clientId, gaps]));
  return ({ at, until = at, droppedFor }) =>
    (droppedFor === undefined ? all : (byClient.get(droppedFor) ?? [])).some(
      ({ from, to }) => from <= until && at <= to,
    );
}

/** How far they lie from the gap that is nearest. */
function distance(
  silent: readonly (readonly [MessageKey, BrokerEntry])[],
  logs: readonly LogEvidence[],
): string {
  const gaps = logs.flatMap((log) => log.gaps);
  if (gaps.length === 0) return "";
  const nearest = silent.map(([, { at }]) =>
    Math.min(...gaps.map(({ from, to }) => Math.max(from - at, at - to))),
  );
  return ` (by ${Math.min(...nearest)} to ${Math.max(...nearest)} ms)`;
}

function spanMs(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { from, to }) => sum + to - from, 0);
}

function compareMirror({ logs, mirror }: Evidence): { missing: MessageKey[]; strange: MessageKey[] } {
  const missing: MessageKey[] = [];
  const strange: MessageKey[] = [];
  const known = new Set(logs.map(({ logId }) => logId));
  for (const [logId, rows] of mirror) if (!known.has(logId)) strange.push(...rows.map(({ key }) => key));
  for (const { logId, rows } of logs) {
    const mirrored = new Map((mirror.get(logId) ?? []).map(({ seq, key }) => [seq, key]));
    for (const { seq, key } of rows) {
      if (mirrored.get(seq) === key) mirrored.delete(seq);
      else missing.push(key);
    }
    strange.push(...mirrored.values());
  }
  return { missing, strange };
}

/** A message that is stored twice counts at its first place. */
function countOutOfOrder(rows: readonly StoredRow[]): number {
  const seen = new Set<MessageKey>();
  const highest = new Map<string, number>();
  let count = 0;
  for (const { key } of rows) {
    if (seen.has(key)) continue;
    seen.add(key);
    const [deviceId = "", number = ""] = key.split("/");
    if (Number(number) < (highest.get(deviceId) ?? 0)) count += 1;
    else highest.set(deviceId, Number(number));
  }
  return count;
}
