import fc from "fast-check";
import { expect, test } from "vitest";
import type { Publish } from "../transport.ts";
import { TurnTraffic } from "./turn-traffic.ts";

/** An event loop as Node's, run by hand: a turn has callbacks, and what they planned for its end. */
class Loop {
  /** The number of the turn, from 1. */
  turn = 0;
  #atEnd: (() => void)[] = [];
  #afterCallback: (() => void)[] = [];

  readonly turns = {
    afterCallback: (callback: () => void) => void this.#afterCallback.push(callback),
    afterTurn: (callback: () => void) => void this.#atEnd.push(callback),
  };

  run(...callbacks: (() => void)[]): void {
    this.turn += 1;
    for (const callback of callbacks) this.#call(callback);
    const atEnd = this.#atEnd;
    this.#atEnd = [];
    for (const callback of atEnd) this.#call(callback);
  }

  get isIdle(): boolean {
    return this.#atEnd.length === 0;
  }

  #call(callback: () => void): void {
    callback();
    for (let next = this.#afterCallback.shift(); next !== undefined; next = this.#afterCallback.shift())
      next();
  }
}

const message = (packetId: number): Publish => ({
  topic: "device/a/telemetry",
  payload: new Uint8Array(0),
  qos: 1,
  retained: false,
  duplicate: false,
  packetId,
  receivedAt: 0,
});

function open({ acknowledgesAtOnce = true, knowsCallbacks = true } = {}) {
  const loop = new Loop();
  const delivered: { readonly id: number; readonly turn: number }[] = [];
  const sent: { readonly ids: readonly number[]; readonly turn: number }[] = [];
  const traffic: TurnTraffic = new TurnTraffic({
    ...loop.turns,
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
      for (const id of ids) traffic.arrive(message(id));
    };
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
    steps: fc.array(step, { maxLength: 12 }),
  });
  fc.assert(
    fc.property(given, ({ steps, ...how }) => {
      const { bring, delivered, loop, sent, traffic } = open(how);
      let brought = 0;
      let acknowledged = 0;
      for (const callbacks of steps) {
        loop.run(
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
      for (let more = 0; more < 4 && !loop.isIdle; more += 1) loop.run();
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
