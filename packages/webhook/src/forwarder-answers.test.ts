import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
import { SECRET, startReceiver } from "./testing/receiver.ts";
import { until } from "./testing/until.ts";

let fixture: ForwarderFixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

describe("a message that the receiver refuses", () => {
  test.each([400, 413, 422])(
    "with %i is found, becomes a dead letter, and all others are delivered in order",
    async (status) => {
      fixture.receiver.answer = ({ messages }) => (messages.some(({ seq }) => seq === 37) ? status : 200);
      await fixture.log.append(entriesOf(["d1"], 100));
      const forwarder = await fixture.open({ lanes: 1 });
      await caughtUp(forwarder);
      expect(seqs(fixture.receiver.taken)).toEqual(numbers(1, 100).filter((seq) => seq !== 37));
      const letters = await fixture.log.deadLetters({ reader: forwarder.name });
      expect(letters).toHaveLength(1);
      expect(letters[0]).toMatchObject({ reader: "webhook:test", message: { seq: 37 } });
      expect(letters[0]?.reason).toContain(`answered ${status}`);
      expect(forwarder.counts).toEqual({ delivered: 99, deadLetters: 1, missed: 0 });
      // 1 for the whole batch and 2 for each halving, of which there are at most 7.
      expect(fixture.receiver.requests.length).toBeLessThanOrEqual(15);
    },
  );

  test("takes the receiver's words into the reason, in one line and without what acts on a terminal", async () => {
    fixture.receiver.answer = () => (response) => {
      response
        .writeHead(422)
        .end(`no\n\u001b[31msuch device ${SECRET} tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001`);
    };
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await caughtUp(forwarder);
    const [letter] = await fixture.log.deadLetters();
    expect(letter?.reason).toContain('answered 422: "no [31msuch device whsec_... tesa_mqtt_..."');
  });

  test("by its size makes later batches smaller", async () => {
    fixture.receiver.answer = ({ body }) => (body.length > 8_000 ? 413 : 200);
    await fixture.log.append(entriesOf(["d1"], 400));
    const forwarder = await fixture.open({ lanes: 1 });
    await caughtUp(forwarder);
    expect(seqs(fixture.receiver.taken)).toEqual(numbers(1, 400));
    const refusals = fixture.receiver.requests.filter(({ body }) => body.length > 8_000);
    expect(refusals.length).toBeLessThanOrEqual(3);
    expect(forwarder.counts.deadLetters).toBe(0);
  });

  test("is one of too many in a row, none of them taken: the lane pauses and makes no more dead letters", async () => {
    fixture.receiver.answer = () => 400;
    await fixture.log.append(entriesOf(["d1"], 30));
    const forwarder = await fixture.open({ lanes: 1, maxRefusedInARow: 10 });
    await isState(forwarder, "paused");
    expect(forwarder.counts).toEqual({ delivered: 0, deadLetters: 10, missed: 0 });
    expect(errorOf(forwarder).message).toContain("refused 10 messages one after the other");
    fixture.receiver.answer = () => 200;
    forwarder.resume();
    await caughtUp(forwarder);
    expect(seqs(fixture.receiver.taken)).toEqual(numbers(11, 30));
  });
});

describe("a receiver that wants something else", () => {
  test.each([
    [401, "same secret"],
    [403, "same secret"],
    [404, "path of the URL"],
    [405, "does not take POST"],
    [410, "wants no more"],
    [415, "application/json"],
    [418, "Check the URL and the receiver"],
  ])(
    "with %i pauses the lane, which says what to do, and goes on when it is told to",
    async (status, advice) => {
      fixture.receiver.answer = () => status;
      await fixture.log.append([entry("d1")]);
      const forwarder = await fixture.open({ lanes: 1 });
      await isState(forwarder, "paused");
      expect(errorOf(forwarder)).toMatchObject({ code: "output", retryable: false, reasonCode: status });
      expect(errorOf(forwarder).message).toContain(advice);
      expect(fixture.receiver.requests).toHaveLength(1);
      fixture.receiver.answer = () => 200;
      forwarder.resume();
      await caughtUp(forwarder);
      expect(forwarder.counts).toEqual({ delivered: 1, deadLetters: 0, missed: 0 });
    },
  );

  test("by a redirect is not followed there", async () => {
    await using elsewhere = await startReceiver();
    fixture.receiver.answer = () => (response) => response.writeHead(307, { location: elsewhere.url }).end();
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await isState(forwarder, "paused");
    expect(errorOf(forwarder).message).toContain(
      `Redirects are not followed (to ${new URL(elsewhere.url).origin})`,
    );
    expect(errorOf(forwarder).message).not.toContain("secret-path");
    expect(elsewhere.requests).toEqual([]);
  });

  test("does not stop the lanes of other devices", async () => {
    const [first] = entriesOf(["a"], 1);
    fixture.receiver.answer = ({ messages }) =>
      messages.some(({ deviceId }) => deviceId === "a") ? 403 : 200;
    await fixture.log.append([
      ...(first === undefined ? [] : [first]),
      ...entriesOf(["b", "c", "d", "e", "f"], 50),
    ]);
    const forwarder = await fixture.open({ lanes: 8 });
    await isState(forwarder, "paused");
    await until(() => fixture.receiver.taken.length >= 40);
    expect(forwarder.counts.deadLetters).toBe(0);
  });
});

describe("an answer", () => {
  test("of 200 kB costs no more than its beginning", async () => {
    fixture.receiver.answer = () => (response) => response.writeHead(400).end("x".repeat(200_000));
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await caughtUp(forwarder);
    const [letter] = await fixture.log.deadLetters();
    expect(letter?.reason.length).toBeLessThan(400);
  });

  test("without an end is cut off, and costs the sender nothing", async () => {
    let sent = 0;
    let isClosed = false;
    fixture.receiver.answer = () => (response) => {
      response.on("close", () => {
        isClosed = true;
      });
      response.writeHead(400);
      const more = () => {
        sent += 65_536;
        if (!isClosed && response.write("x".repeat(65_536))) setImmediate(more);
      };
      response.on("drain", more);
      more();
    };
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await caughtUp(forwarder);
    await until(() => isClosed);
    expect(forwarder.counts.deadLetters).toBe(1);
    // What fits into the buffers of two sockets, whatever the system gives them.
    expect(sent).toBeLessThan(50_000_000);
  });

  test("that never ends counts by its status, after a second", async () => {
    fixture.receiver.answer = () => (response) => {
      response.writeHead(200);
      response.write("and so on");
    };
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await until(() => fixture.clock.pending === 2, "the wait for the body");
    await fixture.clock.advance(1_000);
    await caughtUp(forwarder);
    expect(forwarder.counts.delivered).toBe(1);
  });

  test("that breaks off after its head counts by its status", async () => {
    fixture.receiver.answer = () => (response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.socket?.destroy());
    };
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await caughtUp(forwarder);
    expect(forwarder.counts.delivered).toBe(1);
  });
});
