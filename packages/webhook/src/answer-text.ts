import type { Clock } from "@tesa/core";

/** So much of an answer is read; the rest is not waited for. */
export const MAX_ANSWER_BYTES = 16_384;
/** So long is waited for an answer's body: what counts is the status, which is there already. */
const MAX_BODY_WAIT_MS = 1_000;
const MAX_SHOWN = 200;

/**
 * Reads the beginning of an answer's body and cancels the rest. Never rejects: a body that breaks off or never ends
 * changes nothing about the status. A short body is read to its end, so that the connection can be used again.
 */
export async function readAnswerText(body: ReadableStream<Uint8Array> | null, clock: Clock): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const ended = (async () => {
    while (bytes < MAX_ANSWER_BYTES) {
      const { done, value } = await reader.read();
      if (done) return;
      chunks.push(value.subarray(0, MAX_ANSWER_BYTES - bytes));
      bytes += value.length;
    }
  })().catch(() => {
    // Broken off: what came before is all there is to show.
  });
  let stopWaiting = () => {};
  const tooLong = new Promise<void>((resolve) => {
    stopWaiting = clock.setTimer(MAX_BODY_WAIT_MS, resolve);
  });
  await Promise.race([ended, tooLong]);
  stopWaiting();
  reader.cancel().catch(() => {
    // The connection is gone already.
  });
  return decode(chunks);
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

/**
 * An answer's text for an error message: in quotes, on one line, shortened, without characters that act on a terminal;
 * `""` for an empty one. A receiver that repeats a secret or a token does not get it into a log.
 */
export function quoteAnswer(text: string): string {
  const line = text
    .replaceAll(/whsec_[A-Za-z0-9+/=]+/g, "whsec_...")
    .replaceAll(/tesa_mqtt_\S+/gi, "tesa_mqtt_...")
    .replaceAll(/[\s\p{C}]+/gu, " ")
    .trim();
  if (line === "") return "";
  return `"${line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}...` : line}"`;
}
