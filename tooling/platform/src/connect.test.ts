import { describe, expect, test } from "vitest";
import { TestBed, VERSIONS } from "./test-bed.ts";
import type { ConnectRefusal } from "./types.ts";

const NO_TOKEN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

function codeOf(connack: { readonly returnCode?: number; readonly reasonCode?: number }): number | undefined {
  return connack.returnCode ?? connack.reasonCode;
}

describe.each(VERSIONS)("CONNECT on MQTT version %i", (version) => {
  const notAuthorised = version === 4 ? 5 : 0x87;
  const badPassword = version === 4 ? 4 : 0x86;

  test("a token is accepted as username and password", async () => {
    await using bed = await TestBed.start();
    const client = bed.client(version);
    const connack = await client.connect({ clientId: "app", ...bed.token() });
    expect(codeOf(connack)).toBe(0);
    expect(connack.sessionPresent).toBe(false);
    expect(bed.platform.clients()).toMatchObject([
      { clientId: "app", organisation: "acme", connected: true, protocolVersion: version },
    ]);
  });

  test.each([
    ["an unknown token is not authorised", { username: NO_TOKEN, password: NO_TOKEN }, notAuthorised],
    ["no credentials are a bad password", {}, badPassword],
  ])("%s, and the connection ends", async (_, credentials, code) => {
    await using bed = await TestBed.start();
    const client = bed.client(version);
    expect(codeOf(await client.connect({ clientId: "app", ...credentials }))).toBe(code);
    expect(await client.closed).toEqual({ code: 1000, disconnect: undefined });
    expect(bed.platform.clients()).toEqual([]);
  });

  test("a token with another password is a bad password", async () => {
    await using bed = await TestBed.start();
    const connack = await bed.client(version).connect({ ...bed.token(), password: NO_TOKEN });
    expect(codeOf(connack)).toBe(badPassword);
  });

  test("a device with another password is a bad password", async () => {
    await using bed = await TestBed.start();
    const client = bed.client(version, { url: bed.platform.urls.mqtts });
    expect(codeOf(await client.connect({ username: "pump-1", password: "wrong" }))).toBe(badPassword);
  });

  test("an expired and a revoked token are refused at the next connect; an open connection stays", async () => {
    await using bed = await TestBed.start();
    for (const end of ["expire", "revoke"] as const) {
      const credentials = bed.token();
      const open = bed.client(version);
      await open.connect({ clientId: "open", ...credentials });
      bed.platform.tokens[end](credentials.username);
      const next = await bed.client(version).connect({ clientId: "next", ...credentials });
      expect(codeOf(next)).toBe(notAuthorised);
      await open.ping();
      await open.disconnect();
    }
  });

  test.each<[ConnectRefusal, number, number]>([
    ["not-authorised", 5, 0x87],
    ["bad-password", 4, 0x86],
    ["unavailable", 3, 0x88],
    ["busy", 3, 0x89],
  ])(
    "faults.refuse(%o) refuses until it is taken back, and leaves devices alone",
    async (refusal, v4, v5) => {
      await using bed = await TestBed.start();
      bed.platform.faults.refuse(refusal);
      const attempts: number[] = [];
      bed.platform.onEvent((event) => event.type === "connect-attempt" && attempts.push(event.reasonCode));
      const connack = await bed.client(version).connect(bed.token());
      expect(codeOf(connack)).toBe(version === 4 ? v4 : v5);
      await (await bed.device(version)).ping();
      bed.platform.faults.refuse(null);
      await (await bed.app(version)).ping();
      expect(attempts).toEqual([version === 4 ? v4 : v5, 0, 0]);
    },
  );

  test("a version that is not offered is refused as such", async () => {
    await using bed = await TestBed.start({ broker: { protocolVersions: [version === 4 ? 5 : 4] } });
    const client = bed.client(version);
    expect(codeOf(await client.connect(bed.token()))).toBe(version === 4 ? 1 : 0x84);
    await client.closed;
  });

  test("an empty client id gets one of the broker's own", async () => {
    await using bed = await TestBed.start();
    const connack = await bed.client(version).connect({ clientId: "", ...bed.token() });
    const [client] = bed.platform.clients();
    expect(client?.clientId).toMatch(/^box-[0-9a-f]{16}$/);
    expect(connack.properties?.assignedClientIdentifier).toBe(version === 5 ? client?.clientId : undefined);
  });

  test("a connection without CONNECT first is closed", async () => {
    await using bed = await TestBed.start();
    const client = bed.client(version);
    await client.open();
    client.send({ cmd: "pingreq" });
    expect(await client.closed).toEqual({ code: 1000, disconnect: undefined });
  });
});

test("MQTT 3.1.1 without a client id must be clean: return code 2", async () => {
  await using bed = await TestBed.start();
  const client = bed.client(4);
  await client.open();
  // No client library sends this: a CONNECT with neither client id nor clean session.
  client.write(Buffer.from([0x10, 12, 0, 4, ...Buffer.from("MQTT"), 4, 0, 0, 0, 0, 0]));
  expect((await client.next("connack")).returnCode).toBe(2);
});

test.each([3, 6])("protocol level %i is refused", async (level) => {
  await using bed = await TestBed.start();
  const client = bed.client(level >= 5 ? 5 : 4);
  await client.open();
  client.write(Buffer.from([0x10, 12, 0, 4, ...Buffer.from("MQTT"), level, 2, 0, 0, 0, 0]));
  const connack = await client.next("connack");
  expect(codeOf(connack)).toBe(level >= 5 ? 0x84 : 1);
});

test("CONNACK on MQTT 5 tells the limits of EMQX and the platform", async () => {
  await using bed = await TestBed.start({ broker: { maxSessionExpirySeconds: 100 } });
  const connack = await bed.client(5).connect({
    clientId: "app",
    ...bed.token(),
    properties: { sessionExpiryInterval: 0xffff_ffff },
  });
  expect(connack.properties).toEqual({
    sessionExpiryInterval: 100,
    receiveMaximum: 32,
    maximumQoS: 1,
    retainAvailable: true,
    maximumPacketSize: 10_485_760,
    topicAliasMaximum: 65_535,
    wildcardSubscriptionAvailable: true,
    subscriptionIdentifiersAvailable: true,
    sharedSubscriptionAvailable: true,
  });
  const uncapped = await bed.client(5).connect({
    clientId: "other",
    ...bed.token(),
    properties: { sessionExpiryInterval: 10 },
  });
  expect(uncapped.properties).not.toHaveProperty("sessionExpiryInterval");
});

test("a receive maximum of 0 is a protocol error", async () => {
  await using bed = await TestBed.start();
  const connack = await bed.client(5).connect({ ...bed.token(), properties: { receiveMaximum: 0 } });
  expect(connack.reasonCode).toBe(0x82);
});
