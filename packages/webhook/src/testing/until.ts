const PATIENCE_MS = 10_000;

/** Waits for something that real sockets bring about. */
export async function until(condition: () => boolean, what = "the expected"): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
