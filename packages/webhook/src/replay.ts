import type { TesaError } from "@tesa/core";
import type { DeadLetter, TelemetryLog } from "@tesa/log";
import { encodeDeadLetter } from "./batch.ts";
import { checkWebhook, type WebhookOptions } from "./options.ts";
import { post } from "./post.ts";
import { createSigner } from "./sign.ts";

/** Options of {@link replayDeadLetters}. */
export interface ReplayOptions extends Omit<WebhookOptions, "log"> {
  /** `openDeadLetters()` of `@tesa/log/sqlite` gives it while a stream has the log open; a whole log will do, too. */
  readonly log: Pick<TelemetryLog, "id" | "epoch" | "deadLetters" | "removeDeadLetters">;
  /** Only these. @default all that this webhook's forwarder gave up */
  readonly ids?: readonly number[];
  /** Ends it after the letter that is under way. */
  readonly signal?: AbortSignal;
  /** Called after each letter. */
  readonly onProgress?: (progress: { readonly delivered: number; readonly refused: number }) => void;
}

/** What became of the dead letters. */
export interface ReplayResult {
  /** The numbers of those that the receiver took now: they are dead letters no longer. */
  readonly delivered: readonly number[];
  /** Those that it refused again: they stay. */
  readonly refused: readonly { readonly id: number; readonly reason: string }[];
  /** Those asked for that are no dead letters of this webhook. */
  readonly notFound: readonly number[];
  /** Why it ended early, the receiver being down or refusing all; `null` if it went through. */
  readonly error: TesaError | null;
}

const PAGE = 100;

/**
 * Sends dead letters again, one by one in the order in which they were given up, and removes those that are taken. A
 * letter keeps its `webhook-id` from one replay to the next.
 *
 * @throws TesaError `config` for options that are wrong; `log` if the log fails
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayResult> {
  const { log, clock, ids, signal = new AbortController().signal, onProgress } = options;
  const { reader, ...checked } = checkWebhook(options);
  const request = { ...checked, clock, signer: await createSigner(options.secret) };
  const wanted = ids === undefined ? undefined : new Set(ids);
  const delivered: number[] = [];
  const refused: { id: number; reason: string }[] = [];
  const result = (error: TesaError | null): ReplayResult => {
    const seen = new Set([...delivered, ...refused.map(({ id }) => id)]);
    const notFound = error === null && !signal.aborted ? (ids ?? []).filter((id) => !seen.has(id)) : [];
    return { delivered, refused, notFound, error };
  };
  for await (const letter of lettersOf(options, reader)) {
    if (signal.aborted) break;
    if (wanted !== undefined && !wanted.has(letter.id)) continue;
    const batch = encodeDeadLetter({ logId: log.id, epoch: log.epoch }, letter);
    // Not given the signal: a request that is cut off may have been taken, and would be sent once more.
    const outcome = await post(request, batch, new AbortController().signal);
    if (outcome.verdict === "delivered") {
      await log.removeDeadLetters([letter.id]);
      delivered.push(letter.id);
    } else if (outcome.verdict === "refused") {
      refused.push({ id: letter.id, reason: outcome.error.message });
    } else {
      return result(outcome.error);
    }
    onProgress?.({ delivered: delivered.length, refused: refused.length });
  }
  return result(null);
}

async function* lettersOf({ log }: ReplayOptions, reader: string): AsyncGenerator<DeadLetter> {
  for (let after = 0; ; ) {
    const letters = await log.deadLetters({ reader, after, limit: PAGE });
    yield* letters;
    const last = letters.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
