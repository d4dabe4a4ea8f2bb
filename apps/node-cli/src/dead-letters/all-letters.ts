import type { DeadLetter, DeadLetters } from "@tesa/log";

/** Each has a whole message with it, of up to 10 MB. */
const PAGE = 20;

/** All dead letters, oldest first, page by page. */
export async function* allLetters(
  log: Pick<DeadLetters, "deadLetters">,
): AsyncGenerator<readonly DeadLetter[]> {
  for (let after = 0; ; ) {
    const letters = await log.deadLetters({ after, limit: PAGE });
    const last = letters.at(-1);
    if (last === undefined) return;
    yield letters;
    after = last.id;
  }
}
