import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Platform, type PlatformEvent, type PlatformOptions, startPlatform } from "@tesa/platform";
import { spellingsIn, TestClient } from "@tesa/platform/testing";
import { type Client, startClient } from "./client.ts";
import type { Manifest } from "./manifest.ts";
import { type Network, startNetwork } from "./network.ts";
import { until } from "./until.ts";

/** Options of {@link Bed.start}. */
export interface StartOptions {
  /** Added to the environment, or with `undefined` taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Waits until the app has subscribed, and so gets what is published from now on. @default true */
  readonly live?: boolean;
  /** How many topic filters it will subscribe to, be it in one packet or in several. @default 1 */
  readonly filters?: number;
}

/** Options of {@link Bed.publish}. */
export interface PublishOptions {
  readonly retain?: boolean;
}

/** Telemetry of g1; most cases need no more. */
export const TOPIC = "device/g1/telemetry/temperature";

/** What one case works with: a platform of its own, and everything that runs on it and ends with the case. */
export class Bed implements AsyncDisposable {
  readonly manifest: Manifest;
  readonly platform: Platform;
  readonly token: string;
  /** A folder of this case alone. */
  readonly folder: string;
  readonly events: PlatformEvent[] = [];
  readonly #clients: Client[] = [];
  readonly #others: AsyncDisposable[] = [];
  readonly #publishers = new Map<string, Promise<TestClient>>();
  #network: Network | undefined;

  readonly #deviceVersion: 4 | 5;

  private constructor(manifest: Manifest, platform: Platform, versions: readonly (4 | 5)[] = [5]) {
    this.manifest = manifest;
    this.#deviceVersion = versions.includes(5) ? 5 : 4;
    this.platform = platform;
    this.token = platform.tokens.issue({ organisation: "acme" });
    this.folder = mkdtempSync(join(tmpdir(), `tesa-${manifest.client}-`));
    platform.onEvent((event) => this.events.push(event));
    for (const deviceId of ["g1", "g2"]) platform.devices.register({ organisation: "acme", deviceId });
  }

  static async open(manifest: Manifest, options: PlatformOptions = {}): Promise<Bed> {
    return new Bed(manifest, await startPlatform(options), options.broker?.protocolVersions);
  }

  /** Puts a network between the app and the box; apps started from now on go through it. */
  async network(): Promise<Network> {
    this.#network ??= await startNetwork(this.platform.urls.wss);
    return this.#network;
  }

  /** Ends with the case. */
  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#others.push(resource);
    return resource;
  }

  /** Where a log that lasts is in this case, if it is a file. */
  get logPath(): string {
    return join(this.folder, "log.db");
  }

  /** The setting for a log that lasts. */
  get durable(): Readonly<Record<string, string>> {
    const { storage } = this.manifest;
    return storage === undefined
      ? { TESA_LOG: `sqlite:${this.logPath}` }
      : { [storage]: join(this.folder, "storage") };
  }

  async start({ env = {}, live = true, filters = 1 }: StartOptions = {}): Promise<Client> {
    const all = {
      HOME: this.folder,
      TMPDIR: this.folder,
      MQTT_BROKER_URL: this.#network?.url ?? this.platform.urls.wss,
      MQTT_API_TOKEN: this.token,
      CA_CERT_PATH: this.platform.caCertPath,
      ...env,
    };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const already = this.#subscriptions();
    const client = await startClient(this.manifest, Object.fromEntries(given));
    this.#clients.push(client);
    if (live) {
      // A relay at the edge connects when the first listener comes.
      await until(() => client.isListening || client.exited !== undefined, "answer of the relay");
      await this.untilSubscribed(client, already + filters);
    }
    return client;
  }

  /** Waits until so many topic filters have been granted since the case began; a reconnect asks for them anew. */
  async untilSubscribed(client: Client, count: number): Promise<void> {
    await until(() => {
      if (client.exited !== undefined) {
        throw new Error(`The app ended (${JSON.stringify(client.exited)}) before it had subscribed.`);
      }
      return this.#subscriptions() >= count;
    }, `grant of topic filter number ${count}`);
  }

  /** The applications that are connected. */
  get connected(): readonly string[] {
    return this.platform
      .clients()
      .filter(({ connected, clientId }) => connected && !this.#publishers.has(clientId))
      .map(({ clientId }) => clientId);
  }

  attempts(): (PlatformEvent & { readonly type: "connect-attempt" })[] {
    return this.events.filter(
      (event) => event.type === "connect-attempt" && !this.#publishers.has(event.clientId),
    ) as (PlatformEvent & { readonly type: "connect-attempt" })[];
  }

  /** The protocol versions of the applications that are connected. */
  versions(): number[] {
    return this.platform
      .clients()
      .filter(({ connected, clientId }) => connected && !this.#publishers.has(clientId))
      .map(({ protocolVersion }) => protocolVersion);
  }

  /** Another application with this client id, and the same token. */
  async connectAs(clientId: string): Promise<TestClient> {
    const client = this.use(
      new TestClient({ url: this.platform.urls.wss, caPath: this.platform.caCertPath }),
    );
    await client.connect({ clientId, username: this.token, password: this.token });
    return client;
  }

  /** Publishes at QoS 1, as the device that the topic names, and waits for the PUBACK. */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    return this.publishAs("acme", topic, payload, options);
  }

  async publishAs(
    organisation: string,
    topic: string,
    payload: string | Uint8Array,
    options: PublishOptions = {},
  ): Promise<void> {
    const deviceId = topic.split("/")[1] ?? "";
    const publisher = this.#publishers.get(deviceId) ?? this.#connectDevice(organisation, deviceId);
    this.#publishers.set(deviceId, publisher);
    const { reasonCode = 0 } = await (await publisher).publish(topic, payload, options);
    if (reasonCode >= 0x80) throw new Error(`The message to ${topic} was refused (${reasonCode}).`);
  }

  /** The payloads that an app has acknowledged, in order, those of a reconnect included. */
  acknowledged(): string[] {
    return this.platform.ledger
      .entries({ event: "acknowledged" })
      .map(({ payload }) => Buffer.from(payload).toString());
  }

  /** What the apps of this case wrote there, one after the other. */
  get stderr(): string {
    return this.#clients.map(({ stderr }) => stderr).join("\n");
  }

  /** The app that was started last. */
  get client(): Client {
    const client = this.#clients.at(-1);
    if (client === undefined) throw new Error("No app has been started in this case.");
    return client;
  }

  /** Ends everything, then looks for the token in whatever the apps have said. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.stop();
    for (const publisher of this.#publishers.values()) {
      await publisher.then((device) => device[Symbol.asyncDispose]()).catch(() => {});
    }
    for (const other of [...this.#others, this.#network]) await other?.[Symbol.asyncDispose]();
    await this.platform.close();
    rmSync(this.folder, { recursive: true, force: true });
    const found = this.#clients.flatMap(({ stdout, stderr }) => spellingsIn(stdout + stderr, this.token));
    if (found.length > 0) throw new Error("The token is in the output of the app.");
  }

  #subscriptions(): number {
    return this.events
      .flatMap((event) => (event.type === "subscribed" ? event.reasonCodes : []))
      .filter((code) => code < 0x80).length;
  }

  async #connectDevice(organisation: string, deviceId: string): Promise<TestClient> {
    const { urls, caCertPath, devices } = this.platform;
    const credentials = devices.register({ organisation, deviceId });
    const protocolVersion = this.#deviceVersion;
    const client = new TestClient({ url: urls.mqtts, caPath: caCertPath, protocolVersion });
    const { reasonCode, returnCode } = await client.connect({ clientId: deviceId, ...credentials });
    const code = reasonCode ?? returnCode;
    if (code !== 0) throw new Error(`The device ${deviceId} was refused (${code}).`);
    return client;
  }
}
