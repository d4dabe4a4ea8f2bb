/** A place in a log: the id of an event, and the cursor of a page of history. */
export interface EventId {
  readonly epoch: string;
  readonly seq: number;
}

/** Reads `EPOCH:SEQ`; `null` if it is nothing of the kind. */
export function parseEventId(text: string): EventId | null {
  const [, epoch, digits] = /^([0-9A-Za-z_-]{1,64}):(0|[1-9][0-9]{0,15})$/.exec(text) ?? [];
  const seq = Number(digits);
  return epoch === undefined || !Number.isSafeInteger(seq) ? null : { epoch, seq };
}

/** Writes `EPOCH:SEQ`. */
export function formatEventId({ epoch, seq }: EventId): string {
  return `${epoch}:${seq}`;
}
