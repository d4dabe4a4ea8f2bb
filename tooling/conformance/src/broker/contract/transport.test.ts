import { generate, type Packet } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { sharedBroker } from "../shared.ts";
import { startBrokerUnderTest } from "../start.ts";
import {
  connectAs,
  connectDevice,
  createClient,
  EACH_VERSION,
  needs,
  newPlace,
  numbered,
  payloadsOf,
  QUIET_MS,
  randomName,
  receiveAndAcknowledge,
  type Version,
} from "./support.ts";

const shared = sharedBroker();
const MAX_PACKET_SIZE = 10 * 1024 * 1024;
const PACKET_TOO_LARGE = 0x95;

function connectPacket(version: Version): Packet {
  const { username, password } = shared.credentials.tokenA;
  return {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: version,
    clientId: randomName(),
    clean: true,
    keepalive: 0,
    username,
    password: Buffer.from(password),
  };
}

describe("the WebSocket upgrade", { concurrent: true }, () => {
  const open = async (url: string, subprotocol: string | null): Promise<string> => {
    await using client = createClient("tokenA", 5, { url, subprotocol });
    return client.open().then(
      () => "opened",
      (error: Error) => error.message,
    );
  };

  test("a wrong path is answered with HTTP 404", async (context) => {
    needs(context, "websocket-path");
    expect(await open(shared.urls.wss.replace(/\/mqtt$/, "/other"), "mqtt")).toContain("404");
  });

  test.for([null, "chat"])("the subprotocol %s is answered with HTTP 400", async (subprotocol, context) => {
    needs(context, "websocket-subprotocol");
    expect(await open(shared.urls.wss, subprotocol)).toContain("400");
  });

  test("the right path and subprotocol open a connection", async () => {
    expect(await open(shared.urls.wss, "mqtt")).toBe("opened");
  });
});

describe.each(EACH_VERSION)("packets and frames on $name", { concurrent: true }, ({ version }) => {
  test("a packet may span frames, at every byte", async () => {
    await using client = createClient("tokenA", version);
    await client.open();
    for (const byte of generate(connectPacket(version), { protocolVersion: version }))
      client.write(Uint8Array.of(byte));
    await client.next("connack");
    await client.ping();
  });

  test("a frame may hold several packets, and end within one", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    const packets: Packet[] = [
      { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: place.filter, qos: 1 }] },
      { cmd: "pingreq" },
      { cmd: "pingreq" },
    ];
    const bytes = Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion: version })));
    client.write(bytes.subarray(0, -1));
    expect((await client.next("suback")).granted).toEqual([1]);
    await client.next("pingresp");
    expect(await client.isQuiet("pingresp", QUIET_MS)).toBe(true);
    client.write(bytes.subarray(-1));
    await client.next("pingresp");
  });

  test("acknowledgements may share a frame", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(60));
    const publishes = await client.nextPublishes(20);
    client.write(
      Buffer.concat(
        publishes.map(({ messageId = 0 }) =>
          generate({ cmd: "puback", messageId, reasonCode: 0 }, { protocolVersion: version }),
        ),
      ),
    );
    expect(payloadsOf(await receiveAndAcknowledge(client, 40))).toEqual(numbered(40, 21));
  });

  test("a packet of just 10 MiB arrives whole", async (context) => {
    needs(context, "large-packets");
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    const payload = Buffer.alloc(MAX_PACKET_SIZE - 1_024, "0123456789");
    await publisher.client.publish(place.topic(), payload);
    const publish = await client.next("publish");
    expect(payload.equals(publish.payload as Uint8Array)).toBe(true);
  });

  test("a larger one ends the connection", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectAs("device", version);
    publisher.sendPublish(place.topic(), Buffer.alloc(MAX_PACKET_SIZE + 1), { qos: 1 });
    const { disconnect } = await publisher.closed;
    expect([undefined, PACKET_TOO_LARGE]).toContain(disconnect?.reasonCode);
    expect(publisher.received.map(({ cmd }) => cmd)).not.toContain("puback");
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("bytes that are no MQTT end the connection", async () => {
    await using client = await connectAs("tokenA", version);
    client.write(Uint8Array.of(0xf0, 0xff, 0xff, 0xff, 0xff, 0xff));
    await client.closed;
    expect(client.received.map(({ cmd }) => cmd)).not.toContain("publish");
  });

  test("whatever comes first, if it is no CONNECT, ends the connection", async () => {
    await using client = createClient("tokenA", version);
    await client.open();
    client.send({ cmd: "pingreq" });
    await client.closed;
    expect(client.received).toEqual([]);
  });
});

test("MQTT 5: a message larger than the client's maximum packet size is left out, and the rest goes on", async () => {
  const place = newPlace();
  await using client = await connectAs("tokenA", 5, { properties: { maximumPacketSize: 200 } });
  await client.subscribe(place.filter);
  await using publisher = await connectDevice();
  await publisher.send(place.topic(), ["before", "x".repeat(300), "after"]);
  expect(payloadsOf(await receiveAndAcknowledge(client, 2))).toEqual(["before", "after"]);
});

describe("a broker that stops", { concurrent: true }, () => {
  test("ends connections with WebSocket code 1006, and comes back without its sessions", {
    timeout: 90_000,
  }, async (context) => {
    needs(context, "restart");
    await using broker = await startBrokerUnderTest();
    const clients = [];
    for (const version of [4, 5] as const) clients.push(await connectAs("tokenA", version, {}, broker));
    const place = newPlace(broker);
    await using device = await connectDevice(broker);
    await device.client.publish(place.topic(), "retained", { retain: true });
    await broker.restart();
    for (const client of clients) expect((await client.closed).code).toBe(1006);
    await using again = await connectAs("tokenA", 5, {}, broker);
    await again.subscribe(place.filter);
    expect(await again.isQuiet("publish", QUIET_MS)).toBe(true);
  });
});
