/** The newest messages of a device, by `seq`; 0 where there is none. */
export interface DeviceSeqs {
  /** The newest that the device sent just then. */
  live: number;
  /** The newest that the broker had in store. */
  retained: number;
}

/** Knows the newest message of each device, so that nobody has to look for it. */
export class LatestSeqs {
  readonly #devices = new Map<string, DeviceSeqs>();
  /** From here on a device may have left {@link forget} behind. */
  #forgetAbove = 1_000;

  note(device: string, seq: number, retained: boolean): void {
    const seqs = this.#devices.get(device);
    if (seqs === undefined)
      this.#devices.set(device, { live: retained ? 0 : seq, retained: retained ? seq : 0 });
    else if (retained) seqs.retained = seq;
    else seqs.live = seq;
  }

  /** As read from where it was kept. */
  load(device: string, seqs: DeviceSeqs): void {
    this.#devices.set(device, { ...seqs });
  }

  get(device: string): Readonly<DeviceSeqs> | undefined {
    return this.#devices.get(device);
  }

  /**
   * The newest message of each device that is still there, newest first. One that the broker had in store counts only
   * for a device that has no other.
   */
  newest(firstSeq: number, limit: number): number[] {
    const seqs: number[] = [];
    for (const { live, retained } of this.#devices.values()) {
      if (live >= firstSeq && live > 0) seqs.push(live);
      else if (retained >= firstSeq && retained > 0) seqs.push(retained);
    }
    return seqs.sort((a, b) => b - a).slice(0, limit);
  }

  /** Forgets devices of which there is no message left. Looks only now and then: it costs a look at each device. */
  forget(firstSeq: number): void {
    if (this.#devices.size < this.#forgetAbove) return;
    for (const [device, { live, retained }] of this.#devices) {
      if (live < firstSeq && retained < firstSeq) this.#devices.delete(device);
    }
    this.#forgetAbove = Math.max(1_000, 2 * this.#devices.size);
  }
}
