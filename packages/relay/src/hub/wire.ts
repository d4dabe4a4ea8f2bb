import type { GapNotice } from "./gap-list.ts";
import type { LiveEvent } from "./live-event.ts";
import type { UpstreamNotice } from "./upstream.ts";

/** How what happens is written for clients of one kind. */
export interface Wire<Piece> {
  telemetry(event: LiveEvent): Piece;
  /** The same without an id: a client cannot go on from there. */
  latest(event: LiveEvent): Piece;
  gap(gap: GapNotice): Piece;
  state(state: UpstreamNotice): Piece;
  /** The place where a new client begins, so that it can come back to it before the first message. */
  opening(id: string): Piece | null;
  /** What keeps a silent connection alive. */
  heartbeat(state: UpstreamNotice): Piece;
  /** Makes as few pieces of many as can be: each is a write of its own for every client. */
  join(pieces: readonly Piece[]): readonly Piece[];
}

const encoder = new TextEncoder();

/** Server-sent events (HTML Living Standard, section 9.2). */
export const sseWire: Wire<Uint8Array<ArrayBuffer>> = {
  telemetry: (event) => event.sse,
  latest: (event) => event.sseWithoutId,
  gap: (gap) => encoder.encode(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`),
  state: (state) => encoder.encode(`event: state\ndata: ${JSON.stringify(state)}\n\n`),
  // Without data it is no event; the id counts nevertheless.
  opening: (id) => encoder.encode(`id: ${id}\n\n`),
  heartbeat: () => encoder.encode(":\n\n"),
  join: (pieces) => (pieces.length > 1 ? [concatenate(pieces)] : pieces),
};

/** Text frames of JSON; each stands for itself. */
export const frameWire: Wire<string> = {
  telemetry: (event) => event.frame,
  latest: (event) => event.frameWithoutId,
  gap: (data) => JSON.stringify({ id: null, event: "gap", data }),
  state: (data) => JSON.stringify({ id: null, event: "state", data }),
  opening: () => null,
  heartbeat: (data) => JSON.stringify({ id: null, event: "state", data }),
  join: (pieces) => pieces,
};

function concatenate(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
