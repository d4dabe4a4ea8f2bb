import fc from "fast-check";
import { expect, test } from "vitest";
import type { Publish } from "../transport.ts";
import { TurnTraffic } from "./turn-traffic.ts";

/** An event loop as Node's, run by hand: a turn has callbacks, and what they planned for its end. */
class Loop {
  /** The number of the turn, from 1. */
  turn = 0;
  #timers: (() => void)[] = [];
  #atEnd: (() => void)[] = [];
  #afterCallback: (() => void)[] = [];

  readonly turns = {
    afterCallback: (callback: () => void) => void this.#afterCallback.push(callback),
    afterTurn: (callback: () => void) => void this.#atEnd.push(callback),
  };

  readonly setTimer = (_delayMs: number, callback: () => void) => void this.#timers.push(callback);

  /** A turn whose first callbacks are those of the timers. */
  runTimers(...callbacks: (() => void)[]): void {
    this.run(...this.#timers.splice(0), ...callbacks);
  }

  run(...callbacks: (() => void)[]): void {
    this.turn += 1;
    for (const callback of callbacks) this.#call(callback);
    const atEnd = this.#atEnd;
    this.#atEnd = [];
    for (const callback of atEnd) this.#call(callback);
  }

  get isIdle(): boolean {
    return this.#atEnd.length === 0 && this.#timers.length === 0;
  }

  #call(callback: () => void): void {
    callback();
    for (let next = this.#afterCallback.shift(); next !== undefined; next = this.#afterCallback.shift())
      next();
  }
}

const message = (packetId: number, receivedAt: number): Publish => ({
  topic: "device/a/telemetry",
  payload: new Uint8Array(0),
  qos: 1,
  retained: false,
  duplicate: false,
  packetId,
  receivedAt,
});

/** @param options `holds`: PUBACKs may be held back for a while. Otherwise that was in vain before, and is not done again. */
function open({ acknowledgesAtOnce = true, knowsCallbacks = true, holds = false } = {}) {
  const loop = new Loop();
  let now = 0;
  const delivered: { readonly id: number; readonly turn: number }[] = [];
  const sent: { readonly ids: readonly number[]; readonly turn: number }[] = [];
  const traffic: TurnTraffic = new TurnTraffic({
    ...loop.turns,
    setTimer: loop.setTimer,
    ...(knowsCallbacks ? {} : { afterCallback: undefined }),
    onPublish: ({ packetId = 0 }) => {
      delivered.push({ id: packetId, turn: loop.turn });
      if (acknowledgesAtOnce) traffic.acknowledge(packetId);
    },
    sendPubacks: (ids) => sent.push({ ids, turn: loop.turn }),
  });
  const bring =
    (...ids: number[]) =>
    () => {
      if (holds) now += 100;
      for (const id of ids) traffic.arrive(message(id, now));
    };
  if (!holds) {
    loop.run(() => {
      traffic.arrive(message(0, now));
      traffic.acknowledge(0);
    });
    loop.runTimers();
    loop.turn = 0;
    delivered.length = 0;
    sent.length = 0;
  }
  return { bring, delivered, loop, sent, traffic };
}

test("TurnTraffic hands on what a single callback brought when it is over, and acknowledges it from there", () => {
  const { bring, loop, sent } = open();
  const order: string[] = [];
  loop.run(bring(1, 2, 3), () => order.push(`another callback sees ${sent.length} write`));
  expect(order).toEqual(["another callback sees 1 write"]);
  expect(sent).toEqual([{ ids: [1, 2, 3], turn: 1 }]);
});

test("TurnTraffic hands on together what the callbacks of a busy turn brought", () => {
  const { bring, delivered, loop, sent } = open();
  loop.run(bring(1), bring(2), bring(3));
  // The first was handed on before anybody could know. What it left is acknowledged in the turn after.
  loop.run(bring(4), bring(5));
  loop.run(bring(6), bring(7), () => expect(delivered.at(-1)?.id).toBe(5));
  loop.run();
  expect(delivered.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(sent).toEqual([
    { ids: [1], turn: 1 },
    { ids: [2, 3, 4, 5], turn: 2 },
    { ids: [6, 7], turn: 3 },
  ]);
});

test("TurnTraffic is no longer busy after a turn with one callback", () => {
  const { bring, loop, sent } = open();
  loop.run(bring(1), bring(2));
  loop.run(bring(3));
  loop.run(bring(4), () => expect(sent.at(-1)?.ids).toEqual([4]));
  expect(sent.flatMap(({ ids }) => ids)).toEqual([1, 2, 3, 4]);
});

test("TurnTraffic waits for the end of the turn where the runtime knows no end of a callback", () => {
  const { bring, loop, sent } = open({ knowsCallbacks: false });
  loop.run(bring(1, 2), () => expect(sent).toEqual([]));
  expect(sent).toEqual([{ ids: [1, 2], turn: 1 }]);
});

test("TurnTraffic sends what is acknowledged later once in each turn", () => {
  const { bring, loop, sent, traffic } = open({ acknowledgesAtOnce: false });
  loop.run(bring(1, 2, 3, 4));
  const acknowledge = (id: number) => () => traffic.acknowledge(id);
  loop.run(acknowledge(1), acknowledge(2));
  loop.run(acknowledge(3));
  expect(sent).toEqual([
    { ids: [1, 2], turn: 2 },
    { ids: [3], turn: 3 },
  ]);
});

test("TurnTraffic holds PUBACKs back for those of the next messages, and sends them when their time is up", () => {
  const { bring, loop, sent } = open({ holds: true });
  loop.run(bring(1, 2, 3));
  loop.run(bring(4));
  expect(sent).toEqual([]);
  loop.runTimers();
  expect(sent).toEqual([{ ids: [1, 2, 3, 4], turn: 3 }]);
  loop.run(bring(5, 6, 7, 8, 9, 10));
  loop.run(bring(11, 12), () => expect(sent).toHaveLength(2));
  expect(sent[1]).toEqual({ ids: [5, 6, 7, 8, 9, 10, 11, 12], turn: 5 });
});

test("TurnTraffic neither loses nor reorders anything, and writes once in a turn at the most, whatever comes when", () => {
  const step = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("bring" as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constant("acknowledge" as const), count: fc.integer({ min: 1, max: 5 }) }),
    ),
    { maxLength: 4 },
  );
  const given = fc.record({
    acknowledgesAtOnce: fc.boolean(),
    knowsCallbacks: fc.boolean(),
    holds: fc.boolean(),
    steps: fc.array(step, { maxLength: 12 }),
  });
  fc.assert(
    fc.property(given, fc.infiniteStream(fc.boolean()), ({ steps, ...how }, haveTimers) => {
      const { bring, delivered, loop, sent, traffic } = open(how);
      let brought = 0;
      let acknowledged = 0;
      for (const callbacks of steps) {
        const run = haveTimers.next().value ? loop.runTimers : loop.run;
        run.call(
          loop,
          ...callbacks.map(({ kind, count }) => () => {
            for (let each = 0; each < count; each += 1) {
              if (kind === "bring") {
                brought += 1;
                bring(brought)();
              } else if (!how.acknowledgesAtOnce && acknowledged < delivered.length) {
                acknowledged += 1;
                traffic.acknowledge(acknowledged);
              }
            }
          }),
        );
      }
      for (let more = 0; more < 8 && !loop.isIdle; more += 1) loop.runTimers();
      expect(loop.isIdle).toBe(true);
      const ids = Array.from({ length: brought }, (_, index) => index + 1);
      expect(delivered.map(({ id }) => id)).toEqual(ids);
      expect(sent.flatMap(({ ids: each }) => each)).toEqual(
        how.acknowledgesAtOnce ? ids : ids.slice(0, acknowledged),
      );
      const turns = sent.map(({ turn }) => turn);
      expect(new Set(turns).size).toBe(turns.length);
    }),
    { numRuns: 2_000 },
  );
});
