import { TesaError } from "../errors.ts";
import type { BrokerSocket } from "./broker-socket.ts";
import { ClientStream } from "./client-stream.ts";
import { encodePubacks, Lane, type LaneOptions } from "./lane.ts";
import { type Turns, TurnTraffic } from "./turn-traffic.ts";

/** How a {@link LaneStream} is made. */
export interface LaneStreamOptions extends Omit<LaneOptions, "onOther"> {
  /** The broker sent what MQTT does not allow; nothing more is read. */
  readonly onViolation: (error: TesaError) => void;
  readonly turns: Turns;
}

/**
 * The stream that mqtt.js reads from and writes to, over an open WebSocket. PUBLISH packets leave it on the way in and
 * never reach mqtt.js; PUBACKs join on the way out, all those of a turn of the event loop in one frame. They never fall
 * into the middle of another packet, because mqtt.js corks the stream for as long as it writes one.
 */
export class LaneStream extends ClientStream {
  readonly #lane: Lane;
  readonly #traffic: TurnTraffic;
  #isReading = true;

  constructor(socket: BrokerSocket, options: LaneStreamOptions) {
    super(socket);
    this.#traffic = new TurnTraffic({
      ...options.turns,
      onPublish: (publish) => {
        if (this.#isReading) options.onPublish(publish);
      },
      sendPubacks: (packetIds) => socket.send(encodePubacks(packetIds)),
    });
    this.#lane = new Lane({
      ...options,
      onPublish: (publish) => this.#traffic.arrive(publish),
      onOther: (packets) => this.push(packets),
    });
    socket.onMessage = (data) => {
      if (!this.#isReading) return;
      try {
        if (typeof data === "string") {
          throw new TesaError("protocol", "The broker sent a text frame; MQTT is binary.", {
            retryable: true,
          });
        }
        this.#lane.feed(data, Date.now());
      } catch (error) {
        this.stopReading();
        if (!(error instanceof TesaError)) throw error;
        options.onViolation(error);
      }
    };
    socket.closed.then(() => this.destroy());
  }

  /** Sends PUBACKs, in the order given, all those of a turn of the event loop at once. */
  acknowledge(packetId: number): void {
    this.#traffic.acknowledge(packetId);
  }

  /** Sends the PUBACKs that wait now, so that nothing overtakes them. */
  flushAcknowledgements(): void {
    this.#traffic.sendPubacks();
  }

  /** Hands on what has come and takes in nothing more. */
  stopReading(): void {
    if (this.#isReading) this.#traffic.deliver();
    this.#isReading = false;
  }

  override destroy(error?: Error): this {
    this.stopReading();
    return super.destroy(error);
  }
}
