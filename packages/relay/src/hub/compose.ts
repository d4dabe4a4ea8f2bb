import { type Filter, matchesFilter } from "../filter.ts";
import type { GapList } from "./gap-list.ts";
import type { LiveEvent } from "./live-event.ts";
import type { Place } from "./subscriber.ts";
import type { Wire } from "./wire.ts";

/** The next pieces for a client, and where it stands when they have been written. */
export interface Composed<Piece> {
  readonly pieces: readonly Piece[];
  readonly place: Place;
}

/** What is to be composed. */
export interface Passage {
  readonly from: Place;
  /** Those behind `from`, in order. Some may be missing, which nobody asked for. */
  readonly events: Iterable<LiveEvent>;
  /** Up to where `events` go. */
  readonly to: number;
  readonly gaps: GapList;
  readonly filter: Filter;
  /** About how many bytes to stop after. @default no limit */
  readonly maxBytes?: number;
}

/** Writes messages that match, and every gap at its place between them. */
export function compose<Piece>(wire: Wire<Piece>, passage: Passage): Composed<Piece> {
  const { from, events, to, gaps, filter, maxBytes = Number.POSITIVE_INFINITY } = passage;
  const pieces: Piece[] = [];
  let place = from;
  let bytes = 0;
  const passGaps = (seq: number) => {
    for (let gap = gaps.at(place.gaps); gap !== undefined && gap.afterSeq <= seq; gap = gaps.at(place.gaps)) {
      pieces.push(wire.gap(gap));
      place = { seq: place.seq, gaps: place.gaps + 1 };
    }
  };
  for (const event of events) {
    if (bytes >= maxBytes) return { pieces: wire.join(pieces), place };
    passGaps(event.seq - 1);
    place = { seq: event.seq, gaps: place.gaps };
    if (!matchesFilter(filter, event.message)) continue;
    pieces.push(wire.telemetry(event));
    bytes += event.size;
  }
  place = { seq: to, gaps: place.gaps };
  passGaps(to);
  return { pieces: wire.join(pieces), place };
}
