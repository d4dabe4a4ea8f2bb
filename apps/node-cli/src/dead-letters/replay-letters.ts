import { exitCodeFor, TesaError } from "@tesa/core";
import type { DeadLetters } from "@tesa/log";
import { plural, printable, type Teller, type WebhookSettings } from "@tesa/process";
import type { Choice } from "./choice.ts";

/** What it takes to send dead letters again. */
export interface ReplayLettersOptions {
  readonly log: DeadLetters;
  readonly webhook: WebhookSettings;
  readonly choice: Choice;
  readonly teller: Teller;
  readonly signal: AbortSignal;
}

/**
 * Sends dead letters again, tells what became of them, and gives the exit code: 0 if all were taken.
 * @throws TesaError `log`, `config`
 */
export async function replayLetters(options: ReplayLettersOptions): Promise<number> {
  const { log, webhook, choice, teller, signal } = options;
  const { replayDeadLetters } = await import("@tesa/webhook");
  const { createGuardedFetch } = await import("@tesa/webhook/node");
  const { systemClock } = await import("@tesa/core/mqtt");
  const { url, secret, name } = webhook;
  const { delivered, refused, notFound, error } = await replayDeadLetters({
    log,
    url,
    secret,
    clock: systemClock,
    fetch: createGuardedFetch(),
    signal,
    onProgress: (counts) =>
      teller.passing.set("replay", () => `${counts.delivered} delivered, ${counts.refused} refused`),
    ...(name === undefined ? {} : { name }),
    ...(choice.ids === undefined ? {} : { ids: choice.ids }),
  });
  teller.passing.stop();
  for (const { id, reason } of refused) teller.warn(`${id} was refused again: ${reason}`);
  for (const id of notFound) {
    teller.warn(
      `${id} is no dead letter of this webhook. tesa webhook list shows them; --webhook-name chooses the webhook.`,
    );
  }
  if (error !== null) teller.note(`${teller.colours.red("ended")}: ${printable(error.message)}`);
  teller.note(`${delivered.length} delivered, ${refused.length} refused`);
  if (error !== null) return exitCodeFor(error);
  if (notFound.length > 0)
    return exitCodeFor(new TesaError("usage", `${plural(notFound.length, "letter")} missing`));
  return refused.length > 0 ? exitCodeFor(new TesaError("output", "Refused again.")) : 0;
}
