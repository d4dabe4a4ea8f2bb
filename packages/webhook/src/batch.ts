import { type Telemetry, toNdjson } from "@tesa/core";
import { concatBytes } from "./sign.ts";

/** A message, and its JSON as it will travel. */
export interface EncodedMessage {
  readonly seq: number;
  readonly message: Telemetry;
  readonly json: Uint8Array;
}

/** Where the messages of a batch come from: with the range, it names the batch in the world. */
export interface BatchSource {
  readonly logId: string;
  readonly epoch: string;
  /** From 0. */
  readonly lane: number;
  readonly lanes: number;
}

/** A request's body and the id under which it is sent, at every try. */
export interface EncodedBatch {
  readonly id: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The `type` of what the receiver gets. */
export const BATCH_TYPE = "telemetry.batch";

/** Writes a message as it stands in a batch: one JSON object, the same as a line of `toNdjson()`. */
export function encodeMessage(message: Telemetry): EncodedMessage {
  return { seq: message.seq, message, json: new TextEncoder().encode(toNdjson(message)) };
}

/**
 * Writes a batch. Id and body depend on nothing but the messages, so that they are the same at each try and after a
 * crash. The time stamp is when the last message was received.
 */
export function encodeBatch(source: BatchSource, messages: readonly EncodedMessage[]): EncodedBatch {
  const first = messages.at(0);
  const last = messages.at(-1);
  if (first === undefined || last === undefined) throw new Error("A batch has at least one message.");
  const { logId, epoch, lane, lanes } = source;
  const place = `lane${lane}of${lanes}-${first.seq}-${last.seq}`;
  return {
    id: withoutFullStops(`${logId}-${epoch}-${place}`),
    body: encodeBody({ log: logId, epoch, firstSeq: first.seq, lastSeq: last.seq }, messages),
  };
}

/** Writes a dead letter that is sent again: a batch of one under an id of its own, the same each time. */
export function encodeDeadLetter(
  source: Pick<BatchSource, "logId" | "epoch">,
  letter: { readonly id: number; readonly message: Telemetry },
): EncodedBatch {
  const encoded = encodeMessage(letter.message);
  const { logId, epoch } = source;
  return {
    id: withoutFullStops(`${logId}-deadletter${letter.id}`),
    body: encodeBody({ log: logId, epoch, firstSeq: encoded.seq, lastSeq: encoded.seq }, [encoded]),
  };
}

function encodeBody(head: object, messages: readonly EncodedMessage[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const timestamp = new Date(messages.at(-1)?.message.receivedAt ?? 0).toISOString();
  const start = JSON.stringify({ type: BATCH_TYPE, timestamp, data: head }).slice(0, -2);
  const comma = encoder.encode(",");
  const parts = messages.flatMap(({ json }, index) => (index === 0 ? [json] : [comma, json]));
  return concatBytes([encoder.encode(`${start},"messages":[`), ...parts, encoder.encode("]}}")]);
}

/** A full stop would end the id in what is signed (`id.timestamp.body`). */
function withoutFullStops(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]/g, "_");
}
