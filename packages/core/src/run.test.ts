import { expect, test } from "vitest";
import { TesaError } from "./errors.ts";
import { createMemoryLog } from "./memory-log.ts";
import { type RunOptions, run } from "./run.ts";
import type { Telemetry } from "./telemetry.ts";
import {
  createFakeClock,
  createFakeTransport,
  type FakeConnection,
  settle,
  TEST_CONFIG,
} from "./testing/index.ts";
import { parseToken } from "./token.ts";

const TOKEN = parseToken("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001");
const TOPIC = "device/a/telemetry/temperature";

function start(part: Partial<RunOptions> = {}) {
  const transport = createFakeTransport({ autoSuback: true });
  const clock = createFakeClock();
  const written: Telemetry[] = [];
  const result = run({
    config: TEST_CONFIG,
    readToken: () => TOKEN,
    transport,
    clock,
    random: () => 0,
    log: createMemoryLog({ random: () => 0 }),
    sink: {
      write: async (messages) => {
        written.push(...messages);
      },
    },
    ...part,
  });
  const accept = async (): Promise<FakeConnection> => {
    await settle();
    const attempt = transport.attempts.at(-1);
    if (attempt === undefined) throw new Error("No attempt was made.");
    const connection = attempt.accept();
    await settle();
    return connection;
  };
  return { accept, clock, result, transport, written };
}

test("run() writes what comes and acknowledges it after the write", async () => {
  let flush: () => void = () => {};
  const stop = new AbortController();
  const { accept, result } = start({
    signal: stop.signal,
    sink: {
      write: () =>
        new Promise((resolve) => {
          flush = resolve;
        }),
    },
  });
  const connection = await accept();
  connection.publish(TOPIC, "1", 11);
  await settle();
  expect(connection.acknowledged).toEqual([]);
  flush();
  await settle();
  expect(connection.acknowledged).toEqual([11]);
  stop.abort();
  expect(await result).toMatchObject({ written: 1, error: null, exitCode: 0 });
});

test("run() ends after `count` messages and acknowledges no more than those", async () => {
  const { accept, result, written } = start({ count: 2 });
  const connection = await accept();
  for (const id of [11, 12, 13]) connection.publish(TOPIC, String(id), id);
  expect(await result).toMatchObject({ written: 2, error: null, exitCode: 0 });
  expect(written).toHaveLength(2);
  expect(connection.acknowledged).toEqual([11, 12]);
  expect(connection.left).toEqual({ sessionExpirySeconds: 0 });
});

test("run() ends with 124 when its time is over, and with 0 when the count came first", async () => {
  const late = start({ timeoutMs: 5_000, count: 1 });
  await late.accept();
  await late.clock.advance(5_000);
  expect(await late.result).toMatchObject({ exitCode: 124, error: { code: "timeout" } });

  const early = start({ timeoutMs: 5_000, count: 1 });
  (await early.accept()).publish(TOPIC, "1", 1);
  expect(await early.result).toMatchObject({ exitCode: 0 });
  expect(early.clock.pending).toBe(0);
});

test("run() ends with 124 although the broker was never reached", async () => {
  const { clock, result, transport } = start({ timeoutMs: 5_000 });
  await settle();
  transport.attempts[0]?.refuse(new TesaError("network", "unreachable", { retryable: true }));
  await clock.advance(5_000);
  expect(await result).toMatchObject({ exitCode: 124, written: 0 });
});

test.each([
  ["token-refused", 77],
  ["subscription-refused", 77],
  ["tls-untrusted", 69],
  ["client-id-refused", 78],
] as const)("run() gives the exit code of %s at the first connect", async (code, exitCode) => {
  const { result, transport } = start();
  await settle();
  transport.attempts[0]?.refuse(new TesaError(code, "a test"));
  expect(await result).toMatchObject({ exitCode, error: { code } });
});

test("run() gives 75 when it is taken over", async () => {
  const { accept, result } = start();
  (await accept()).end(new TesaError("taken-over", "a test"));
  expect(await result).toMatchObject({ exitCode: 75, error: { code: "taken-over" } });
});

test("run() gives 69 when told not to wait for a broker that is not there", async () => {
  const { result, transport } = start({ wait: false });
  await settle();
  transport.attempts[0]?.refuse(new TesaError("network", "unreachable", { retryable: true }));
  expect(await result).toMatchObject({ exitCode: 69, error: { code: "network" } });
});

test("run() ends well when nobody reads the output any more", async () => {
  const { accept, result } = start({
    sink: { write: () => Promise.reject(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })) },
  });
  (await accept()).publish(TOPIC, "1", 1);
  expect(await result).toMatchObject({ exitCode: 0, error: null, written: 0 });
});

test("run() ends with 74, and acknowledges nothing, when the output cannot be written", async () => {
  const { accept, result } = start({
    sink: {
      write: () => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" })),
    },
  });
  const connection = await accept();
  connection.publish(TOPIC, "1", 1);
  const { error, exitCode } = await result;
  expect(exitCode).toBe(74);
  expect(error?.message).toContain("no space left on device");
  expect(connection.acknowledged).toEqual([]);
});

test("run() tells its observer each state", async () => {
  const states: string[] = [];
  const stop = new AbortController();
  const { accept, result } = start({
    signal: stop.signal,
    observer: { onState: ({ type }) => states.push(type) },
  });
  await accept();
  stop.abort();
  await result;
  expect(states).toEqual(["idle", "connecting", "subscribing", "live", "draining", "closed"]);
});
