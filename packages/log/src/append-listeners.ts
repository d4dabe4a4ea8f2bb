/** Who wants to know of each append that stored something. */
export class AppendListeners {
  readonly #listeners = new Set<{ readonly call: (lastSeq: number) => void }>();

  add(listener: (lastSeq: number) => void): () => void {
    // The same function may be added twice; each time counts.
    const entry = { call: listener };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** A listener's mistake must not look like a failed append: it surfaces as an unhandled rejection of its own. */
  tell(lastSeq: number): void {
    for (const { call } of this.#listeners) void Promise.resolve(lastSeq).then(call);
  }
}
