import { setTimeout as delay } from "node:timers/promises";
import type { TelemetryLog } from "@tesa/log";
import { openSqliteLog } from "@tesa/log/sqlite";
import type { ChaosBroker } from "./broker.ts";
import { keyOf, type MessageKey } from "./message.ts";

/** What is waited for. */
export interface DrainOptions {
  readonly broker: Pick<ChaosBroker, "outstanding">;
  readonly logPaths: readonly string[];
  /** How many rows PostgreSQL has. */
  readonly countMirrored: () => Promise<number>;
  /** What the webhook receiver has. */
  readonly taken: ReadonlySet<MessageKey>;
}

const LOOK_MS = 250;
/** Without any progress for so long, there will be none: the longest wait of a reader is 30 s. */
const STALLED_MS = 90_000;
/** A broker that does not tell what waits there is taken to be empty when nothing new has come for so long. */
const QUIET_MS = 3_000;
const PAGE = 10_000;

/**
 * Waits until everything that was published has come to the logs, and from there to PostgreSQL and to the webhook. Gives
 * why it stopped waiting, or nothing if all has come.
 */
export async function drain(options: DrainOptions): Promise<string | undefined> {
  const { broker, countMirrored } = options;
  const logs: LogWatch[] = [];
  try {
    for (const path of options.logPaths) {
      logs.push(new LogWatch(await openSqliteLog({ path, readOnly: true }), options.taken));
    }
    let before = "";
    let changedAt = performance.now();
    for (;;) {
      // The broker first: what leaves it meanwhile is not overlooked.
      const atBroker = broker.outstanding();
      for (const log of logs) await log.look();
      const stored = logs.reduce((sum, { rows }) => sum + rows, 0);
      const undelivered = logs.reduce((sum, log) => sum + log.undelivered, 0);
      const unmirrored = stored - (await countMirrored());
      const now = JSON.stringify([atBroker, stored, undelivered, unmirrored]);
      if (now !== before) changedAt = performance.now();
      before = now;
      const quietMs = performance.now() - changedAt;
      const isEmpty = atBroker === undefined ? quietMs >= QUIET_MS : atBroker === 0;
      if (isEmpty && undelivered === 0 && unmirrored === 0) return undefined;
      if (quietMs > STALLED_MS) {
        return (
          `Nothing has moved for ${STALLED_MS / 1_000} s, with ${atBroker ?? "perhaps some"} messages at the broker, ` +
          `${unmirrored} not in PostgreSQL and ${undelivered} not at the webhook receiver.`
        );
      }
      await delay(LOOK_MS);
    }
  } finally {
    for (const log of logs) await log.close();
  }
}

/** Follows a log that another process writes, and knows what of it the receiver lacks. */
class LogWatch {
  readonly #log: TelemetryLog;
  readonly #taken: ReadonlySet<MessageKey>;
  #after = 0;
  #undelivered: MessageKey[] = [];

  constructor(log: TelemetryLog, taken: ReadonlySet<MessageKey>) {
    this.#log = log;
    this.#taken = taken;
  }

  get rows(): number {
    return this.#after;
  }

  get undelivered(): number {
    return this.#undelivered.length;
  }

  async look(): Promise<void> {
    for (let more = true; more; ) {
      const page = await this.#log.read({ after: this.#after, limit: PAGE });
      for (const { payload } of page.messages) this.#undelivered.push(keyOf(payload));
      this.#after = page.lastSeq;
      more = page.more;
    }
    this.#undelivered = this.#undelivered.filter((key) => !this.#taken.has(key));
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}
