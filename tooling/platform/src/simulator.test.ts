import { readFileSync } from "node:fs";
import { connectAsync, type MqttClient } from "mqtt";
import { afterEach, expect, test } from "vitest";
import { startPlatform } from "./platform.ts";
import { type PublishedMessage, type SimulatorOptions, startSimulator } from "./simulator.ts";
import { simulatedFleet } from "./simulator-fleet.ts";
import type { Platform, PlatformOptions } from "./types.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const resource of opened.splice(0).reverse()) await resource[Symbol.asyncDispose]();
});

async function openPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const platform = await startPlatform(options);
  opened.push(platform);
  return platform;
}

async function simulate(
  platform: Platform,
  options: Partial<SimulatorOptions> & { fleetSize?: number } = {},
) {
  const { fleetSize = 7, seed = 1, ...rest } = options;
  const published: PublishedMessage[] = [];
  const simulator = await startSimulator({
    url: platform.urls.mqtts,
    caCertPath: platform.caCertPath,
    devices: simulatedFleet(platform, { organisation: "acme", devices: fleetSize, seed: 1 }),
    rate: 500,
    seed,
    onPublish: (message) => published.push(message),
    ...rest,
  });
  opened.push(simulator);
  return { simulator, published };
}

const text = (payload: Uint8Array) => Buffer.from(payload).toString("latin1");
/** A message as a line, in the order of the sequence, with each time stamp blanked. */
const lines = (messages: readonly PublishedMessage[]) =>
  [...messages]
    .sort((one, other) => one.sequence - other.sequence)
    .map(({ topic, payload }) => `${topic} ${text(payload).replace(/("timestamp":)("[^"]*"?|\d+)/, "$1…")}`);

test("a simulator publishes as many messages as asked for, each acknowledged, and disconnects its devices", async () => {
  const platform = await openPlatform();
  const { simulator, published } = await simulate(platform, { count: 100 });
  await simulator.done;
  expect({ published: simulator.published, failed: simulator.failed }).toEqual({ published: 100, failed: 0 });
  expect(published.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  expect(platform.ledger.published.map(({ topic, payload }) => `${topic} ${text(payload)}`).sort()).toEqual(
    published.map(({ topic, payload }) => `${topic} ${text(payload)}`).sort(),
  );
  expect(platform.clients().filter(({ connected }) => connected)).toEqual([]);
});

test("the same seed and devices give the same messages in the same order, another seed gives others", async () => {
  const platform = await openPlatform();
  const play = async (seed: number) => {
    const { simulator, published } = await simulate(platform, { seed, count: 120, badEvery: 5 });
    await simulator.done;
    return lines(published);
  };
  const first = await play(1);
  expect(await play(1)).toEqual(first);
  expect(await play(2)).not.toEqual(first);
});

test("every n-th message is malformed, each in the next way", async () => {
  const platform = await openPlatform();
  const { simulator, published } = await simulate(platform, { count: 24, badEvery: 4 });
  await simulator.done;
  const bad = published.filter(({ malformed }) => malformed);
  expect(bad.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual([4, 8, 12, 16, 20, 24]);
  expect(new Set(bad.map(({ payload }) => text(payload))).size).toBe(6);
});

test("an application receives what the devices publish", async () => {
  const platform = await openPlatform();
  const application = await subscribe(platform);
  const received: string[] = [];
  application.on("message", (topic, payload) => received.push(`${topic} ${text(payload)}`));
  const { simulator, published } = await simulate(platform, { count: 70 });
  await simulator.done;
  await expect.poll(() => received.length).toBe(70);
  expect(received.sort()).toEqual(published.map(({ topic, payload }) => `${topic} ${text(payload)}`).sort());
});

test("devices reconnect after a restart of the platform, and what was acknowledged is what it has", async () => {
  const platform = await openPlatform();
  const { simulator, published } = await simulate(platform, { rate: 200 });
  await expect.poll(() => simulator.published).toBeGreaterThan(50);
  await platform.faults.restart({ downMs: 300 });
  const before = simulator.published;
  await expect.poll(() => simulator.published, { timeout: 10_000 }).toBeGreaterThan(before + 100);
  await simulator.stop();
  const stored = new Set(platform.ledger.published.map(({ topic, payload }) => `${topic} ${text(payload)}`));
  const lost = published.filter(({ topic, payload }) => !stored.has(`${topic} ${text(payload)}`));
  expect(lost).toEqual([]);
  expect(published.length).toBe(simulator.published);
});

test("a restart near the end costs no message: the last ones wait for the devices to be back", async () => {
  const platform = await openPlatform();
  const { simulator } = await simulate(platform, { rate: 100, count: 50 });
  await expect.poll(() => simulator.published).toBeGreaterThan(20);
  await platform.faults.restart({ downMs: 500 });
  await simulator.done;
  expect({ published: simulator.published, failed: simulator.failed }).toEqual({ published: 50, failed: 0 });
});

test("the rate is kept", async () => {
  const platform = await openPlatform();
  const { simulator } = await simulate(platform, { rate: 200, count: 201 });
  const start = performance.now();
  await simulator.done;
  // The 201st is due after exactly one second; the disconnects take a moment more.
  expect(performance.now() - start).toBeGreaterThan(990);
  expect(performance.now() - start).toBeLessThan(2_500);
});

test("stop() and an abort end it at once, and both can come twice", async () => {
  const platform = await openPlatform();
  const abort = new AbortController();
  const { simulator } = await simulate(platform, { rate: 0.1, signal: abort.signal });
  await expect.poll(() => simulator.published).toBe(1);
  abort.abort();
  await simulator.done;
  await simulator.stop();
  await simulator.stop();
  expect(platform.clients().filter(({ connected }) => connected)).toEqual([]);
});

test("a signal that is aborted already is told as the reason, and nothing stays connected", async () => {
  const platform = await openPlatform();
  const signal = AbortSignal.abort(new Error("not today"));
  await expect(simulate(platform, { signal })).rejects.toThrow("not today");
  expect(platform.clients().filter(({ connected }) => connected)).toEqual([]);
});

test("a device that is not registered is told with its id and the reason", async () => {
  const platform = await openPlatform();
  const [device] = simulatedFleet(platform, { organisation: "acme", devices: 1, seed: 1 });
  if (device === undefined) throw new Error("the fleet is empty");
  const stranger = {
    ...device,
    deviceId: "stranger",
    credentials: { username: "stranger", password: "wrong" },
  };
  await expect(simulate(platform, { devices: [device, stranger] })).rejects.toThrow(
    /^The simulated device stranger cannot connect to mqtts:.*: Connection refused: /,
  );
  expect(platform.clients().filter(({ connected }) => connected)).toEqual([]);
});

test("a certificate of another authority is refused", async () => {
  const platform = await openPlatform({ certificate: "unknown-ca" });
  await expect(simulate(platform, { fleetSize: 1 })).rejects.toThrow(/cannot connect .*(certificate|issuer)/);
});

test("devices take MQTT 3.1.1 where the platform speaks no 5", async () => {
  const platform = await openPlatform({ broker: { protocolVersions: [4] } });
  const { simulator } = await simulate(platform, { count: 20, fleetSize: 2 });
  await simulator.done;
  expect({ published: simulator.published, failed: simulator.failed }).toEqual({ published: 20, failed: 0 });
});

test.each([
  [{ url: "wss://127.0.0.1:1/mqtt" }, "Devices connect by mqtts://"],
  [{ devices: [] }, "at least one device"],
  [{ rate: 0 }, "from 0.1 to 5,000"],
  [{ rate: 5_001 }, "from 0.1 to 5,000"],
  [{ rate: Number.NaN }, "from 0.1 to 5,000"],
  [{ badEvery: 0 }, "badEvery is a whole number"],
  [{ count: 1.5 }, "count is a whole number"],
])("startSimulator() refuses %o", async (wrong, message) => {
  const devices = [
    { organisation: "acme", deviceId: "d1", kind: "flow", credentials: { username: "d1", password: "fake" } },
  ] as const;
  const sound = { url: "mqtts://127.0.0.1:1", caCertPath: "no-such-file.pem", devices, rate: 1, seed: 1 };
  const error = await startSimulator({ ...sound, ...wrong }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RangeError);
  expect(String(error)).toContain(message);
});

async function subscribe(platform: Platform): Promise<MqttClient> {
  const token = platform.tokens.issue({ organisation: "acme" });
  const client = await connectAsync(
    platform.urls.wss,
    {
      username: token,
      password: token,
      ca: readFileSync(platform.caCertPath),
      reconnectPeriod: 0,
      protocolVersion: 5,
    },
    false,
  );
  opened.push({ [Symbol.asyncDispose]: () => client.endAsync(true) });
  await client.subscribeAsync("device/+/telemetry/#", { qos: 1 });
  return client;
}
