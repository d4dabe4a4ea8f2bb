import type { Platform } from "@tesa/platform";
import { TestClient } from "@tesa/platform/testing";

/** Publishes as any device, over MQTTS; each device connects when it publishes first. */
export class Publisher {
  readonly #platform: Platform;
  readonly #organisation: string;
  readonly #clients = new Map<string, Promise<TestClient>>();

  constructor(platform: Platform, organisation: string) {
    this.#platform = platform;
    this.#organisation = organisation;
  }

  /** Publishes at QoS 1, and waits for the PUBACK. */
  async publish(deviceId: string, payload: string | Uint8Array, sensor?: string): Promise<void> {
    const client = await this.#clientOf(deviceId);
    const topic = `device/${deviceId}/telemetry${sensor === undefined ? "" : `/${sensor}`}`;
    const { reasonCode = 0 } = await client.publish(topic, payload);
    if (reasonCode >= 0x80) throw new Error(`The message to ${topic} was refused (${reasonCode}).`);
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await (await client)[Symbol.asyncDispose]();
  }

  #clientOf(deviceId: string): Promise<TestClient> {
    const known = this.#clients.get(deviceId) ?? this.#connect(deviceId);
    this.#clients.set(deviceId, known);
    return known;
  }

  async #connect(deviceId: string): Promise<TestClient> {
    const { urls, caCertPath, devices } = this.#platform;
    const credentials = devices.register({ organisation: this.#organisation, deviceId });
    const client = new TestClient({ url: urls.mqtts, caPath: caCertPath });
    const { reasonCode } = await client.connect({ clientId: deviceId, ...credentials });
    if (reasonCode !== 0) throw new Error(`The device ${deviceId} was refused (${reasonCode}).`);
    return client;
  }
}
