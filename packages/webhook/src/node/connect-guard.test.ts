import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { TesaError } from "@tesa/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectGuardedAgents } from "./connect-guard.ts";

let requests = 0;
const server = createServer((_, response) => {
  requests += 1;
  response.end("taken");
});
beforeEach(async () => {
  requests = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends to the server by a name, over a connection of which the other end says it is at `address`. */
function send(address?: string): Promise<number> {
  const agent = connectGuardedAgents()["http:"];
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = create(options, callback);
    if (socket && address !== undefined) Object.defineProperty(socket, "remoteAddress", { value: address });
    return socket;
  };
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request(`http://localhost:${port}/`, { method: "POST", agent, family: 4 });
    sent.on("response", (response) => {
      resolve(response.resume().statusCode ?? 0);
      agent.destroy();
    });
    sent.on("error", reject);
    sent.end("body");
  });
}

test("a name that leads to a private address is sent to by plain http", async () => {
  expect(await send()).toBe(200);
  expect(requests).toBe(1);
});

test.each(["169.254.169.254", "fe80::1", "0.0.0.0", "93.184.216.34", ""])(
  "nothing is sent where the connection turns out to lead to %j",
  async (address) => {
    const error = await send(address).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TesaError);
    expect(error).toMatchObject({ code: "config", message: expect.stringContaining("cannot be used") });
    expect(requests).toBe(0);
  },
);
