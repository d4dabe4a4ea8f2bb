import type { Look } from "../transport.ts";

/**
 * Keeps count of what a broker has under way over one connection, as the broker saw it when it answered a ping. Everything
 * goes in order: it had seen the acknowledgements that left before the ping, and sent the messages that came before the
 * answer.
 */
export class InFlight {
  /** At QoS 1, over this connection. */
  #came = 0;
  #acknowledged = 0;
  /** How many had come with the last one that was sent again. */
  #resentUpTo = 0;
  /** Pings without an answer, with what was acknowledged before each. */
  readonly #pings: { readonly askedAt: number; readonly acknowledged: number }[] = [];

  /** A QoS 1 message came. */
  came({ duplicate }: { readonly duplicate: boolean }): void {
    this.#came += 1;
    if (duplicate) this.#resentUpTo = this.#came;
  }

  /** So many acknowledgements have left. */
  acknowledged(count: number): void {
    this.#acknowledged += count;
  }

  /** A PINGREQ leaves. */
  asked(askedAt: number): void {
    this.#pings.push({ askedAt, acknowledged: this.#acknowledged });
  }

  /** A PINGRESP came; `undefined` if nothing was asked. */
  answered(): Look | undefined {
    const ping = this.#pings.shift();
    if (ping === undefined) return undefined;
    const { askedAt, acknowledged } = ping;
    // EMQX may send a message twice when a session is resumed, the second time with DUP (seen on 5.10.3): such a one counts
    // twice until both were acknowledged.
    const isCertain = acknowledged >= this.#resentUpTo;
    return { askedAt, inFlight: isCertain ? this.#came - acknowledged : null };
  }
}

/** MQTT 3.1.1 and 5, 3.12. */
export const PINGREQ: Uint8Array<ArrayBuffer> = Uint8Array.of(0xc0, 0);
/** 3.13. */
const PINGRESP = Uint8Array.of(0xd0, 0);

/** How many pings are among these whole packets. */
export function countPings(packets: Uint8Array): number {
  return count(packets, PINGREQ[0]);
}

/** How many answers to pings are among these whole packets. */
export function countPingAnswers(packets: Uint8Array): number {
  return count(packets, PINGRESP[0]);
}

function count(packets: Uint8Array, first: number | undefined): number {
  let found = 0;
  for (let at = 0; at < packets.byteLength; ) {
    if (packets[at] === first) found += 1;
    let length = 0;
    let factor = 1;
    do {
      at += 1;
      length += ((packets[at] ?? 0) & 0x7f) * factor;
      factor *= 128;
    } while ((packets[at] ?? 0) >= 0x80);
    at += 1 + length;
  }
  return found;
}
