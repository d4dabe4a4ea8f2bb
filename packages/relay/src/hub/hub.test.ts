import { createFakeClock, settle } from "@tesa/core/testing";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { entry } from "@tesa/log/testing";
import { expect, test } from "vitest";
import { RelayCounts } from "../counts.ts";
import { type Filter, matchesFilter } from "../filter.ts";
import { findStart } from "./find-start.ts";
import { Hub } from "./hub.ts";
import type { Outlet } from "./outlet.ts";
import { type Place, Subscriber } from "./subscriber.ts";
import { frameWire } from "./wire.ts";

const DEVICES = ["a", "b", "c"] as const;

function filterOf(device?: string): Filter {
  return { devices: device === undefined ? null : new Set([device]), sensors: null };
}

/** Numbers from 0 up to 1, the same in each run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

async function startHub({ random }: { readonly random: () => number }) {
  const clock = createFakeClock();
  const log = createMemoryTelemetryLog({ random, clock });
  const failures: unknown[] = [];
  const hub = new Hub({
    log,
    clock,
    stream: undefined,
    ring: { maxEvents: 300, maxBytes: 1_000_000 },
    heartbeatMs: 1e9,
    stallMs: 1e9,
    counts: new RelayCounts(),
    onFailure: (error) => failures.push(error),
  });
  const holding = hub.hold();
  await settle();
  await holding;
  return { clock, failures, hub, log };
}

/** A client of the hub with an outlet that a test can fill. */
class Client implements Outlet<string> {
  readonly filter: Filter;
  /** What it has got, by `seq`. */
  readonly got: number[] = [];
  readonly firstPlace: number;
  isReady = true;
  readonly #hub: Hub;
  #subscriber: Subscriber<string> | undefined;

  constructor(hub: Hub, filter: Filter) {
    this.#hub = hub;
    this.filter = filter;
    this.firstPlace = hub.place.seq;
    this.#add(hub.place);
  }

  write(pieces: readonly string[]): void {
    for (const piece of pieces) {
      const { event, id } = JSON.parse(piece) as { readonly event: string; readonly id: string };
      if (event === "telemetry") this.got.push(Number(id.split(":")[1]));
    }
  }

  close(): void {}

  abort(): void {}

  takeMore(): void {
    this.isReady = true;
    this.#subscriber?.wake();
  }

  /** Goes and comes back with what it had last. */
  async comeBack(): Promise<void> {
    if (this.#subscriber === undefined) return;
    this.#hub.leave(this.#subscriber);
    this.#subscriber = undefined;
    this.isReady = true;
    const id = { epoch: this.#hub.log.epoch, seq: this.got.at(-1) ?? this.firstPlace };
    const { place } = await findStart(this.#hub, { type: "after", id }, { maxReplay: 1e9 });
    this.#add(place);
  }

  #add(place: Place): void {
    const { clock, frames } = this.#hub;
    const subscriber = new Subscriber<string>({
      wire: frameWire,
      filter: this.filter,
      endsAt: Number.POSITIVE_INFINITY,
      now: clock.now(),
      outlet: this,
    });
    this.#subscriber = subscriber;
    this.#hub.join(subscriber, () => frames.all.remove(subscriber));
    frames.all.add(subscriber, place);
  }
}

async function expected({ log }: { readonly log: TelemetryLog }, { filter, firstPlace }: Client) {
  const { messages } = await log.read({ after: firstPlace, limit: 10_000 });
  return messages.filter((message) => matchesFilter(filter, message)).map(({ seq }) => seq);
}

test.each([1, 2, 3])(
  "Hub gives 600 clients that come, stall, go and come back every message once and in order (%i)",
  async (seed) => {
    const random = createRandom(seed);
    const started = await startHub({ random });
    const { clock, failures, hub, log } = started;
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const clients: Client[] = [];
    const back: Promise<void>[] = [];
    for (let step = 0; step < 400; step += 1) {
      if (clients.length < 600) {
        for (let more = 0; more < 4; more += 1) {
          const device = pick([undefined, ...DEVICES]);
          clients.push(new Client(hub, filterOf(device)));
        }
      }
      const count = Math.floor(random() ** 2 * 4);
      if (count > 0) {
        const batch = Array.from({ length: count }, () =>
          entry({ topic: `device/${pick(DEVICES)}/telemetry` }),
        );
        void log.append(batch);
      }
      for (let change = 0; change < 6; change += 1) {
        const client = pick(clients);
        const what = random();
        if (what < 0.3) client.isReady = false;
        else if (what < 0.8) client.takeMore();
        else back.push(client.comeBack());
      }
      await clock.advance(Math.floor(random() ** 2 * 30));
    }
    await clock.advance(1_000);
    await Promise.all(back);
    for (const client of clients) client.takeMore();
    await clock.advance(1_000);
    expect(failures).toEqual([]);
    for (const client of clients) expect(client.got).toEqual(await expected(started, client));
    hub.close();
  },
);
