import { access } from "node:fs/promises";
import { get } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { generate } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startPlatform } from "./platform.ts";
import { ALL, numberOf, numbers, publishNumbers, TestBed, TOPIC, VERSIONS } from "./test-bed.ts";

describe("WebSocket listeners", () => {
  test("another path is answered with 404, another subprotocol or none with 400", async () => {
    await using bed = await TestBed.start({ ports: { ws: 0 } });
    const { wss, ws = "" } = bed.platform.urls;
    for (const url of [wss, ws]) {
      await expect(bed.client(5, { url: url.replace("/mqtt", "/") }).open()).rejects.toThrow("404");
      await expect(bed.client(5, { url: `${url}/` }).open()).rejects.toThrow("404");
      await expect(bed.client(5, { url, subprotocol: "chat" }).open()).rejects.toThrow("400");
      await expect(bed.client(5, { url, subprotocol: null }).open()).rejects.toThrow("400");
      const client = bed.client(5, { url: `${url}?x=1` });
      expect((await client.connect(bed.token())).reasonCode).toBe(0);
    }
  });

  test("a plain HTTP request is answered", async () => {
    await using bed = await TestBed.start({ ports: { ws: 0 } });
    const { ws = "" } = bed.platform.urls;
    const statusOf = (url: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get(url.replace("ws:", "http:"), (response) => resolve(response.resume().statusCode)).on(
          "error",
          reject,
        );
      });
    expect(await statusOf(ws)).toBe(400);
    expect(await statusOf(ws.replace("/mqtt", "/other"))).toBe(404);
  });

  test("a text frame ends the connection", async () => {
    await using bed = await TestBed.start({ ports: { ws: 0 } });
    const socket = new WebSocket(bed.platform.urls.ws ?? "", "mqtt");
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send("CONNECT");
    expect(await new Promise((resolve) => socket.once("close", resolve))).toBe(1003);
  });

  test("packets of one moment share a frame, and maxFrameBytes cuts them anywhere", async () => {
    for (const maxFrameBytes of [undefined, 7]) {
      await using bed = await TestBed.start({
        ports: { ws: 0 },
        broker: maxFrameBytes === undefined ? {} : { maxFrameBytes },
      });
      const app = await bed.subscriber(5, { clientId: "watched", clean: false, ...keep });
      await app.disconnect();
      const device = await bed.device();
      await publishNumbers(device, 5);
      const socket = new WebSocket(bed.platform.urls.ws ?? "", "mqtt");
      const frames: Buffer[] = [];
      await new Promise((resolve) => socket.once("open", resolve));
      socket.on("message", (data) => frames.push(data as Buffer));
      const { username, password } = bed.token();
      const packet = {
        cmd: "connect",
        clientId: "watched",
        clean: false,
        protocolVersion: 5,
        ...keep,
      } as const;
      socket.send(generate({ ...packet, username, password: Buffer.from(password) }));
      await expect.poll(() => Buffer.concat(frames).at(-1)).toBe("5".charCodeAt(0));
      socket.terminate();
      if (maxFrameBytes === undefined) expect(frames).toHaveLength(1);
      else expect(frames.slice(0, -1).every(({ length }) => length === maxFrameBytes)).toBe(true);
    }
  });
});

const keep = { properties: { sessionExpiryInterval: 60 } };

describe.each(VERSIONS)("bytes on MQTT version %i", (version) => {
  test("packets may be cut anywhere, and several may come at once", async () => {
    await using bed = await TestBed.start();
    const app = await bed.subscriber(version);
    const device = bed.client(version, { url: bed.platform.urls.mqtts });
    const credentials = bed.platform.devices.register({ organisation: "acme", deviceId: "pump-1" });
    const asSent: Buffer[] = [];
    await device.open();
    const write = device.write.bind(device);
    device.write = (bytes) => void asSent.push(Buffer.from(bytes));
    device.sendConnect({ clientId: "pump-1", ...credentials });
    for (const number of numbers(1, 20)) device.sendPublish(TOPIC, String(number), { qos: 1 });
    // Longer than one byte of remaining length can say.
    device.sendPublish(TOPIC, Buffer.alloc(20_000, "9"), { qos: 1 });
    const all = Buffer.concat(asSent);
    for (const byte of all.subarray(0, 700)) {
      write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    write(all.subarray(700));
    const publishes = await app.nextPublishes(21);
    expect(publishes.slice(0, 20).map(numberOf)).toEqual(numbers(1, 20));
    expect(publishes[20]?.payload).toEqual(Buffer.alloc(20_000, "9"));
  });

  test.each([
    ["an unknown packet type", [0x00, 0x00]],
    ["a length of five bytes", [0x30, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ["a PUBLISH whose topic is longer than the packet", [0x30, 0x03, 0xff, 0xff, 0x41]],
    ["a SUBSCRIBE with wrong flags", [0x80, 0x02, 0x00, 0x01]],
  ])("%s ends the connection as malformed", async (_, bytes) => {
    await using bed = await TestBed.start();
    const app = await bed.app(version);
    app.write(Buffer.from(bytes));
    const { code, disconnect } = await app.closed;
    expect([code, disconnect?.reasonCode]).toEqual([1000, version === 5 ? 0x81 : undefined]);
  });

  test("a packet that is too large ends the connection before it has come", async () => {
    await using bed = await TestBed.start({ broker: { maxPacketSize: 1_000 } });
    const device = await bed.device(version);
    // 1,000 bytes in all: a header of 3, the topic with its length, a packet id of 2, on MQTT 5 no properties in 1.
    const largest = 1_000 - 3 - (2 + Buffer.byteLength(TOPIC)) - 2 - (version === 5 ? 1 : 0);
    await device.publish(TOPIC, Buffer.alloc(largest));
    device.write(Buffer.from([0x30, 0xe6, 0x07]));
    expect((await device.closed).disconnect?.reasonCode).toBe(version === 5 ? 0x95 : undefined);
    const next = await bed.device(version);
    next.sendPublish(TOPIC, Buffer.alloc(largest + 1), { qos: 1 });
    await next.closed;
    expect(bed.platform.ledger.published).toHaveLength(1);
  });
});

describe("platforms", () => {
  test("several run beside each other and share nothing", async () => {
    await using one = await TestBed.start();
    await using two = await TestBed.start();
    const foreign = await two.client(5).connect({ clientId: "app", ...one.token() });
    expect(foreign.reasonCode).toBe(0x87);
    const app = await two.subscriber(5);
    await publishNumbers(await one.device(), 1);
    await publishNumbers(await two.device(), 1, 2);
    expect(numberOf(await app.next("publish"))).toBe(2);
  });

  test("close() can be called twice, ends connections with 1006 and removes the folder it made", async () => {
    await using bed = await TestBed.start();
    const app = await bed.subscriber(5, {}, ALL);
    const { caCertPath } = bed.platform;
    await access(caCertPath);
    await Promise.all([bed.platform.close(), bed.platform.close()]);
    expect((await app.closed).code).toBe(1006);
    await expect(access(caCertPath)).rejects.toThrow("ENOENT");
  });

  test("a port that is taken is an error, and nothing stays behind", async () => {
    await using bed = await TestBed.start();
    const port = Number(new URL(bed.platform.urls.mqtts).port);
    await expect(startPlatform({ ports: { wss: port } })).rejects.toThrow("EADDRINUSE");
  });

  test("nothing listens beyond the loopback address", async () => {
    await using bed = await TestBed.start({ ports: { ws: 0 } });
    const { wss, mqtts, ws = "" } = bed.platform.urls;
    // Linux answers on all of 127.0.0.0/8, so another of its addresses tells a bound listener from a wildcard one.
    const others = ["127.0.0.2", ...foreignAddresses()];
    for (const url of [wss, mqtts, ws]) {
      for (const host of others) expect(await canConnect(host, Number(new URL(url).port))).toBe(false);
      expect(await canConnect("127.0.0.1", Number(new URL(url).port))).toBe(true);
    }
  });
});

/** This machine's own addresses that are not loopback. */
function foreignAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 }, () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("timeout", () => resolve(false));
  }).then((answer) => answer === true);
}
