import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { generate, type Packet, parser } from "mqtt-packet";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { ConnectRequest, Look, Publish } from "../transport.ts";
import { createMqttTransport } from "./node-transport.ts";
import { createMqttTransport as createWebTransport } from "./web.ts";

const closing: (() => void)[] = [];
const clients = new Set<WebSocket>();
afterEach(() => {
  clients.clear();
  for (const close of closing.splice(0)) close();
});

/** A broker that answers as the test says, over plain WebSockets on loopback. */
async function broker(
  onPacket: (packet: Packet, socket: WebSocket) => void,
  options: { readonly http?: Server } = {},
): Promise<{ readonly url: string; readonly packets: Packet[]; readonly raw: Set<Duplex> }> {
  const http = options.http ?? createHttpServer();
  const server = new WebSocketServer({ noServer: true });
  const packets: Packet[] = [];
  const raw = new Set<Duplex>();
  if (options.http === undefined) {
    http.on("upgrade", (request, socket, head) => {
      raw.add(socket);
      server.handleUpgrade(request, socket, head, (webSocket) => {
        clients.add(webSocket);
        const reading = parser({ protocolVersion: 5 });
        reading.on("packet", (packet) => {
          packets.push(packet);
          onPacket(packet, webSocket);
        });
        webSocket.on("message", (data: Buffer) => reading.parse(data));
      });
    });
  }
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  closing.push(() => {
    for (const client of server.clients) client.terminate();
    http.closeAllConnections();
    http.close();
  });
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/mqtt`, packets, raw };
}

function request(url: string, part: Partial<ConnectRequest> = {}): ConnectRequest {
  return {
    url,
    username: "user",
    password: "password",
    clientId: "test",
    protocolVersion: 5,
    keepAliveSeconds: 60,
    cleanStart: true,
    sessionExpirySeconds: 300,
    receiveMaximum: 100,
    timeoutMs: 5_000,
    onPublish: () => {},
    onLook: () => {},
    ...part,
  };
}

const signal = () => new AbortController().signal;
const connack = generate({ cmd: "connack", reasonCode: 0, sessionPresent: false }, { protocolVersion: 5 });
const transports = { ws: createMqttTransport(), "a native WebSocket": createWebTransport() };

describe.each(Object.entries(transports))("over %s", (_, transport) => {
  test("connect() says in CONNECT what it was asked for", async () => {
    const { packets, url } = await broker((_, socket) => socket.send(connack));
    const connection = await transport.connect(request(url), signal());
    expect(packets[0]).toMatchObject({
      cmd: "connect",
      protocolVersion: 5,
      clientId: "test",
      username: "user",
      clean: true,
      keepalive: 60,
      properties: { sessionExpiryInterval: 300, receiveMaximum: 100 },
    });
    connection.destroy();
    await connection.ended;
  });

  test("connect() hands over a PUBLISH that comes in the same frame as the CONNACK", async () => {
    const early = generate(
      {
        cmd: "publish",
        topic: "device/a/telemetry",
        payload: "1",
        qos: 1,
        messageId: 9,
        dup: true,
        retain: false,
      },
      { protocolVersion: 5 },
    );
    const { packets, url } = await broker(({ cmd }, socket) => {
      if (cmd === "connect") socket.send(Buffer.concat([connack, early]));
    });
    const received: Publish[] = [];
    const connection = await transport.connect(
      request(url, { onPublish: (publish) => received.push(publish) }),
      signal(),
    );
    // Handed over before or after connect() has fulfilled, as the turns of the event loop fall.
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(received).toMatchObject([{ topic: "device/a/telemetry", packetId: 9, qos: 1 }]);
    connection.acknowledge(received);
    await connection.disconnect({ sessionExpirySeconds: 7 });
    expect(packets.slice(1)).toMatchObject([
      { cmd: "puback", messageId: 9 },
      { cmd: "disconnect", properties: { sessionExpiryInterval: 7 } },
    ]);
  });

  test("connect() says `protocol-version` when a broker that knows only 3.1.1 answers in its own form", async () => {
    const { url } = await broker((_, socket) => socket.send(Buffer.of(0x20, 2, 0, 1)));
    await expect(transport.connect(request(url), signal())).rejects.toMatchObject({
      code: "protocol-version",
    });
  });

  test("connect() says `connect-timeout` when the broker does not answer CONNECT", async () => {
    const { url } = await broker(() => {});
    const connecting = transport.connect(request(url, { timeoutMs: 100 }), signal());
    await expect(connecting).rejects.toMatchObject({ code: "connect-timeout", retryable: true });
  });

  test("connect() says `connect-timeout` when nothing answers the upgrade", async () => {
    const http = createHttpServer();
    http.on("upgrade", () => {});
    const { url } = await broker(() => {}, { http });
    const connecting = transport.connect(request(url, { timeoutMs: 100 }), signal());
    await expect(connecting).rejects.toMatchObject({ code: "connect-timeout" });
  });

  test("connect() ends at once when it is aborted, whatever it waits for", async () => {
    const { url } = await broker(() => {});
    for (const delayMs of [0, 50]) {
      const controller = new AbortController();
      const connecting = transport.connect(request(url), controller.signal);
      setTimeout(() => controller.abort(new Error("enough")), delayMs);
      await expect(connecting).rejects.toThrow();
    }
  });

  test("subscribe() rejects with the reason when the connection ends before the SUBACK", async () => {
    const { url } = await broker(({ cmd }, socket) => {
      if (cmd === "connect") socket.send(connack);
      if (cmd === "subscribe") {
        socket.send(generate({ cmd: "disconnect", reasonCode: 0x87 }, { protocolVersion: 5 }));
        socket.close();
      }
    });
    const connection = await transport.connect(request(url), signal());
    await expect(connection.subscribe(["device/+/telemetry/#"], signal())).rejects.toMatchObject({
      code: "subscription-refused",
      reasonCode: 0x87,
    });
  });

  test("subscribe() asks for QoS 1, without retained messages of a subscription that exists, and gives every code", async () => {
    const { packets, url } = await broker((packet, socket) => {
      if (packet.cmd === "connect") socket.send(connack);
      if (packet.cmd === "subscribe") {
        socket.send(
          generate(
            { cmd: "suback", messageId: packet.messageId ?? 0, granted: [1, 0x87] },
            { protocolVersion: 5 },
          ),
        );
      }
    });
    const connection = await transport.connect(request(url), signal());
    expect(await connection.subscribe(["device/a/telemetry/#", "device/b/telemetry/#"], signal())).toEqual([
      1, 0x87,
    ]);
    expect(packets.at(-1)).toMatchObject({
      subscriptions: [
        { qos: 1, rh: 1 },
        { qos: 1, rh: 1 },
      ],
    });
    connection.destroy();
  });

  test("destroy() with a reason code says it before it leaves", async () => {
    const { packets, url } = await broker(({ cmd }, socket) => cmd === "connect" && socket.send(connack));
    const connection = await transport.connect(request(url), signal());
    connection.destroy(0x93);
    expect((await connection.ended).error).toMatchObject({ code: "protocol", reasonCode: 0x93 });
    expect(packets.at(-1)).toMatchObject({ cmd: "disconnect", reasonCode: 0x93 });
  });

  test("a connection ends with a reason when the broker sends what is no WebSocket frame", async () => {
    const { raw, url } = await broker(({ cmd }, socket) => cmd === "connect" && socket.send(connack));
    const connection = await transport.connect(request(url), signal());
    for (const socket of raw) socket.write(Buffer.alloc(50, 0xff));
    expect(["protocol", "connection-lost"]).toContain((await connection.ended).error.code);
  });

  test("connect() says `upgrade-refused` when the other end agrees to no subprotocol", async () => {
    const plain = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => false });
    await once(plain, "listening");
    closing.push(() => plain.close());
    const url = `ws://127.0.0.1:${(plain.address() as AddressInfo).port}/mqtt`;
    await expect(transport.connect(request(url), signal())).rejects.toMatchObject({
      code: expect.stringMatching(/^(upgrade-refused|network)$/),
    });
  });

  test("ping() is answered with a look, also one that mqtt.js did not ask for, and the connection goes on", async () => {
    const { packets, url } = await broker(({ cmd }, socket) => {
      if (cmd === "connect") socket.send(connack);
      if (cmd === "pingreq") socket.send(generate({ cmd: "pingresp" }));
    });
    const looks: Look[] = [];
    const connection = await transport.connect(
      request(url, { onLook: (look) => looks.push(look), keepAliveSeconds: 1 }),
      signal(),
    );
    let hasEnded = false;
    void connection.ended.then(() => {
      hasEnded = true;
    });
    const before = Date.now();
    connection.ping();
    await vi.waitFor(() => expect(looks).toHaveLength(1));
    expect(looks[0]?.askedAt).toBeGreaterThanOrEqual(before);
    // Those of mqtt.js go on.
    await vi.waitFor(() => expect(looks.length).toBeGreaterThan(2), 5_000);
    expect(packets.filter(({ cmd }) => cmd === "pingreq").length).toBeGreaterThan(2);
    expect(hasEnded).toBe(false);
    connection.destroy();
    await connection.ended;
    connection.ping();
  });

  test("a connection ends with `keep-alive-timeout` when PINGREQ is not answered", async () => {
    const { url } = await broker(({ cmd }, socket) => cmd === "connect" && socket.send(connack));
    const connection = await transport.connect(request(url, { keepAliveSeconds: 1 }), signal());
    expect((await connection.ended).error).toMatchObject({ code: "keep-alive-timeout" });
  });
});

test.each([
  [404, false],
  [403, false],
  [502, true],
])("connect() says `upgrade-refused` for HTTP status %i", async (status, retryable) => {
  const http = createHttpServer();
  http.on("upgrade", (_, socket) => socket.end(`HTTP/1.1 ${status} Test\r\nContent-Length: 0\r\n\r\n`));
  const { url } = await broker(() => {}, { http });
  await expect(transports.ws.connect(request(url), signal())).rejects.toMatchObject({
    code: "upgrade-refused",
    reasonCode: status,
    retryable,
  });
});

test("connect() over a native WebSocket says `network` for any HTTP status, which that does not tell", async () => {
  const http = createHttpServer();
  http.on("upgrade", (_, socket) => socket.end("HTTP/1.1 404 Test\r\nContent-Length: 0\r\n\r\n"));
  const { url } = await broker(() => {}, { http });
  const connecting = transports["a native WebSocket"].connect(request(url), signal());
  await expect(connecting).rejects.toMatchObject({ code: "network", retryable: true });
});

test("createMqttTransport() for the web states the largest packet, and ends the connection over a larger one", async () => {
  const large = Buffer.concat([Buffer.of(0x30, 0xe9, 0x07), Buffer.alloc(1_001)]);
  const { packets, url } = await broker(({ cmd }, socket) => cmd === "connect" && socket.send(connack));
  const connection = await createWebTransport({ maxPacketBytes: 1_000 }).connect(request(url), signal());
  expect(packets[0]).toMatchObject({ properties: { maximumPacketSize: 1_000 } });
  for (const socket of clients) socket.send(large);
  expect((await connection.ended).error).toMatchObject({ code: "protocol" });
});

test("createMqttTransport() refuses CA certificates that are none", () => {
  expect(() => createMqttTransport({ caCertificates: "nonsense" })).toThrow(
    expect.objectContaining({ code: "config" }),
  );
});

test("connect() names wss:// where a port that was asked for a plain WebSocket closes without a word", async () => {
  const server = createTcpServer((socket) => socket.once("data", () => socket.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const connecting = createMqttTransport().connect(request(`ws://127.0.0.1:${port}/mqtt`), signal());
  await expect(connecting).rejects.toMatchObject({
    code: "network",
    retryable: true,
    message: expect.stringMatching(`^127\\.0\\.0\\.1:${port} closed .* wss://`),
  });
});
