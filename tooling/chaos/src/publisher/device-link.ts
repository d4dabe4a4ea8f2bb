import { connect, type TLSSocket } from "node:tls";
import { generate, type Packet, parser } from "mqtt-packet";
import { encodeNumbered, topicOf } from "../message.ts";

/** A device to publish as. */
export interface PublishingDevice {
  readonly deviceId: string;
  readonly username: string;
  readonly password: string;
}

/** Where a device connects to. */
export interface DeviceTarget {
  /** `mqtts://host:port` */
  readonly url: string;
  /** PEM text of the CA to trust. */
  readonly ca: string;
}

/** What one device has done. */
export interface DeviceReport {
  readonly deviceId: string;
  /** When message 1, 2 and so on were sent, in epoch milliseconds. */
  readonly sentAt: readonly number[];
  /** When the broker's acknowledgement of 1, 2 and so on came. */
  readonly acknowledgedAt: readonly number[];
}

/** The most that a device has unacknowledged: EMQX's receive maximum. */
const WINDOW = 32;
const CONNECT_TIMEOUT_MS = 10_000;
const PROTOCOL = { protocolVersion: 5 } as const;

/**
 * Publishes numbered messages at QoS 1 over MQTTS. Made to cost little, beside what it tests on the same machine: what is
 * sent in one turn is one write. It does not reconnect: the faults of a run leave devices alone.
 */
export class DeviceLink {
  readonly #device: PublishingDevice;
  readonly #socket: TLSSocket;
  readonly #sentAt: number[] = [];
  readonly #acknowledgedAt: number[] = [];
  #unsent: Buffer[] = [];
  #isLeaving = false;
  readonly #onFailure: (error: Error) => void;

  /** Connects and waits for the CONNACK. @throws Error why not */
  static async open(
    target: DeviceTarget,
    device: PublishingDevice,
    onFailure: (error: Error) => void,
  ): Promise<DeviceLink> {
    const { hostname, port } = new URL(target.url);
    const socket = connect({ host: hostname, port: Number(port), ca: target.ca });
    socket.setNoDelay(true);
    const link = new DeviceLink(socket, device, onFailure);
    await link.#connected(socket);
    return link;
  }

  private constructor(socket: TLSSocket, device: PublishingDevice, onFailure: (error: Error) => void) {
    this.#socket = socket;
    this.#device = device;
    this.#onFailure = onFailure;
  }

  get report(): DeviceReport {
    return { deviceId: this.#device.deviceId, sentAt: this.#sentAt, acknowledgedAt: this.#acknowledgedAt };
  }

  get hasRoom(): boolean {
    return this.#sentAt.length - this.#acknowledgedAt.length < WINDOW;
  }

  get isFlushed(): boolean {
    return this.#sentAt.length === this.#acknowledgedAt.length;
  }

  /** Publishes the next number; it leaves with `flush()`. */
  publishNext(now: number): void {
    const { deviceId } = this.#device;
    this.#sentAt.push(now);
    const number = this.#sentAt.length;
    this.#unsent.push(
      generate(
        {
          cmd: "publish",
          topic: topicOf(deviceId),
          payload: encodeNumbered(deviceId, number, now),
          qos: 1,
          dup: false,
          retain: false,
          messageId: packetIdOf(number),
        },
        PROTOCOL,
      ),
    );
  }

  flush(): void {
    if (this.#unsent.length === 0) return;
    this.#socket.write(Buffer.concat(this.#unsent));
    this.#unsent = [];
  }

  /** Says goodbye. */
  close(): void {
    this.#isLeaving = true;
    this.#socket.end(generate({ cmd: "disconnect", reasonCode: 0 }, PROTOCOL));
  }

  #connected(socket: TLSSocket): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#failure("no CONNACK came")), CONNECT_TIMEOUT_MS);
      const fail = (reason: string) => {
        clearTimeout(timer);
        const error = this.#failure(reason);
        reject(error);
        if (!this.#isLeaving) this.#onFailure(error);
      };
      const packets = parser(PROTOCOL);
      packets.on("packet", (packet: Packet) => {
        if (packet.cmd === "connack") {
          if (packet.reasonCode !== 0) return fail(`CONNACK ${packet.reasonCode}`);
          clearTimeout(timer);
          resolve();
        } else if (packet.cmd === "puback") this.#onPuback(packet, fail);
      });
      socket.on("data", (bytes) => packets.parse(bytes));
      socket.on("error", (error) => fail(error.message));
      socket.on("close", () => fail("the connection was closed"));
      socket.once("secureConnect", () => socket.write(this.#connectPacket()));
    });
  }

  #connectPacket(): Buffer {
    const { deviceId, username, password } = this.#device;
    return generate(
      {
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 5,
        clientId: deviceId,
        clean: true,
        keepalive: 0,
        username,
        password: Buffer.from(password),
      },
      PROTOCOL,
    );
  }

  /** Brokers acknowledge in the order of receipt (MQTT 5, 4.6), so that a count says all. */
  #onPuback({ messageId, reasonCode = 0 }: Packet & { cmd: "puback" }, fail: (reason: string) => void): void {
    const next = this.#acknowledgedAt.length + 1;
    if (reasonCode >= 0x80) fail(`message ${next} was refused with reason code ${reasonCode}`);
    else if (messageId !== packetIdOf(next))
      fail(`a PUBACK for ${messageId} came, not for ${packetIdOf(next)}`);
    else this.#acknowledgedAt.push(Date.now());
  }

  #failure(reason: string): Error {
    return new Error(`The device ${this.#device.deviceId} cannot publish: ${reason}.`);
  }
}

/** 1 to 65,535, over and over: no more than a window of them is in use at once. */
function packetIdOf(number: number): number {
  return ((number - 1) % 65_535) + 1;
}
