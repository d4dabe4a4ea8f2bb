import { Problem } from "./http/problem.ts";
import type { Grant } from "./keys/grant.ts";

/** Counts live clients, in all and with each key. */
export class Admission {
  readonly #limits: { readonly clients: number; readonly clientsPerKey: number };
  readonly #holders = new Map<string, number>();
  #clients = 0;

  constructor(limits: { readonly clients: number; readonly clientsPerKey: number }) {
    this.#limits = limits;
  }

  get clients(): number {
    return this.#clients;
  }

  /**
   * Lets a client in; the returned function lets it out and may be called twice.
   *
   * @throws Problem 503 when there are too many clients, 429 when too many of them have this key
   */
  enter({ holder, organisation }: Grant): () => void {
    const { clients, clientsPerKey } = this.#limits;
    const ofHolder = this.#holders.get(holder) ?? 0;
    if (this.#clients >= clients) throw tooMany(503, `The relay has ${clients} clients, as many as it may.`);
    // Without keys all have the same.
    if (organisation !== null && ofHolder >= clientsPerKey) {
      throw tooMany(
        429,
        `This key has ${clientsPerKey} clients, as many as it may. Give each user a key of their own.`,
      );
    }
    this.#clients += 1;
    this.#holders.set(holder, ofHolder + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#clients -= 1;
      const left = (this.#holders.get(holder) ?? 1) - 1;
      if (left === 0) this.#holders.delete(holder);
      else this.#holders.set(holder, left);
    };
  }
}

function tooMany(status: 429 | 503, detail: string): Problem {
  return new Problem(status, "too-many-clients", detail, { "retry-after": "10" });
}
