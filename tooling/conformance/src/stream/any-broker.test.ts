import { readFileSync } from "node:fs";
import {
  type Connection,
  createMemoryLog,
  openStream,
  parseConfig,
  parseToken,
  type TelemetryStream,
  type Transport,
} from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";
import { describe, expect, test } from "vitest";
import { connectDevice, newPlace, numbered, type Place, randomName } from "../broker/contract/support.ts";
import { sharedBroker } from "../broker/index.ts";
import { until } from "./harness.ts";

/** What the stream of `@tesa/core` does on whichever broker the run is about. */
interface Open extends AsyncDisposable {
  readonly stream: TelemetryStream;
  readonly payloads: readonly string[];
  readonly ended: Promise<unknown>;
  /** Cuts the connection from this side: what a network does. */
  cut(): void;
}

function open(
  place: Place,
  version: string,
  { role = "tokenA", reconnectMs = 20 }: { role?: "tokenA" | "refused"; reconnectMs?: number } = {},
): Open {
  const broker = sharedBroker();
  const token = broker.credentials[role].username;
  const transport = createMqttTransport({ caCertificates: readFileSync(broker.caCertPath, "utf8") });
  let current: Connection | undefined;
  const watched: Transport = {
    async connect(request, signal) {
      current = await transport.connect(request, signal);
      return current;
    },
  };
  const stream = openStream({
    config: parseConfig({
      MQTT_API_TOKEN: token,
      MQTT_BROKER_URL: broker.urls.wss,
      MQTT_TOPIC: place.filter,
      MQTT_CLIENT_ID: randomName(),
      MQTT_RECONNECT_PERIOD: String(reconnectMs),
      TESA_PROTOCOL_VERSION: version,
    }),
    readToken: () => parseToken(token),
    transport: watched,
    clock: systemClock,
    random: Math.random,
    log: createMemoryLog({ random: Math.random }),
  });
  const payloads: string[] = [];
  const ended = (async () => {
    try {
      for await (const { payload } of stream) payloads.push(new TextDecoder().decode(payload));
      return null;
    } catch (error) {
      return error;
    }
  })();
  return {
    stream,
    payloads,
    ended,
    cut: () => current?.destroy(),
    [Symbol.asyncDispose]: () => stream.close(),
  };
}

describe.each(["5", "3.1.1"])("a stream on MQTT %s", (version) => {
  test("receives over wss what a device publishes over MQTTS, in order", async () => {
    const place = newPlace();
    await using opened = open(place, version);
    await until("live", () => opened.stream.state.type === "live");
    await using device = await connectDevice();
    await device.send(place.topic(), numbered(200));
    await until("200 messages", () => opened.payloads.length >= 200);
    expect(opened.payloads).toEqual(numbered(200));
    await opened.stream.drain();
    expect(await opened.ended).toBeNull();
  });

  test("makes one attempt with a token that is refused", async () => {
    await using opened = open(newPlace(), version, { role: "refused" });
    expect(await opened.ended).toMatchObject({ code: "token-refused" });
  });
});

test("a stream keeps its session over a cut, on MQTT 5, and receives once what was sent meanwhile", async () => {
  const place = newPlace();
  // Long enough that all is queued before the reconnect: EMQX may send a message twice, under two packet ids, when it
  // comes at the very moment in which the session goes over to the new connection (seen on 5.10.3).
  await using opened = open(place, "5", { reconnectMs: 2_000 });
  await until("live", () => opened.stream.state.type === "live");
  await using device = await connectDevice();
  await device.send(place.topic(), numbered(50));
  await until("the first 50", () => opened.payloads.length === 50);
  opened.cut();
  await until("noticed", () => opened.stream.state.type !== "live");
  await device.send(place.topic(), numbered(100, 51));
  await until("all 150", () => opened.payloads.length >= 150);
  // A resumed session sends before it answers the SUBSCRIBE.
  await until("live again", () => opened.stream.state.type === "live");
  expect(opened.payloads).toEqual(numbered(150));
  expect(opened.stream.counts).toMatchObject({ reconnects: 1, gaps: 0 });
});
