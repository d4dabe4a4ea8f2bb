import { type Telemetry, toNdjson } from "@tesa/core";

const encoder = new TextEncoder();

/** A message on its way to clients. Each form is encoded when the first client needs it, once for all of them. */
export class LiveEvent {
  readonly message: Telemetry;
  readonly #epoch: string;
  #json: string | undefined;
  #sse: Uint8Array<ArrayBuffer> | undefined;
  #sseWithoutId: Uint8Array<ArrayBuffer> | undefined;
  #frame: string | undefined;

  constructor(message: Telemetry, epoch: string) {
    this.message = message;
    this.#epoch = epoch;
  }

  get seq(): number {
    return this.message.seq;
  }

  /** One line of NDJSON, as `toNdjson()` makes it. */
  get json(): string {
    this.#json ??= toNdjson(this.message);
    return this.#json;
  }

  /** The event of an SSE stream, with its id. */
  get sse(): Uint8Array<ArrayBuffer> {
    this.#sse ??= encoder.encode(`id: ${this.#epoch}:${this.seq}\ndata: ${this.json}\n\n`);
    return this.#sse;
  }

  get sseWithoutId(): Uint8Array<ArrayBuffer> {
    this.#sseWithoutId ??= encoder.encode(`data: ${this.json}\n\n`);
    return this.#sseWithoutId;
  }

  /** The text frame of a WebSocket. */
  get frame(): string {
    this.#frame ??= `{"id":"${this.#epoch}:${this.seq}","event":"telemetry","data":${this.json}}`;
    return this.#frame;
  }

  get frameWithoutId(): string {
    return `{"id":null,"event":"telemetry","data":${this.json}}`;
  }

  /** About how much memory it holds, in bytes. */
  get size(): number {
    return 1_000 + this.message.topic.length + 4 * this.message.payload.length;
  }
}
