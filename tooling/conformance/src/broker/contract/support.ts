import { randomBytes } from "node:crypto";
import { type ConnectOptions, TestClient, type TestClientOptions } from "@tesa/platform/testing";
import type { IPublishPacket } from "mqtt-packet";
import type { TestContext } from "vitest";
import type { BrokerDescription } from "../broker-under-test.ts";
import type { Capability } from "../capabilities.ts";
import { sharedBroker } from "../shared.ts";

/** 4 is MQTT 3.1.1, 5 is MQTT 5. */
export type Version = 4 | 5;
export const VERSIONS: readonly Version[] = [4, 5];

/** For `describe.each`: the version, and its name for the title. */
export const EACH_VERSION: readonly { readonly version: Version; readonly name: string }[] = [
  { version: 4, name: "MQTT 3.1.1" },
  { version: 5, name: "MQTT 5" },
];

/** How long nothing must come for "nothing came". Brokers answer within a few milliseconds. */
export const QUIET_MS = 250;

/** As long as sessions of these tests are kept. Longer than any test, and short enough to leave no litter. */
const SESSION_SECONDS = 60;

/** Skips the test where the broker lacks what it needs, and says why. */
export function needs(
  context: TestContext,
  capability: Capability,
  broker: BrokerDescription = sharedBroker(),
): void {
  const reason = broker.lacks[capability];
  if (reason !== undefined) context.skip(`${broker.name}: ${reason}`);
}

type Role = "tokenA" | "tokenB" | "refused" | "device" | "deviceB";

/** A client that is not connected yet: over WSS for tokens, over MQTTS for devices. */
export function createClient(
  role: Role,
  version: Version,
  options: Partial<TestClientOptions> = {},
  broker: BrokerDescription = sharedBroker(),
): TestClient {
  const isDevice = role === "device" || role === "deviceB";
  const url = isDevice ? broker.urls.mqtts : broker.urls.wss;
  return new TestClient({ url, caPath: broker.caCertPath, protocolVersion: version, ...options });
}

/** A connected client. @throws Error when the broker refuses it */
export async function connectAs(
  role: Role,
  version: Version,
  options: ConnectOptions = {},
  broker: BrokerDescription = sharedBroker(),
): Promise<TestClient> {
  const client = createClient(role, version, {}, broker);
  const { username, password } = broker.credentials[role] ?? {};
  if (username === undefined || password === undefined) throw new Error(`${broker.name} has no ${role}.`);
  const connack = await client.connect({ username, password, clientId: randomName(), ...options });
  const code = connack.returnCode ?? connack.reasonCode;
  if (code !== 0) throw new Error(`${broker.name} refused ${role} with code ${code}.`);
  return client;
}

/** A name that no other test uses. */
export function randomName(): string {
  return `test-${randomBytes(6).toString("hex")}`;
}

/** Topics of the device that no other test uses, and a filter for exactly these. */
export interface Place {
  readonly filter: string;
  topic(sensor?: string): string;
}

export function newPlace(broker: BrokerDescription = sharedBroker()): Place {
  const name = randomName();
  return {
    filter: `device/+/telemetry/${name}/#`,
    topic: (sensor = "temperature") =>
      `device/${broker.credentials.device.deviceId}/telemetry/${name}/${sensor}`,
  };
}

/** A device that publishes. */
export interface Publisher extends AsyncDisposable {
  /** Publishes these payloads in order at QoS 1. Fulfils when all have been acknowledged. */
  send(topic: string, payloads: readonly string[]): Promise<void>;
  readonly client: TestClient;
}

/** Brokers allow a device at least this many unacknowledged messages. */
const PUBLISH_WINDOW = 16;

export async function connectDevice(broker: BrokerDescription = sharedBroker()): Promise<Publisher> {
  const client = await connectAs("device", 4, {}, broker);
  return {
    client,
    send: async (topic, payloads) => {
      for (let from = 0; from < payloads.length; from += PUBLISH_WINDOW) {
        const part = payloads.slice(from, from + PUBLISH_WINDOW);
        for (const payload of part) client.sendPublish(topic, payload, { qos: 1 });
        for (const _ of part) await client.next("puback");
      }
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** The numbers from `first` on as payloads: what was sent, in order. */
export function numbered(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

export function payloadsOf(publishes: readonly IPublishPacket[]): string[] {
  return publishes.map(({ payload }) => payload.toString());
}

/** CONNECT of a session that the broker keeps, in the way of each version. */
export function keptSession(version: Version, clientId: string): ConnectOptions {
  return version === 4
    ? { clientId, clean: false }
    : { clientId, clean: false, properties: { sessionExpiryInterval: SESSION_SECONDS } };
}

/** A client id whose session is forgotten when the test ends. */
export function sessionName(version: Version): AsyncDisposable & { readonly clientId: string } {
  const clientId = randomName();
  return {
    clientId,
    [Symbol.asyncDispose]: async () => {
      const client = await connectAs("tokenA", version, { clientId, clean: true });
      await client.disconnect();
    },
  };
}

/** Receives `count` messages, acknowledging each as it comes. */
export async function receiveAndAcknowledge(
  client: TestClient,
  count: number,
  timeoutMs?: number,
): Promise<IPublishPacket[]> {
  const publishes: IPublishPacket[] = [];
  while (publishes.length < count) {
    const publish = await client.next("publish", timeoutMs);
    client.puback(publish);
    publishes.push(publish);
  }
  return publishes;
}

/** Waits. For what only passes by time: an expiry, a keep-alive. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
