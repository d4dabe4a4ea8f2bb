import { expect, test, vi } from "vitest";
import { openBox, until, watch } from "./harness.ts";

const texts = (payloads: readonly { readonly payload: Uint8Array }[]) =>
  payloads.map(({ payload }) => new TextDecoder().decode(payload));

test.each(["5", "3.1.1"])(
  "a stream receives over wss what a device publishes, on MQTT %s",
  async (version) => {
    await using box = await openBox();
    await using watched = watch(box, { TESA_PROTOCOL_VERSION: version });
    await until("live", () => watched.stream.state.type === "live");
    await box.publish(100);
    await until("100 messages", () => watched.payloads.length === 100);
    expect(watched.payloads).toEqual(texts(box.platform.ledger.published));
  },
);

test("a stream with a kept session receives all that publishers were acknowledged, once and in order, over five cuts", async () => {
  // The queue outlasts the longest absence, so that nothing may be missing.
  await using box = await openBox({ broker: { maxQueue: 5_000 } });
  await using watched = watch(box, { MQTT_RECONNECT_PERIOD: "20", TESA_BROKER_QUEUE: "5000" });
  await until("live", () => watched.stream.state.type === "live");
  const publishing = box.publish(2_000);
  for (let cut = 1; cut <= 5; cut += 1) {
    const received = watched.payloads.length;
    await until("messages flow", () => watched.payloads.length > received);
    expect(box.platform.faults.dropConnections()).toBe(1);
    await until(`back after cut ${cut}`, () => watched.stream.counts.reconnects === cut);
  }
  await publishing;
  await until("2,000 messages", () => watched.payloads.length >= 2_000);
  expect(watched.payloads).toEqual(texts(box.platform.ledger.published));
  expect(watched.gaps).toEqual([]);
  expect(box.platform.ledger.entries({ event: "dropped" })).toEqual([]);
});

test("a stream waits between attempts as the backoff says, jitter only shortening", async () => {
  await using box = await openBox();
  await using watched = watch(box, { MQTT_RECONNECT_PERIOD: "100" });
  for (let cut = 1; cut <= 4; cut += 1) {
    await until("live", () => watched.stream.state.type === "live");
    box.platform.faults.dropConnections();
    await until("noticed", () => watched.stream.state.type !== "live");
  }
  await until("live again", () => watched.stream.state.type === "live");
  const waits = watched.states.flatMap((state) => (state.type === "waiting" ? [state.delayMs] : []));
  expect(waits).toHaveLength(4);
  for (const [index, wait] of waits.entries()) {
    const step = 100 * 2 ** index;
    expect(wait).toBeGreaterThanOrEqual(step / 2);
    expect(wait).toBeLessThanOrEqual(step);
  }
});

test("a stream records a gap when the broker restarted and forgot the session", async () => {
  await using box = await openBox();
  await using watched = watch(box, { MQTT_RECONNECT_PERIOD: "20" });
  await until("live", () => watched.stream.state.type === "live");
  await box.platform.faults.restart({ downMs: 50 });
  await until("back", () => watched.stream.counts.reconnects === 1);
  expect(watched.gaps).toMatchObject([{ kind: "certain" }]);
  await box.publish(10);
  await until("10 messages", () => watched.payloads.length === 10);
});

test("a stream makes one attempt with a token that is refused", async () => {
  await using box = await openBox();
  const attempts: string[] = [];
  box.platform.onEvent((event) => event.type === "connect-attempt" && attempts.push(event.clientId));
  await using watched = watch(box, { MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0000" });
  expect(await watched.ended).toMatchObject({ code: "token-refused", reasonCode: 0x87 });
  expect(attempts).toHaveLength(1);
});

test("a stream retries slowly when its token is revoked after it had been accepted", async () => {
  await using box = await openBox();
  await using watched = watch(box, { MQTT_RECONNECT_PERIOD: "20" });
  await until("live", () => watched.stream.state.type === "live");
  box.platform.tokens.revoke(box.token);
  box.platform.faults.dropConnections();
  await until("refused", () =>
    watched.states.some((state) => state.type === "waiting" && state.error.code === "token-refused"),
  );
  const refused = watched.states.find(
    (state) => state.type === "waiting" && state.error.code === "token-refused",
  );
  expect(refused).toMatchObject({ type: "waiting" });
  expect(refused?.type === "waiting" && refused.delayMs).toBeGreaterThanOrEqual(15_000);
});

test.each([
  ["5", "subscription-refused"],
  ["3.1.1", "subscription-refused"],
])("a stream ends when its filter is refused by disconnecting, on MQTT %s", async (version, code) => {
  await using box = await openBox();
  box.platform.devices.register({ organisation: "globex", deviceId: "secret-1" });
  await using watched = watch(box, {
    TESA_PROTOCOL_VERSION: version,
    MQTT_TOPIC: "device/secret-1/telemetry/#",
    MQTT_RECONNECT_PERIOD: "20",
  });
  expect(await watched.ended).toMatchObject({
    code,
    message: expect.stringContaining('refused the subscription to "device/secret-1/telemetry/#"'),
  });
});

test("a stream ends when another client takes its client id over", async () => {
  await using box = await openBox();
  await using first = watch(box, { MQTT_CLIENT_ID: "the-same" });
  await until("live", () => first.stream.state.type === "live");
  await using second = watch(box, { MQTT_CLIENT_ID: "the-same" });
  expect(await first.ended).toMatchObject({ code: "taken-over" });
  expect(second.stream.state.type).toBe("live");
});

test("a stream notices a half-open connection by the keep-alive and comes back with everything", async () => {
  await using box = await openBox();
  await using watched = watch(box, { MQTT_KEEPALIVE: "1", MQTT_RECONNECT_PERIOD: "20" });
  await until("live", () => watched.stream.state.type === "live");
  box.platform.faults.goSilent(true);
  await box.publish(20);
  await until("noticed", () => watched.states.some((state) => state.type === "waiting"));
  box.platform.faults.goSilent(false);
  await until("20 messages", () => watched.payloads.length === 20);
  expect(watched.payloads).toEqual(texts(box.platform.ledger.published));
});

test.each([
  ["expired", "tls-expired"],
  ["wrong-host", "tls-host-name"],
  ["unknown-ca", "tls-untrusted"],
] as const)("a stream refuses a server whose certificate is %s", async (certificate, code) => {
  await using box = await openBox({ certificate });
  await using watched = watch(box);
  expect(await watched.ended).toMatchObject({ code });
});

test("a stream refuses a server that offers TLS 1.1 only", async () => {
  await using box = await openBox({ maxTlsVersion: "TLSv1.1" });
  await using watched = watch(box);
  expect(await watched.ended).toMatchObject({ code: "tls-version" });
});

test("a stream verifies the certificate whatever NODE_TLS_REJECT_UNAUTHORIZED says", async () => {
  await using box = await openBox({ certificate: "unknown-ca" });
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  try {
    await using watched = watch(box);
    expect(await watched.ended).toMatchObject({ code: "tls-untrusted" });
  } finally {
    vi.unstubAllEnvs();
  }
});

test("a stream ends the connection when the broker sends garbage, and comes back", async () => {
  await using box = await openBox();
  await using watched = watch(box, { MQTT_RECONNECT_PERIOD: "20" });
  await until("live", () => watched.stream.state.type === "live");
  expect(box.platform.faults.inject(Uint8Array.of(0x36, 5, 0, 1, 97, 0, 1))).toBe(1);
  await until("noticed", () =>
    watched.states.some((state) => state.type === "waiting" && state.error.code === "protocol"),
  );
  await until("back", () => watched.stream.counts.reconnects === 1);
});

test("drain() acknowledges what was handed out and leaves no session behind", async () => {
  await using box = await openBox();
  await using watched = watch(box);
  await until("live", () => watched.stream.state.type === "live");
  await box.publish(50);
  await until("50 messages", () => watched.payloads.length === 50);
  await watched.stream.drain();
  expect(await watched.ended).toBeNull();
  await until("no session", () =>
    box.platform.clients().every(({ clientId }) => !clientId.startsWith("tesa")),
  );
  expect(box.platform.ledger.entries({ event: "acknowledged" })).toHaveLength(50);
});
