import { readFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { freePort } from "@tesa/workspace/free-port";
import { expect, test } from "vitest";
import { holdPort } from "./held-port.ts";

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject).listen(port, "127.0.0.1", () => resolve(server));
  });
}

function answerOf(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    socket.on("connect", () => {
      socket.destroy();
      resolve("connected");
    });
  });
}

test("a held port refuses connections, and can be listened on by who holds it", async () => {
  const port = await freePort();
  const held = await holdPort(port);
  expect(await answerOf(port)).toBe("ECONNREFUSED");
  if (process.platform === "win32") held.release();
  const server = await listen(port);
  held.release();
  held.release();
  expect(await answerOf(port)).toBe("connected");
  server.close();
});

/** The states of the sockets of a port of 127.0.0.1, as `proc_net_tcp(5)` writes them. */
function statesOf(port: number): string[] {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .flatMap(([, from, , state = ""]) => (from === local ? [state] : []));
}

test.runIf(process.platform === "linux")(
  "a held port is in use for the system, until it is released",
  async () => {
    const ESTABLISHED = "01";
    const port = await freePort();
    const held = await holdPort(port);
    expect(statesOf(port)).toEqual([ESTABLISHED]);
    held.release();
    await expect.poll(() => statesOf(port)).toEqual([]);
  },
);

test("a port that cannot be held does no harm", async () => {
  const server = await listen(0);
  const { port } = server.address() as { port: number };
  const held = await holdPort(port);
  held.release();
  expect(await answerOf(port)).toBe("connected");
  server.close();
});
