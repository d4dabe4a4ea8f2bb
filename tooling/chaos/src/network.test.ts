import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startNetwork } from "./network.ts";

/** A server that says back what it hears, and what it has heard. */
async function startEcho() {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard.push(bytes.toString());
      socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    heard,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

test("startNetwork() passes bytes on in both directions, in order", async () => {
  await using echo = await startEcho();
  await using network = await startNetwork({ host: "127.0.0.1", port: echo.port, delayMs: 5 });
  const socket = connect(network.port, "127.0.0.1");
  let said = "";
  const complete = new Promise<void>((resolve) => {
    socket.on("data", (bytes) => {
      said += bytes.toString();
      if (said.length === 300) resolve();
    });
  });
  const sent = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, "0"));
  for (const part of sent) socket.write(part);
  await complete;
  expect(said).toBe(sent.join(""));
  expect(network.connections).toBe(1);
  socket.destroy();
});

test("startNetwork() loses what is on the way when a connection is cut", async () => {
  await using echo = await startEcho();
  await using network = await startNetwork({ host: "127.0.0.1", port: echo.port, delayMs: 50 });
  const socket = connect(network.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("first");
  await once(socket, "data");
  socket.write("second");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  // Long enough to be on the way, too short to arrive.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(network.cut()).toBe(1);
  await closed;
  expect(network.connections).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(echo.heard).toEqual(["first"]);
});
