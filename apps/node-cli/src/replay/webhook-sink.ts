import { type Sink, TesaError } from "@tesa/core";
import { createMemoryTelemetryLog } from "@tesa/log";
import { openWebhook, ReaderStatus, type Teller, type WebhookSettings } from "@tesa/process";

/** Where a replay to a webhook goes. */
export interface WebhookSink extends Sink, AsyncDisposable {
  /** How many messages the receiver refused for good, and why the first of them; `null` if there are none. */
  refused(): Promise<{ readonly count: number; readonly reason: string } | null>;
}

/** How often it is looked whether all is delivered, besides being told, in milliseconds. */
const LOOK_MS = 250;

/**
 * Sends messages to a webhook as `tesa stream` does, signed, in order per device, with the same retries. A batch is
 * written when the receiver has all of it, so no more than one is in memory. They go out under the id of a log of their
 * own: a receiver that knows the originals takes them for what they are, another delivery.
 */
export async function openWebhookSink(
  webhook: WebhookSettings,
  { teller, signal }: { readonly teller: Teller; readonly signal: AbortSignal },
): Promise<WebhookSink> {
  const log = createMemoryTelemetryLog({ random: Math.random, clock: { now: Date.now } });
  const named = await openWebhook(log, webhook);
  const { reader } = named;
  const status = new ReaderStatus(named, {
    teller,
    advice: {},
    isTerminal: process.stderr.isTTY,
    now: Date.now,
  });
  let appended = 0;
  const isDone = () => reader.counts.delivered + reader.counts.deadLetters >= appended;
  return {
    async refused() {
      const [letter] = await log.deadLetters({ limit: 1 });
      return letter === undefined ? null : { count: reader.counts.deadLetters, reason: letter.reason };
    },
    async write(messages) {
      await log.append(messages.map((message) => ({ message, packetId: undefined })));
      appended += messages.length;
      for (; !isDone(); await change(reader, signal)) {
        signal.throwIfAborted();
        if (reader.state.type === "paused") throw asEnd(reader.state.error);
      }
    },
    async [Symbol.asyncDispose]() {
      status.end();
      await reader.close();
      status.tellLosses();
    },
  };
}

/** Until the reader's state changes, or some time has passed. */
async function change(
  reader: { onState(listener: () => void): () => void },
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      forget();
      resolve();
    };
    const timer = setTimeout(done, LOOK_MS);
    signal.addEventListener("abort", done);
    const forget = reader.onState(done);
  });
}

/** Nobody is there who would mend it meanwhile, as beside a stream. */
function asEnd(error: TesaError): TesaError {
  return new TesaError(error.code, `${error.message} The replay ends here.`, { cause: error });
}
