import type { EventId } from "../event-id.ts";
import type { GapNotice } from "./gap-list.ts";
import type { Hub } from "./hub.ts";
import type { Place } from "./subscriber.ts";

/** Where a client wants to begin. */
export type Beginning =
  | { readonly type: "now" }
  /** Behind the event that it had last. */
  | { readonly type: "after"; readonly id: EventId }
  /** With what was received since, in epoch milliseconds. */
  | { readonly type: "from"; readonly from: number };

/** Where it begins, and what it has missed for good. */
export interface Start {
  readonly place: Place;
  readonly removed: GapNotice | null;
}

/** Finds the place in the log. The hub must be held. @throws TesaError `log` */
export async function findStart(
  hub: Hub,
  beginning: Beginning,
  options: { readonly maxReplay: number },
): Promise<Start> {
  if (beginning.type === "now") return { place: hub.place, removed: null };
  const { firstSeq, lastSeq } = await hub.log.bounds();
  const earliest = Math.max(0, firstSeq - 1, lastSeq - options.maxReplay);
  if (beginning.type === "from") {
    const wanted = await seqBefore(hub, beginning.from, lastSeq);
    return startAt(hub, Math.max(wanted, earliest), wanted < earliest ? { afterSeq: null } : null);
  }
  const { epoch, seq } = beginning.id;
  // Of another epoch, all is new to the client; what it had of the old one is no longer known here.
  if (epoch !== hub.log.epoch) return startAt(hub, earliest, { afterSeq: null });
  if (seq > lastSeq) return startAt(hub, lastSeq, { afterSeq: null });
  return startAt(hub, Math.max(seq, earliest), seq < earliest ? { afterSeq: seq } : null);
}

async function startAt(
  hub: Hub,
  seq: number,
  missed: { readonly afterSeq: number | null } | null,
): Promise<Start> {
  await hub.passed(seq);
  const place = { seq, gaps: hub.gaps.placeOf(seq) };
  if (missed === null) return { place, removed: null };
  const { messages } = await hub.log.read({ after: seq, limit: 1 });
  const to = messages[0]?.receivedAt ?? null;
  return { place, removed: { kind: "removed", from: null, to, ...missed } };
}

/** The last `seq` before that time. */
async function seqBefore(hub: Hub, from: number, lastSeq: number): Promise<number> {
  let after = 0;
  for (;;) {
    const page = await hub.log.read({ after, from, limit: 1 });
    const [first] = page.messages;
    if (first !== undefined) return first.seq - 1;
    if (!page.more) return lastSeq;
    after = page.lastSeq;
  }
}
