import { startPlatform } from "../platform.ts";
import type { Platform, PlatformOptions } from "../types.ts";
import { TestClient } from "./test-client.ts";

/** The platform in a box, with the environment of a client and a device to publish with. */
export interface Box extends AsyncDisposable {
  readonly platform: Platform;
  readonly token: string;
  readonly env: Readonly<Record<string, string>>;
  /** Publishes at QoS 1, as the device that the topic names, and waits for the PUBACK. */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options?: { readonly retain?: boolean },
  ): Promise<void>;
}

const DEVICES = ["g1", "g2"];

/** Starts a platform with one organisation, acme, and its devices g1 and g2. */
export async function openBox(options: PlatformOptions = {}): Promise<Box> {
  const platform = await startPlatform(options);
  const token = platform.tokens.issue({ organisation: "acme" });
  const clients = new Map<string, Promise<TestClient>>();
  // A token may subscribe to a device by name only if the platform knows it.
  const credentials = new Map(
    DEVICES.map((deviceId) => [deviceId, platform.devices.register({ organisation: "acme", deviceId })]),
  );
  const connect = async (deviceId: string) => {
    const client = new TestClient({ url: platform.urls.mqtts, caPath: platform.caCertPath });
    const { reasonCode } = await client.connect({ clientId: deviceId, ...credentials.get(deviceId) });
    if (reasonCode !== 0) throw new Error(`The device ${deviceId} was refused (${reasonCode}).`);
    return client;
  };
  return {
    platform,
    token,
    env: { MQTT_BROKER_URL: platform.urls.wss, MQTT_API_TOKEN: token, CA_CERT_PATH: platform.caCertPath },
    async publish(topic, payload, { retain = false } = {}) {
      const deviceId = topic.split("/")[1] ?? "";
      const connecting = clients.get(deviceId) ?? connect(deviceId);
      clients.set(deviceId, connecting);
      const client = await connecting;
      const { reasonCode = 0 } = await client.publish(topic, payload, { retain });
      if (reasonCode >= 0x80) throw new Error(`The message to ${topic} was refused (${reasonCode}).`);
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) await (await client)[Symbol.asyncDispose]();
      await platform.close();
    },
  };
}
