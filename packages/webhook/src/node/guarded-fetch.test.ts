import { systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog } from "@tesa/log";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWebhookForwarder, type WebhookForwarder } from "../forwarder.ts";
import { entriesOf } from "../testing/messages.ts";
import { type Receiver, SECRET, startReceiver } from "../testing/receiver.ts";
import { until } from "../testing/until.ts";
import { createGuardedFetch, type ResolveAll } from "./guarded-fetch.ts";

let receiver: Receiver;
let forwarder: WebhookForwarder | undefined;

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(async () => {
  await forwarder?.close();
  forwarder = undefined;
  await receiver[Symbol.asyncDispose]();
});

const portOf = (url: string) => new URL(url).port;

/** Answers with what the test says, for any name. */
function resolveTo(...addresses: readonly string[]): ResolveAll {
  return (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
}

async function open(url: string, fetch = createGuardedFetch()) {
  const log = createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
  forwarder = await openWebhookForwarder({
    url,
    secret: SECRET,
    log,
    clock: systemClock,
    random: () => 0,
    lanes: 1,
    batchSize: 10,
    lingerMs: 0,
    fetch,
  });
  await log.append(entriesOf(["d1"], 50));
  return forwarder;
}

describe("createGuardedFetch()", () => {
  test("sends by plain http to a name that leads to a private address", async () => {
    const fetch = createGuardedFetch({ resolve: resolveTo("127.0.0.1") });
    const opened = await open(`http://receiver.test:${portOf(receiver.url)}/`, fetch);
    await until(() => opened.counts.delivered === 50);
    expect(receiver.taken.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test.each([["169.254.169.254"], ["fe80::1"], ["::ffff:169.254.169.254"], ["0.0.0.0"], ["93.184.216.34"]])(
    "does not connect by plain http to a name that leads to %s, and pauses",
    async (address) => {
      const opened = await open(
        `http://receiver.test:${portOf(receiver.url)}/`,
        createGuardedFetch({ resolve: resolveTo(address) }),
      );
      await until(() => opened.state.type === "paused");
      expect(opened.state).toMatchObject({ error: { code: "config" } });
      expect(opened.state.type === "paused" && opened.state.error.message).toContain(
        `receiver.test resolves to ${address}`,
      );
    },
  );

  test("does not connect if any of the addresses of a name is forbidden, by https neither", async () => {
    const resolve = resolveTo("127.0.0.1", "169.254.169.254");
    const opened = await open(
      `https://receiver.test:${portOf(receiver.url)}/`,
      createGuardedFetch({ resolve }),
    );
    await until(() => opened.state.type === "paused");
    expect(receiver.requests).toEqual([]);
  });

  test("looks at the address of every new connection: a name that leads elsewhere later is refused then", async () => {
    let address = "127.0.0.1";
    receiver.answer = () => (response) => {
      address = "169.254.169.254";
      response.writeHead(200, { connection: "close" }).end();
    };
    const opened = await open(
      `http://receiver.test:${portOf(receiver.url)}/`,
      createGuardedFetch({ resolve: (...all) => resolveTo(address)(...all) }),
    );
    await until(() => opened.state.type === "paused");
    expect(opened.counts.delivered).toBe(10);
    expect(receiver.requests).toHaveLength(1);
  });

  test("uses a connection again, and a new one where the receiver had closed it", async () => {
    const ports: (number | undefined)[] = [];
    receiver.answer = () => (response) => {
      ports.push(response.socket?.remotePort);
      // As where the receiver's keep-alive is over while the next request is on its way.
      if (ports.length === 4) response.socket?.destroy();
      else response.writeHead(200).end();
    };
    const opened = await open(receiver.url);
    await until(() => opened.state.type === "caught-up" || opened.state.type === "waiting");
    expect(opened.state.type).toBe("caught-up");
    expect(opened.counts.delivered).toBe(50);
    const ids = receiver.requests.map(({ id }) => id);
    expect(ids).toHaveLength(6);
    expect(ids[4]).toBe(ids[3]);
    expect(new Set(ports.slice(0, 4)).size).toBe(1);
    expect(new Set(ports.slice(4)).size).toBe(1);
    expect(ports[4]).not.toBe(ports[3]);
  });

  test("does not try twice on a new connection: that is for the schedule", async () => {
    receiver.answer = () => (response) => response.socket?.destroy();
    const opened = await open(receiver.url);
    await until(() => opened.state.type === "waiting");
    expect(receiver.requests).toHaveLength(1);
  });

  test("says that a name has no address as what it is", async () => {
    const resolve: ResolveAll = (hostname, _options, callback) =>
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" }), []);
    const opened = await open("https://receiver.test/", createGuardedFetch({ resolve }));
    await until(() => opened.state.type === "waiting");
    expect(opened.state).toMatchObject({ error: { code: "dns", retryable: true } });
  });

  test("does not follow a redirect", async () => {
    receiver.answer = () => (response) =>
      response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    const opened = await open(receiver.url);
    await until(() => opened.state.type === "paused");
    expect(opened.state.type === "paused" && opened.state.error.message).toContain(
      "Redirects are not followed",
    );
  });

  test("refuses a URL by itself, too", async () => {
    const init = { method: "POST", headers: {}, body: new Uint8Array(), redirect: "manual" } as const;
    const { signal } = new AbortController();
    for (const url of [
      "https://169.254.169.254/",
      "http://8.8.8.8/",
      "ftp://example.com/",
      "https://u:p@example.com/",
    ]) {
      await expect(createGuardedFetch()(url, { ...init, signal })).rejects.toMatchObject({ code: "config" });
    }
  });
});
