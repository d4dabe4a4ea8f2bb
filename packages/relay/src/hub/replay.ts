import { logFilter } from "../filter.ts";
import { compose } from "./compose.ts";
import type { Feed } from "./feed.ts";
import { LiveEvent } from "./live-event.ts";
import type { Place, Subscriber } from "./subscriber.ts";

/** At the most so many messages are read from the log at once for one client. */
const PAGE_ROWS = 500;
/** About how much is written to a client at once. */
const STEP_BYTES = 256 * 1024;

/** Serves a client that is behind, at its own pace. */
export interface Replay {
  /** Whether the client stands where the live ones stand. */
  isDone(): boolean;
  /** Waits until the client takes something and writes what comes next. @throws TesaError `log` */
  step(): Promise<void>;
}

/** Begins where the client stands. */
export function createReplay<Piece>(feed: Feed, subscriber: Subscriber<Piece>, start: Place): Replay {
  const { ring, gaps, log, clock } = feed;
  const { wire, filter } = subscriber;
  let place = start;

  const fromRing = () => {
    const to = feed.place.seq;
    return compose(wire, {
      from: place,
      events: ring.between(place.seq, to),
      to,
      gaps,
      filter,
      maxBytes: STEP_BYTES,
    });
  };
  const fromLog = async () => {
    const page = await log.read({ after: place.seq, limit: PAGE_ROWS, ...logFilter(filter) });
    const { firstSeq } = await log.bounds();
    const first = page.messages[0];
    if (firstSeq > place.seq + 1 && first?.seq !== place.seq + 1)
      tellRemoved(firstSeq, first?.receivedAt ?? null);
    // What is behind the live clients' place comes to them with the next flush, and to this one as well.
    const to = Math.max(place.seq, Math.min(page.lastSeq, feed.place.seq));
    const events = page.messages
      .filter(({ seq }) => seq > place.seq && seq <= to)
      .map((message) => new LiveEvent(message, log.epoch));
    return compose(wire, { from: place, events, to, gaps, filter, maxBytes: STEP_BYTES });
  };

  const tellRemoved = (firstSeq: number, to: number | null) => {
    subscriber.write([wire.gap({ kind: "removed", from: null, to, afterSeq: place.seq })], clock.now());
    place = { seq: Math.min(firstSeq - 1, feed.place.seq), gaps: place.gaps };
  };

  return {
    isDone: () => place.seq >= feed.place.seq && place.gaps >= feed.place.gaps && subscriber.outlet.isReady,
    async step() {
      await subscriber.ready();
      subscriber.catchUpState(feed.upstream.current, clock.now());
      if (subscriber.isGone || (place.seq >= feed.place.seq && place.gaps >= feed.place.gaps)) return;
      const composed = place.seq + 1 >= ring.firstSeq ? fromRing() : await fromLog();
      subscriber.write(composed.pieces, clock.now());
      place = composed.place;
    },
  };
}
