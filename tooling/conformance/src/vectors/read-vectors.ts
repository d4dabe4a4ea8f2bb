import { readFileSync } from "node:fs";

/** A case of a file in `vectors`; the README says what its input and what is expected of it mean. */
export interface VectorCase<Input, Expected> {
  /** Why the case is there. */
  readonly name: string;
  /** The capability without which it does not apply. @default none */
  readonly needs?: "durable" | "webhook";
  readonly input: Input;
  readonly expected: Expected;
}

/** Something that was to be refused, instead of a result. */
export interface Refused {
  readonly refused: true;
}

/** Bytes of a payload or body: a text in UTF-8, or base64 where JSON cannot hold them. */
export interface PayloadInput {
  readonly payload?: string;
  readonly payloadBase64?: string;
}

const FOLDER = new URL("../../vectors/", import.meta.url);

/** Reads one file of test vectors, such as `decode`. The caller knows what is in it. */
export function readVectors<Input, Expected>(name: string): readonly VectorCase<Input, Expected>[] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")).cases;
}

export function payloadBytes({ payload = "", payloadBase64 }: PayloadInput): Uint8Array {
  return payloadBase64 === undefined ? Buffer.from(payload, "utf8") : Buffer.from(payloadBase64, "base64");
}
