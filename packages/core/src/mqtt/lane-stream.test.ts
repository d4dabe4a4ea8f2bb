import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { TesaError } from "../errors.ts";
import type { Look, Publish } from "../transport.ts";
import type { OpenBrokerSocket, OpenOptions } from "./broker-socket.ts";
import { LaneStream } from "./lane-stream.ts";
import { openNativeSocket } from "./native-socket.ts";
import { openWsSocket } from "./ws-socket.ts";

const sockets = {
  ws: (options: OpenOptions) => openWsSocket(options, undefined),
  "a native WebSocket": openNativeSocket,
} satisfies Record<string, OpenBrokerSocket>;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Both ends of a real WebSocket on loopback: the lane at one end, what the broker received at the other. */
async function open(openSocket: OpenBrokerSocket) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const [[broker], socket] = await Promise.all([
    once(server, "connection") as Promise<[WebSocket]>,
    openSocket({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      timeoutMs: 5_000,
      signal: new AbortController().signal,
    }),
  ]);
  closing.push(() => {
    socket.terminate();
    broker.terminate();
    server.close();
  });
  const frames: Buffer[] = [];
  broker.on("message", (data: Buffer) => frames.push(data));
  const publishes: Publish[] = [];
  const violations: TesaError[] = [];
  /** Each with how many messages had been handed on before it. */
  const looks: (Look & { readonly handedOn: number })[] = [];
  const stream = new LaneStream(socket, {
    protocolVersion: 5,
    maxPacketBytes: 1_000,
    onPublish: (publish) => publishes.push(publish),
    onViolation: (error) => violations.push(error),
    onLook: (look) => looks.push({ ...look, handedOn: publishes.length }),
    turns: {
      afterCallback: (callback) => process.nextTick(callback),
      afterTurn: (callback) => setImmediate(callback),
    },
  });
  return { broker, frames, looks, publishes, socket, stream, violations };
}

function packetsOf(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  const reading = parser({ protocolVersion: 5 });
  reading.on("packet", (packet) => packets.push(packet));
  reading.parse(bytes);
  return packets;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 5_000) throw new Error("What the test waits for did not happen within 5 s.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe.each(Object.entries(sockets))("over %s", (_, openSocket) => {
  test("LaneStream writes the acknowledgements of a turn of the event loop at once, in order", async () => {
    const { frames, socket, stream } = await open(openSocket);
    let sends = 0;
    const send = socket.send.bind(socket);
    socket.send = (bytes) => {
      sends += 1;
      send(bytes);
    };
    for (let round = 0; round < 10; round += 1) {
      for (let id = 1; id <= 100; id += 1) {
        stream.acknowledge(100 * round + id);
        // Whatever is awaited within the turn does not end it.
        await Promise.resolve();
      }
      await turn();
      expect(sends).toBe(round + 1);
    }
    await until(() => frames.length === 10);
    const ids = packetsOf(Buffer.concat(frames)).map(({ messageId }) => messageId);
    expect(ids).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  test("LaneStream never puts an acknowledgement into the middle of a packet that mqtt.js writes in pieces", async () => {
    const { frames, stream } = await open(openSocket);
    for (let id = 1; id <= 50; id += 1) {
      // What mqtt-packet's writeToStream does: cork, write the parts, uncork in the next tick.
      const packet = generate(
        { cmd: "subscribe", messageId: id, subscriptions: [{ topic: "device/+/telemetry/#", qos: 1 }] },
        { protocolVersion: 5 },
      );
      stream.cork();
      for (const byte of packet) stream.write(Uint8Array.of(byte));
      stream.acknowledge(id);
      process.nextTick(() => stream.uncork());
      if (id % 3 === 0) await turn();
    }
    await until(() => packetsOf(Buffer.concat(frames)).length === 100);
    const packets = packetsOf(Buffer.concat(frames));
    expect(packets.filter(({ cmd }) => cmd === "subscribe")).toHaveLength(50);
    expect(packets.filter(({ cmd }) => cmd === "puback")).toHaveLength(50);
  });

  test("LaneStream lets other packets through while messages wait for their acknowledgement", async () => {
    const { broker, publishes, stream } = await open(openSocket);
    const passed: Buffer[] = [];
    stream.pipe({ write: (bytes) => passed.push(Buffer.from(bytes)) });
    const publish = generate(
      {
        cmd: "publish",
        topic: "device/a/telemetry",
        payload: "21.5",
        qos: 1,
        messageId: 7,
        dup: false,
        retain: false,
      },
      { protocolVersion: 5 },
    );
    broker.send(Buffer.concat([publish, generate({ cmd: "pingresp" })]));
    await until(() => passed.length > 0);
    expect(packetsOf(Buffer.concat(passed))).toMatchObject([{ cmd: "pingresp" }]);
    expect(publishes).toMatchObject([{ topic: "device/a/telemetry", packetId: 7 }]);
  });

  test("LaneStream looks how much the broker has under way, with one ping behind the acknowledgements", async () => {
    const { broker, frames, looks, publishes, stream } = await open(openSocket);
    const message = (messageId: number) =>
      generate(
        {
          cmd: "publish",
          topic: "device/a/telemetry",
          payload: "1",
          qos: 1,
          messageId,
          dup: false,
          retain: false,
        },
        { protocolVersion: 5 },
      );
    broker.send(Buffer.concat([message(1), message(2), message(3)]));
    await until(() => publishes.length === 3);
    stream.acknowledge(1);
    stream.look();
    stream.look();
    stream.acknowledge(2);
    await until(() => packetsOf(Buffer.concat(frames)).some(({ cmd }) => cmd === "pingreq"));
    expect(packetsOf(Buffer.concat(frames)).map(({ cmd }) => cmd)).toEqual(["puback", "puback", "pingreq"]);
    // Too late for the broker: it sends another message, and then its answer.
    stream.acknowledge(3);
    stream.look();
    await until(() => packetsOf(Buffer.concat(frames)).length === 4);
    broker.send(Buffer.concat([message(4), generate({ cmd: "pingresp" }), message(5)]));
    await until(() => publishes.length === 5);
    expect(looks).toMatchObject([{ inFlight: 2, handedOn: 4 }]);
  });

  test("LaneStream takes the pings of mqtt.js for looks too", async () => {
    const { broker, looks, publishes, stream } = await open(openSocket);
    broker.on("message", (data: Buffer) => {
      if (packetsOf(data).some(({ cmd }) => cmd === "pingreq")) broker.send(generate({ cmd: "pingresp" }));
    });
    stream.write(Uint8Array.from(generate({ cmd: "pingreq" })));
    await until(() => looks.length === 1);
    expect(looks).toMatchObject([{ inFlight: 0 }]);
    expect(publishes).toEqual([]);
  });

  test("LaneStream pings at once, never in the middle of a packet, and counts the ping like any other", async () => {
    const { broker, frames, looks, stream } = await open(openSocket);
    const subscribe = generate(
      { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "device/+/telemetry/#", qos: 1 }] },
      { protocolVersion: 5 },
    );
    stream.cork();
    for (const byte of subscribe) stream.write(Uint8Array.of(byte));
    stream.ping();
    process.nextTick(() => stream.uncork());
    await turn();
    // One on its way is no reason to wait.
    stream.ping();
    await until(() => packetsOf(Buffer.concat(frames)).length === 3);
    expect(packetsOf(Buffer.concat(frames)).map(({ cmd }) => cmd)).toEqual([
      "subscribe",
      "pingreq",
      "pingreq",
    ]);
    broker.send(Buffer.concat([1, 2, 3].map(() => generate({ cmd: "pingresp" }))));
    await until(() => looks.length >= 2);
    await turn();
    expect(looks).toMatchObject([{ inFlight: 0 }, { inFlight: 0 }]);
  });

  test("LaneStream reads nothing more after a violation", async () => {
    const { broker, publishes, violations } = await open(openSocket);
    broker.send(Buffer.of(0x36, 5, 0, 1, 97, 0, 1));
    broker.send(Buffer.of(0x30, 3, 0, 1, 97));
    broker.send("text");
    await until(() => violations.length > 0);
    await turn();
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatchObject({ code: "protocol" });
    expect(publishes).toHaveLength(0);
  });

  test("LaneStream takes a text frame for a violation", async () => {
    const { broker, violations } = await open(openSocket);
    broker.send("0");
    await until(() => violations.length > 0);
    expect(violations[0]?.message).toContain("text frame");
  });

  test("LaneStream ends when the socket closes, and sends nothing to a closed one", async () => {
    const { broker, stream } = await open(openSocket);
    const closed = new Promise((resolve) => stream.once("close", resolve));
    broker.terminate();
    await closed;
    stream.acknowledge(1);
    await turn();
    expect(stream.destroyed).toBe(true);
  });
});
