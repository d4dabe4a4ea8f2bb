import { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { TesaError } from "../errors.ts";
import { encodePubacks, Lane, type LaneOptions } from "./lane.ts";

/** How a {@link LaneStream} is made. */
export interface LaneStreamOptions extends Omit<LaneOptions, "onOther"> {
  /** The broker sent what MQTT does not allow; nothing more is read. */
  readonly onViolation: (error: TesaError) => void;
}

/**
 * The stream that mqtt.js reads from and writes to, over an open WebSocket. PUBLISH packets leave it on the way in and
 * never reach mqtt.js; PUBACKs join on the way out, all those of a turn of the event loop in one frame. They never fall
 * into the middle of another packet, because mqtt.js corks the stream for as long as it writes one.
 */
export class LaneStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #lane: Lane;
  #toAcknowledge: number[] = [];
  #flushing: NodeJS.Immediate | undefined;
  #isReading = true;

  constructor(socket: WebSocket, options: LaneStreamOptions) {
    super({ autoDestroy: true });
    this.#socket = socket;
    this.#lane = new Lane({ ...options, onOther: (packets) => this.push(packets) });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (!this.#isReading) return;
      try {
        if (!isBinary) {
          throw new TesaError("protocol", "The broker sent a text frame; MQTT is binary.", {
            retryable: true,
          });
        }
        this.#lane.feed(data);
      } catch (error) {
        this.stopReading();
        if (!(error instanceof TesaError)) throw error;
        options.onViolation(error);
      }
    });
    socket.on("close", () => {
      this.push(null);
      this.destroy();
    });
  }

  /** Sends PUBACKs, in the order given, at the end of this turn of the event loop. */
  acknowledge(packetId: number): void {
    this.#toAcknowledge.push(packetId);
    this.#flushing ??= setImmediate(() => this.flushAcknowledgements());
  }

  /** Sends the PUBACKs that wait now, so that nothing overtakes them. */
  flushAcknowledgements(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#toAcknowledge.length === 0) return;
    const packets = encodePubacks(this.#toAcknowledge);
    this.#toAcknowledge = [];
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(packets);
  }

  /** Takes in nothing more. */
  stopReading(): void {
    this.#isReading = false;
  }

  override _read(): void {
    // What arrives is pushed as it comes: all but PUBLISH is little.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearImmediate(this.#flushing);
    this.stopReading();
    this.#socket.terminate();
    done(error);
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    // The socket's own close tells why it failed; mqtt.js need not hear it twice.
    this.#socket.send(bytes, () => done());
  }
}
