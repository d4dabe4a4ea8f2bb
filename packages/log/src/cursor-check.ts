import { TesaError } from "@tesa/core";

/** @throws TesaError `usage` if the position is not one of the log */
export function checkPosition(name: string, position: number, lastSeq: number): void {
  if (Number.isSafeInteger(position) && position >= 0 && position <= lastSeq) return;
  throw new TesaError(
    "usage",
    `The cursor "${name}" cannot be set to ${position}: the log reaches from 0 to ${lastSeq}.`,
  );
}

/** The state of a cursor as it is kept. @throws TesaError `usage` if it cannot be expressed as JSON */
export function stateToJson(name: string, state: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(state);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return json;
  throw new TesaError("usage", `The state of the cursor "${name}" cannot be expressed as JSON.`, { cause });
}

/** @throws TesaError `usage` */
export function refuseClosedCursor(name: string): never {
  throw new TesaError("usage", `The cursor "${name}" is closed.`);
}

/** @throws TesaError `usage` */
export function refuseSecondCursor(name: string): never {
  throw new TesaError(
    "usage",
    `The cursor "${name}" is open already: give each reader of a log a name of its own, or close the other one first.`,
  );
}
