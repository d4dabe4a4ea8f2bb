import { TesaError } from "../errors.ts";
import type { Look } from "../transport.ts";
import type { BrokerSocket } from "./broker-socket.ts";
import { ClientStream } from "./client-stream.ts";
import { countPingAnswers, countPings, InFlight, PINGREQ } from "./in-flight.ts";
import { encodePubacks, joinBytes, Lane, type LaneOptions } from "./lane.ts";
import { type Turns, TurnTraffic } from "./turn-traffic.ts";

/** How a {@link LaneStream} is made. */
export interface LaneStreamOptions extends Omit<LaneOptions, "onOther"> {
  /** The broker sent what MQTT does not allow; nothing more is read. */
  readonly onViolation: (error: TesaError) => void;
  /** A ping was answered, and all messages before it were handed on. */
  readonly onLook: (look: Look) => void;
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
  readonly #inFlight: InFlight;
  /** Whether a look was asked for, and whether it is on its way. */
  #look: "none" | "wanted" | "asked" = "none";
  #isReading = true;

  constructor(socket: BrokerSocket, options: LaneStreamOptions) {
    const inFlight = new InFlight();
    super({
      send: (packets) => {
        for (let pings = countPings(packets); pings > 0; pings -= 1) inFlight.asked(Date.now());
        socket.send(packets);
      },
      close: () => socket.close(),
      terminate: () => socket.terminate(),
    });
    this.#inFlight = inFlight;
    this.#traffic = new TurnTraffic({
      ...options.turns,
      onPublish: (publish) => {
        if (this.#isReading) options.onPublish(publish);
      },
      sendPubacks: (packetIds) => socket.send(this.#encodePubacks(packetIds)),
      setTimer: (delayMs, callback) => setTimeout(callback, delayMs),
    });
    this.#lane = new Lane({
      ...options,
      onPublish: (publish) => {
        if (publish.qos === 1) inFlight.came(publish);
        this.#traffic.arrive(publish);
      },
      onOther: (packets) => {
        for (let answers = countPingAnswers(packets); answers > 0; answers -= 1) this.#looked(options);
        this.push(packets);
      },
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

  /** Has a PINGREQ follow the PUBACKs that are sent next, unless one is on its way. */
  look(): void {
    if (this.#look === "none") this.#look = "wanted";
  }

  /** Sends a PINGREQ, behind what mqtt.js is writing. To mqtt.js an answer that it did not ask for is a sign of life. */
  ping(): void {
    this.write(PINGREQ);
  }

  /** Sends the PUBACKs that wait now, so that nothing overtakes them. */
  flushAcknowledgements(): void {
    this.#traffic.sendPubacks();
  }

  #encodePubacks(packetIds: readonly number[]): Uint8Array<ArrayBuffer> {
    const packets = encodePubacks(packetIds);
    this.#inFlight.acknowledged(packetIds.length);
    if (this.#look !== "wanted") return packets;
    this.#look = "asked";
    this.#inFlight.asked(Date.now());
    return joinBytes([packets, PINGREQ]);
  }

  #looked({ onLook }: LaneStreamOptions): void {
    // Any answer counts: if it was to a ping of mqtt.js, that of the look follows, and does no harm.
    this.#look = "none";
    const look = this.#inFlight.answered();
    if (look === undefined) return;
    this.#traffic.deliver();
    if (this.#isReading) onLook(look);
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
