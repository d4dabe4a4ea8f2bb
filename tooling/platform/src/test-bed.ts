import { startPlatform } from "./platform.ts";
import { type ConnectOptions, TestClient, type TestClientOptions } from "./testing/index.ts";
import type { Platform, PlatformOptions } from "./types.ts";

export const VERSIONS = [4, 5] as const;
export const ALL = "device/+/telemetry/#";
export const TOPIC = "device/pump-1/telemetry/temperature";

/** What CONNECT needs to ask for a session that lasts, on either version. */
export function keptSession(
  version: 4 | 5,
  expirySeconds = 60,
): Pick<ConnectOptions, "clean" | "properties"> {
  return version === 4
    ? { clean: false }
    : { clean: false, properties: { sessionExpiryInterval: expirySeconds } };
}

interface AppOptions extends ConnectOptions {
  /** @default "acme" */
  readonly organisation?: string;
}

/** A platform with one device, and clients on it, all of which end with the test. */
export class TestBed implements AsyncDisposable {
  readonly platform: Platform;
  readonly #clients: TestClient[] = [];

  constructor(platform: Platform) {
    this.platform = platform;
  }

  static async start(options: PlatformOptions = {}): Promise<TestBed> {
    const platform = await startPlatform(options);
    platform.devices.register({ organisation: "acme", deviceId: "pump-1" });
    return new TestBed(platform);
  }

  /** A client that is not connected yet. */
  client(version: 4 | 5, options: Partial<TestClientOptions> = {}): TestClient {
    const { urls, caCertPath } = this.platform;
    const client = new TestClient({
      url: urls.wss,
      caPath: caCertPath,
      protocolVersion: version,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  token(organisation = "acme"): { readonly username: string; readonly password: string } {
    const token = this.platform.tokens.issue({ organisation });
    return { username: token, password: token };
  }

  /** A connected application. */
  async app(version: 4 | 5, { organisation, ...options }: AppOptions = {}): Promise<TestClient> {
    const client = this.client(version);
    await client.connect({ clientId: "app", ...this.token(organisation), ...options });
    return client;
  }

  /** A connected application that has subscribed to everything. */
  async subscriber(version: 4 | 5, options: AppOptions = {}, filter: string = ALL): Promise<TestClient> {
    const client = await this.app(version, options);
    await client.subscribe(filter);
    return client;
  }

  /** A connected device. */
  async device(version: 4 | 5 = 5, deviceId = "pump-1", organisation = "acme"): Promise<TestClient> {
    const client = this.client(version, { url: this.platform.urls.mqtts });
    const credentials = this.platform.devices.register({ organisation, deviceId });
    await client.connect({ clientId: deviceId, ...credentials });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()));
    await this.platform.close();
  }
}

/** Publishes messages whose payloads count from `first`, and waits until the broker has taken them. */
export async function publishNumbers(device: TestClient, count: number, first = 1): Promise<void> {
  const answers: Promise<unknown>[] = [];
  for (let number = first; number < first + count; number += 1) {
    answers.push(device.publish(TOPIC, String(number)));
  }
  await Promise.all(answers);
}

/** The numbers from `first` to `last`. */
export function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export function numberOf({ payload }: { readonly payload: string | Uint8Array }): number {
  return Number(Buffer.from(payload as Uint8Array).toString());
}
