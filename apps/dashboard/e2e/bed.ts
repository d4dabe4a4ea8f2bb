import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { decode, openStream, parseConfig, parseToken, type TelemetryStream } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import {
  type Platform,
  type SimulatedDevice,
  simulatedFleet,
  startPlatform,
  startSimulator,
} from "@tesa/platform";
import { createRelay, createRelayKey, parseRelaySecrets, type Relay } from "@tesa/relay";
import { createNodeStreams } from "@tesa/relay/node";
import { createDashboardHandler } from "../serve/index.ts";
import { Publisher } from "./publisher.ts";

const ORGANISATION = "acme";
/** Visibly no secret of anybody. */
const SECRET = "test-secret-of-more-than-thirty-two-bytes";

/** Settings of {@link Bed.start}. */
export interface BedOptions {
  /** The built page. */
  readonly folder: string;
  /** Simulated devices. @default 8 */
  readonly devices?: number;
  /** Their messages per second; 0 is none of them. @default 20 */
  readonly rate?: number;
  /** Every n-th message is spoilt. @default none */
  readonly badEvery?: number;
  /** Whether the relay wants a key. @default false */
  readonly withKeys?: boolean;
  /** Whether the page offers the broker first, and looks for no relay. @default false */
  readonly isDirect?: boolean;
  /** Where the page may connect to, besides its own origin and the box's own broker. @default nowhere */
  readonly connect?: readonly string[];
}

/** All that the page needs, on this machine: the platform in a box, devices, a relay on a stream, and a server. */
export class Bed implements AsyncDisposable {
  readonly platform: Platform;
  readonly devices: readonly SimulatedDevice[];
  readonly log: TelemetryLog;
  readonly publisher: Publisher;
  readonly #options: BedOptions;
  readonly #stream: TelemetryStream;
  readonly #closers: (() => Promise<unknown>)[] = [];
  #relay: Relay | undefined;
  #server: ServerType | undefined;
  #port = 0;

  private constructor(options: BedOptions, platform: Platform, devices: readonly SimulatedDevice[]) {
    this.#options = options;
    this.platform = platform;
    this.devices = devices;
    this.log = createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
    this.publisher = new Publisher(platform, ORGANISATION);
    const token = parseToken(platform.tokens.issue({ organisation: ORGANISATION }));
    this.#stream = openStream({
      config: parseConfig({
        MQTT_BROKER_URL: platform.urls.wss,
        MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
      }),
      readToken: () => token,
      transport: createMqttTransport({ caCertificates: readFileSync(platform.caCertPath, "utf8") }),
      clock: systemClock,
      random: Math.random,
      log: this.log,
    });
    void this.#drain();
  }

  static async start(options: BedOptions): Promise<Bed> {
    const platform = await startPlatform({ ports: { ws: 0 } });
    const { devices: count = 8, rate = 20, badEvery } = options;
    const fleet =
      rate === 0 ? [] : simulatedFleet(platform, { organisation: ORGANISATION, devices: count, seed: 1 });
    const bed = new Bed(options, platform, fleet);
    await bed.serve();
    if (rate > 0) {
      const simulator = await startSimulator({
        url: platform.urls.mqtts,
        caCertPath: platform.caCertPath,
        devices: fleet,
        rate,
        seed: 1,
        ...(badEvery !== undefined && { badEvery }),
      });
      bed.#closers.push(() => simulator.stop());
    }
    return bed;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Puts messages into the log as if they had come from the broker; such as no broker would let through, too. */
  async arrive(messages: readonly { readonly topic: string; readonly payload: string | Uint8Array }[]) {
    const receivedAt = Date.now();
    const entries = messages.map(({ topic, payload }) => {
      const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
      const message = decode({ topic, payload: bytes, qos: 1, retained: false, receivedAt });
      return { message, packetId: undefined };
    });
    await this.log.append(entries);
  }

  /** A token that the broker takes. */
  token(): string {
    return this.platform.tokens.issue({ organisation: ORGANISATION });
  }

  /** A key that the relay takes. */
  async key(): Promise<string> {
    const [secret] = await parseRelaySecrets(SECRET);
    if (secret === undefined) throw new Error("There is no secret.");
    return (await createRelayKey({ secret, organisation: ORGANISATION, now: Date.now() })).key;
  }

  /** Starts the relay's server; the second time on the same port. */
  async serve(): Promise<void> {
    const { folder, withKeys = false, isDirect = false, connect = [] } = this.#options;
    const ws = this.platform.urls.ws ?? "";
    const dashboard = createDashboardHandler({
      folder,
      connect: [new URL(ws).origin, ...connect],
      settings: { brokerUrl: ws, ...(isDirect && { relay: null }) },
    });
    const relay = createRelay({
      log: this.log,
      clock: systemClock,
      stream: this.#stream,
      hostname: "127.0.0.1",
      access: withKeys
        ? { type: "keys", secrets: await parseRelaySecrets(SECRET), organisation: ORGANISATION }
        : { type: "open" },
      openStream: createNodeStreams(),
    });
    const server = serve({
      fetch: (request, env) => dashboard(request) ?? relay.fetch(request, env),
      hostname: "127.0.0.1",
      port: this.#port,
    });
    await new Promise<void>((resolve, reject) => {
      server.once("listening", () => resolve());
      server.once("error", reject);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#relay = relay;
    this.#server = server;
  }

  /** Ends the relay's server and every connection to it; the log and the stream go on. */
  async stopServing(): Promise<void> {
    const server = this.#server;
    this.#relay?.close();
    if (server === undefined) return;
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopServing();
    for (const close of this.#closers) await close();
    await this.publisher.close();
    await this.#stream.close();
    await this.log.close();
    await this.platform.close();
  }

  async #drain(): Promise<void> {
    try {
      for await (const batch of this.#stream.batches()) batch.done();
    } catch {
      // A test that ends the stream looks at it itself.
    }
  }
}
