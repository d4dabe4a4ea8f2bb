import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { diagnose, examine, expectFailureAt, stepOf, TOKEN } from "./testing/examine.ts";
import { serveHttp, serveTcp } from "./testing/servers.ts";

/** RFC 6455, 4.2.2. */
const WEB_SOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function switchProtocols(key: string, ...headers: readonly string[]): string {
  const accept = createHash("sha1").update(`${key}${WEB_SOCKET_GUID}`).digest("base64");
  const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  return [...lines, `Sec-WebSocket-Accept: ${accept}`, ...headers, "", ""].join("\r\n");
}

test("a host name that does not exist fails at DNS with exit code 69", async () => {
  // RFC 6761, 6.4: no resolver knows a name below .invalid.
  const diagnosis = await diagnose(
    { MQTT_BROKER_URL: "wss://broker.invalid:8085/mqtt" },
    { timeoutMs: 10_000 },
  );
  expect(expectFailureAt(diagnosis, "dns", 69).detail).toContain("broker.invalid");
});

test("a port on which nothing listens fails at TCP", async () => {
  const server = await serveTcp(() => {});
  await server[Symbol.asyncDispose]();
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `wss://127.0.0.1:${server.port}/mqtt` });
  const failed = expectFailureAt(diagnosis, "tcp", 69);
  expect(failed.detail).toContain("ECONNREFUSED");
  expect(failed.cause).toContain("nothing listens");
});

test("a plain HTTP port fails at TLS and is called one", async () => {
  await using server = await serveHttp((_request, response) => response.end());
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `wss://127.0.0.1:${server.port}/mqtt` });
  expect(expectFailureAt(diagnosis, "tls", 69).detail).toContain("does not speak TLS");
});

test("a port that closes at the first word of TLS, as plain MQTT does, fails at TLS", async () => {
  await using server = await serveTcp((socket) => socket.once("data", () => socket.end()));
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `wss://127.0.0.1:${server.port}/mqtt` });
  const failed = expectFailureAt(diagnosis, "tls", 69);
  expect(failed.detail).toContain("closed the connection");
  expect(failed.cause).toContain("plain MQTT");
});

test("a port that takes connections and says nothing fails at TLS when the time is over", async () => {
  await using server = await serveTcp(() => {});
  const diagnosis = await diagnose(
    { MQTT_BROKER_URL: `wss://127.0.0.1:${server.port}/mqtt` },
    { timeoutMs: 500 },
  );
  expect(expectFailureAt(diagnosis, "tls", 69).detail).toContain("within 500 ms");
});

test.each([
  [302, "redirect"],
  [200, "web page"],
  [403, "proxy, gateway or firewall"],
  [400, "subprotocol"],
  [502, "proxy in front of the broker"],
])("HTTP %i instead of a WebSocket fails at the upgrade", async (status, cause) => {
  await using server = await serveHttp((_request, response) => {
    response.writeHead(status, { server: "front\u00a7", location: "https://elsewhere.example/" });
    response.end("<html>");
  });
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `ws://127.0.0.1:${server.port}/wrong` });
  const failed = expectFailureAt(diagnosis, "upgrade", 69);
  expect(failed.detail).toContain(`HTTP ${status}`);
  expect(failed.cause).toContain(cause);
  expect(stepOf(diagnosis, "tls")).toMatchObject({
    status: "skipped",
    detail: expect.stringContaining("not used"),
  });
});

test("a WebSocket without the subprotocol mqtt fails at the upgrade", async () => {
  await using server = await serveHttp(
    () => {},
    (socket, key) => socket.write(switchProtocols(key)),
  );
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `ws://127.0.0.1:${server.port}/mqtt` });
  expect(expectFailureAt(diagnosis, "upgrade", 69).detail).toContain('without the subprotocol "mqtt"');
});

test("a server that speaks something else than HTTP fails at the upgrade", async () => {
  await using server = await serveTcp((socket) =>
    socket.once("data", () => socket.end("\u0020\u0002\u0000\u0001")),
  );
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `ws://127.0.0.1:${server.port}/mqtt` });
  expect(expectFailureAt(diagnosis, "upgrade", 69).detail).toContain("does not speak HTTP");
});

test("a server that closes at the upgrade, or never answers it, fails there", async () => {
  await using closing = await serveTcp((socket) => socket.once("data", () => socket.end()));
  const closed = await diagnose({ MQTT_BROKER_URL: `ws://127.0.0.1:${closing.port}/mqtt` });
  const { cause, detail } = expectFailureAt(closed, "upgrade", 69);
  expect(detail).toContain("closed the connection");
  expect(cause).toContain("wss:// is right");
  await using silent = await serveTcp(() => {});
  const late = await diagnose({ MQTT_BROKER_URL: `ws://127.0.0.1:${silent.port}/mqtt` }, { timeoutMs: 500 });
  expect(expectFailureAt(late, "upgrade", 69).detail).toContain("within 500 ms");
});

test("what a server sends cannot move the cursor of a terminal or pass for a line of the report", async () => {
  await using server = await serveTcp((socket) =>
    socket.once("data", () =>
      socket.end("HTTP/1.1 404 x\r\nServer: a\u009b2J\tb\r\nContent-Length: 0\r\n\r\n", "latin1"),
    ),
  );
  const { output } = await examine({ MQTT_BROKER_URL: `ws://127.0.0.1:${server.port}/mqtt` });
  expect(output).toContain("\\u{9b}2J\\u{9}b");
  expect(output.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("something else than MQTT after the upgrade fails at CONNACK", async () => {
  await using server = await serveHttp(
    () => {},
    (socket, key) => {
      socket.write(switchProtocols(key, "Sec-WebSocket-Protocol: mqtt"));
      // A WebSocket frame of two bytes that are no MQTT packet (type 0).
      socket.once("data", () => socket.write(Buffer.from([0x82, 2, 0, 0])));
    },
  );
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `ws://127.0.0.1:${server.port}/mqtt` });
  expect(expectFailureAt(diagnosis, "connack", 69).detail).toContain("not MQTT");
});

test("an abort ends the examination at once with exit code 130", async () => {
  const abort = new AbortController();
  await using server = await serveTcp(() => setImmediate(() => abort.abort()));
  const settings = { MQTT_BROKER_URL: `ws://127.0.0.1:${server.port}/mqtt` };
  const { exitCode, output } = await examine(settings, { timeoutMs: 60_000, signal: abort.signal });
  expect(exitCode).toBe(130);
  expect(output).toContain("interrupted");
  expect(output).toContain("Interrupted (exit code 130)");
  expect(output).not.toContain(TOKEN);
});
