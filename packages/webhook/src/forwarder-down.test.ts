import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WebhookForwarder } from "./forwarder.ts";
import { createGuardedFetch } from "./node/guarded-fetch.ts";
import {
  caughtUp,
  errorOf,
  type ForwarderFixture,
  isState,
  numbers,
  seqs,
  startFixture,
} from "./testing/forwarder-fixture.ts";
import { entriesOf, entry } from "./testing/messages.ts";
import { startReceiver, verifySignature } from "./testing/receiver.ts";
import { until } from "./testing/until.ts";

let fixture: ForwarderFixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

/** Moves the time on to the end of the wait, and until the lanes have come to rest again. */
async function passWait(forwarder: WebhookForwarder): Promise<number> {
  const { state } = forwarder;
  if (state.type !== "waiting") throw new Error(`It is ${state.type}.`);
  const waitMs = state.until - fixture.clock.now();
  const before = fixture.receiver.requests.length;
  await fixture.clock.advance(waitMs);
  await until(() => fixture.receiver.requests.length > before && forwarder.state.type !== "reading");
  return waitMs;
}

describe("a receiver that is down", () => {
  test.each([500, 502, 503, 504, 408, 425, 429])(
    "with %i gets the same batch under the same id until it takes it",
    async (status) => {
      fixture.receiver.answer = () => status;
      await fixture.log.append(entriesOf(["d1"], 3));
      const forwarder = await fixture.open({ lanes: 1, schedule: [1_000, 2_000, 5_000, 10_000] });
      await isState(forwarder, "waiting");
      expect(errorOf(forwarder)).toMatchObject({ code: "output", retryable: true, reasonCode: status });
      expect(await passWait(forwarder)).toBe(1_000);
      expect(await passWait(forwarder)).toBe(2_000);
      fixture.receiver.answer = () => 200;
      await passWait(forwarder);
      await caughtUp(forwarder);
      expect(seqs(fixture.receiver.taken)).toEqual([1, 2, 3]);
      expect(fixture.receiver.requests).toHaveLength(4);
      expect(new Set(fixture.receiver.requests.map(({ id }) => id)).size).toBe(1);
      expect(new Set(fixture.receiver.requests.map(({ body }) => body)).size).toBe(1);
      // 0, 1, 3 and 8 seconds after the first: each try has a time stamp and a signature of its own.
      expect(
        fixture.receiver.requests.map(({ headers }) => Number(headers["webhook-timestamp"]) - 1_700_000_000),
      ).toEqual([0, 1, 3, 8]);
      for (const request of fixture.receiver.requests) verifySignature(request);
      expect(forwarder.counts.deadLetters).toBe(0);
    },
  );

  test("waits as long as Retry-After says, in seconds or as a date, and uses up no step for it", async () => {
    const values = ["120", new Date(1_700_000_120_000 + 90_000).toUTCString(), undefined];
    fixture.receiver.answer = () => (response) => {
      const value = values[fixture.receiver.requests.length - 1];
      response.writeHead(503, value === undefined ? {} : { "retry-after": value }).end();
    };
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open({ lanes: 1, schedule: [1_000] });
    await isState(forwarder, "waiting");
    expect(await passWait(forwarder)).toBe(120_000);
    expect(await passWait(forwarder)).toBe(90_000);
    expect(await passWait(forwarder)).toBe(1_000);
  });

  test("is given up when the schedule is over, not before: dead letters, and the lane goes on", async () => {
    fixture.receiver.answer = ({ messages }) => (messages.some(({ seq }) => seq <= 2) ? 500 : 200);
    await fixture.log.append(entriesOf(["d1"], 2));
    const forwarder = await fixture.open({ lanes: 1, schedule: [1_000, 60_000] });
    await isState(forwarder, "waiting");
    await fixture.log.append(entriesOf(["d1"], 2));
    await passWait(forwarder);
    expect(forwarder.counts.deadLetters).toBe(0);
    await fixture.clock.advance(60_000);
    await caughtUp(forwarder);
    expect(forwarder.counts).toEqual({ delivered: 2, deadLetters: 2, missed: 0 });
    expect(seqs((await fixture.log.deadLetters()).map(({ message }) => message))).toEqual([1, 2]);
    expect((await fixture.log.deadLetters())[0]?.reason).toContain("schedule of tries was over");
    expect(seqs(fixture.receiver.taken)).toEqual([3, 4]);
  });

  test("is told by name when nothing listens there, and catches up when it is back", async () => {
    const { url } = fixture.receiver;
    await fixture.receiver[Symbol.asyncDispose]();
    await fixture.log.append(entriesOf(["d1", "d2", "d3", "d4"], 1_000));
    const forwarder = await fixture.open({ url, lanes: 1 });
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "network", retryable: true });
    expect(errorOf(forwarder).message).toContain("ECONNREFUSED");
    expect(forwarder.state).toMatchObject({ behind: 1_000 });
    fixture.receiver = await startReceiver({ port: Number(new URL(url).port) });
    await fixture.clock.advance(1_000);
    await caughtUp(forwarder);
    expect(seqs(fixture.receiver.taken).sort((a, b) => a - b)).toEqual(numbers(1, 1_000));
    expect(forwarder.counts).toEqual({ delivered: 1_000, deadLetters: 0, missed: 0 });
  });

  test("and never answers is left after the timeout", async () => {
    fixture.receiver.answer = () => () => {};
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open({ timeoutMs: 5_000 });
    await until(() => fixture.receiver.requests.length === 1);
    await fixture.clock.advance(5_000);
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder).message).toContain("did not answer within 5000 ms");
  });

  test.each([
    [
      "closes half-way through its head",
      (socket: { write(text: string): void; destroy(): void }) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-le");
        socket.destroy();
      },
    ],
    [
      "answers garbage",
      (socket: { write(text: string): void; destroy(): void }) => {
        socket.write("220 mail.example ESMTP\r\n\r\n");
        socket.destroy();
      },
    ],
    ["closes without an answer", (socket: { destroy(): void }) => socket.destroy()],
  ])("and %s gets the same batch again", async (_, act) => {
    fixture.receiver.answer = () => (response) => {
      if (response.socket !== null) act(response.socket);
    };
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open({ lanes: 1 });
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "network", retryable: true });
    fixture.receiver.answer = () => 200;
    await fixture.clock.advance(1_000);
    await caughtUp(forwarder);
    const ids = fixture.receiver.requests.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("and speaks no TLS where https is expected is told as that", async () => {
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open({
      url: fixture.receiver.url.replace("http:", "https:"),
      fetch: createGuardedFetch(),
    });
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "tls", retryable: true });
  });

  test("is tried by the other lanes at once when one of them finds it back", async () => {
    fixture.receiver.answer = () => 500;
    await fixture.log.append(
      entriesOf(
        numbers(1, 20).map((number) => `device-${number}`),
        20,
      ),
    );
    let call = 0;
    // The first lane's waits are cut short by chance, the others' are not.
    const random = () => (call++ === 0 ? 1 : 0);
    const forwarder = await fixture.open({ lanes: 4, schedule: [3_600_000], random });
    await until(() => fixture.receiver.requests.length === 4 && fixture.clock.pending === 4);
    fixture.receiver.answer = () => 200;
    await fixture.clock.advance(2_700_000);
    await caughtUp(forwarder);
    expect(forwarder.counts.delivered).toBe(20);
    expect(fixture.clock.now()).toBe(1_700_000_000_000 + 2_700_000);
  });
});
