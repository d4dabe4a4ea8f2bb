import { TesaError } from "../errors.ts";
import type { BrokerSocket } from "./broker-socket.ts";
import { ClientStream } from "./client-stream.ts";
import { encodePubacks, Lane, type LaneOptions } from "./lane.ts";

/** How a {@link LaneStream} is made. */
export interface LaneStreamOptions extends Omit<LaneOptions, "onOther"> {
  /** The broker sent what MQTT does not allow; nothing more is read. */
  readonly onViolation: (error: TesaError) => void;
  /** Calls back once this turn of the event loop is over. */
  readonly afterTurn: (callback: () => void) => void;
}

/**
 * The stream that mqtt.js reads from and writes to, over an open WebSocket. PUBLISH packets leave it on the way in and
 * never reach mqtt.js; PUBACKs join on the way out, all those of a turn of the event loop in one frame. They never fall
 * into the middle of another packet, because mqtt.js corks the stream for as long as it writes one.
 */
export class LaneStream extends ClientStream {
  readonly #socket: BrokerSocket;
  readonly #lane: Lane;
  readonly #afterTurn: LaneStreamOptions["afterTurn"];
  #toAcknowledge: number[] = [];
  #isFlushPlanned = false;
  #isReading = true;

  constructor(socket: BrokerSocket, options: LaneStreamOptions) {
    super(socket);
    this.#socket = socket;
    this.#afterTurn = options.afterTurn;
    this.#lane = new Lane({ ...options, onOther: (packets) => this.push(packets) });
    socket.onMessage = (data) => {
      if (!this.#isReading) return;
      try {
        if (typeof data === "string") {
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
    };
    socket.closed.then(() => this.destroy());
  }

  /** Sends PUBACKs, in the order given, at the end of this turn of the event loop. */
  acknowledge(packetId: number): void {
    this.#toAcknowledge.push(packetId);
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    this.#afterTurn(() => {
      this.#isFlushPlanned = false;
      this.flushAcknowledgements();
    });
  }

  /** Sends the PUBACKs that wait now, so that nothing overtakes them. */
  flushAcknowledgements(): void {
    if (this.#toAcknowledge.length === 0) return;
    const packets = encodePubacks(this.#toAcknowledge);
    this.#toAcknowledge = [];
    this.#socket.send(packets);
  }

  /** Takes in nothing more. */
  stopReading(): void {
    this.#isReading = false;
  }

  override destroy(error?: Error): this {
    this.stopReading();
    return super.destroy(error);
  }
}
