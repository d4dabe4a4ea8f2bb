/** How long anything may take that a test waits for, in milliseconds: far more than it needs on a busy machine. */
const LIMIT_MS = 25_000;
const STEP_MS = 10;

/** Waits until a condition holds. @throws Error when it does not within the limit, saying what was waited for */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) {
      const missed = typeof what === "string" ? what : what();
      throw new Error(`Within ${LIMIT_MS / 1_000} s there was no ${missed}.`);
    }
    await pause(STEP_MS);
  }
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
