import type { Measurement, ReceiverTask } from "../protocol.ts";

/** How it stood when the measurement began. */
interface Start {
  readonly count: number;
  readonly cpu: NodeJS.CpuUsage;
  /** In milliseconds, of the monotonic clock. */
  readonly at: number;
}

/**
 * Measures this process from the moment at which `from` messages have been dealt with to that of `total`: connecting,
 * TLS, loading and the first compilations are not part of it. Batches may step over either number.
 */
export class Meter {
  readonly #from: number;
  readonly #total: number;
  readonly #onDone: (measurement: Measurement) => void;
  #count = 0;
  #start: Start | undefined;

  constructor({ from, total }: Pick<ReceiverTask, "from" | "total">, onDone: (result: Measurement) => void) {
    this.#from = from;
    this.#total = total;
    this.#onDone = onDone;
  }

  /** Messages dealt with so far. */
  get count(): number {
    return this.#count;
  }

  /** So many more messages have been dealt with. */
  add(messages: number): void {
    this.#count += messages;
    if (this.#start === undefined) {
      if (this.#count < this.#from) return;
      this.#start = { count: this.#count, cpu: process.cpuUsage(), at: performance.now() };
    } else if (this.#count >= this.#total) this.#stop(this.#start);
  }

  #stop({ count, cpu, at }: Start): void {
    const { user, system } = process.cpuUsage(cpu);
    this.#onDone({
      cpuUs: user + system,
      wallUs: (performance.now() - at) * 1_000,
      messages: this.#count - count,
    });
  }
}
