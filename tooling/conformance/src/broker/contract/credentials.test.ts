import { describe, expect, test } from "vitest";
import { sharedBroker } from "../shared.ts";
import { connectAs, createClient, EACH_VERSION, needs, randomName } from "./support.ts";

const { credentials } = sharedBroker();

/** CONNACK codes: MQTT 3.1.1, 3.2.2.3; MQTT 5, 3.2.2.2. */
const NOT_AUTHORISED = { 4: 5, 5: 0x87 };
const BAD_PASSWORD = { 4: 4, 5: 0x86 };

describe.each(EACH_VERSION)("credentials on $name", { concurrent: true }, ({ version }) => {
  const connectWith = async (login: { readonly username?: string; readonly password?: string }) => {
    await using client = createClient("tokenA", version);
    const connack = await client.connect({ ...login, clientId: randomName() });
    const { code } = await client.closed;
    return { answer: version === 4 ? connack.returnCode : connack.reasonCode, code, connack };
  };

  test("a token connects over wss", async () => {
    await using client = await connectAs("tokenA", version);
    expect(client.closing).toBeUndefined();
  });

  test("a device connects over mqtts", async () => {
    await using client = await connectAs("device", version);
    await client.ping();
    expect(client.closing).toBeUndefined();
  });

  test("an unknown token is refused as not authorised, and the connection is closed", async () => {
    const { answer, connack } = await connectWith(credentials.refused);
    expect(answer).toBe(NOT_AUTHORISED[version]);
    expect(connack.sessionPresent).toBe(false);
  });

  test("a client without credentials is refused as a bad password", async (context) => {
    needs(context, "bad-password-code");
    const { answer } = await connectWith({});
    expect(answer).toBe(BAD_PASSWORD[version]);
  });

  test("a known user name with a wrong password is refused as a bad password", async (context) => {
    needs(context, "bad-password-code");
    const { answer } = await connectWith({ ...credentials.tokenA, password: "wrong" });
    expect(answer).toBe(BAD_PASSWORD[version]);
  });

  test("a wrong password is refused, by whatever code", async () => {
    const { answer } = await connectWith({ ...credentials.tokenA, password: "wrong" });
    expect([NOT_AUTHORISED[version], BAD_PASSWORD[version]]).toContain(answer);
  });

  test("a refused connect ends with WebSocket code 1000", async (context) => {
    needs(context, "close-frame");
    const { code } = await connectWith(credentials.refused);
    expect(code).toBe(1000);
  });
});

test("CONNACK of MQTT 5 names the window of 32, packets of 10 MiB and 65,535 topic aliases", async (context) => {
  needs(context, "advertised-limits");
  await using client = createClient("tokenA", 5);
  const { properties } = await client.connect({ ...credentials.tokenA, clientId: randomName() });
  expect(properties).toMatchObject({
    receiveMaximum: 32,
    maximumPacketSize: 10 * 1024 * 1024,
    topicAliasMaximum: 65_535,
  });
});

test("a client of MQTT 5 without a client id is given one", async () => {
  await using client = createClient("tokenA", 5);
  const { properties } = await client.connect(credentials.tokenA);
  expect(properties?.assignedClientIdentifier).toMatch(/\S/);
});

test("a kept session of MQTT 3.1.1 without a client id is refused with code 2", async () => {
  await using client = createClient("tokenA", 4);
  await client.open();
  // Length, protocol name, version 4, flags without "clean session", keep-alive 0, empty client id (MQTT 3.1.1, 3.1).
  client.write(Uint8Array.from([0x10, 12, 0, 4, ...Buffer.from("MQTT"), 4, 0, 0, 0, 0, 0]));
  expect((await client.next("connack")).returnCode).toBe(2);
});
