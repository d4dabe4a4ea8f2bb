import type { Packet } from "mqtt-packet";

interface Waiter {
  readonly fits: (packet: Packet) => boolean;
  readonly resolve: (packet: Packet) => void;
  readonly reject: (error: Error) => void;
}

/** Packets that came, until somebody asks for them. */
export class PacketInbox {
  readonly #packets: Packet[] = [];
  readonly #waiters = new Set<Waiter>();
  #failure: Error | undefined;

  push(packet: Packet): void {
    for (const waiter of this.#waiters) {
      if (!waiter.fits(packet)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(packet);
      return;
    }
    this.#packets.push(packet);
  }

  /** No packet will come any more. What has come can still be taken. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
    this.#waiters.clear();
  }

  /** Takes the oldest packet that fits, waiting for it if need be. */
  async take(fits: (packet: Packet) => boolean, wanted: string, timeoutMs: number): Promise<Packet> {
    const index = this.#packets.findIndex(fits);
    const [packet] = index === -1 ? [] : this.#packets.splice(index, 1);
    if (packet !== undefined) return packet;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#wait(fits, wanted, timeoutMs);
  }

  #wait(fits: (packet: Packet) => boolean, wanted: string, timeoutMs: number): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        fits,
        resolve: (packet) => {
          clearTimeout(timer);
          resolve(packet);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`No ${wanted} came within ${timeoutMs} ms.`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }
}
