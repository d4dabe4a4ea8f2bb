import type { TesaError } from "@tesa/core";
import { createFakeClock, type FakeClock } from "@tesa/core/testing";
import { createMemoryTelemetryLog, type ReaderState, type Retention, type TelemetryLog } from "@tesa/log";
import { openWebhookForwarder, type WebhookForwarder } from "../forwarder.ts";
import type { WebhookForwarderOptions } from "../options.ts";
import { type Receiver, SECRET, startReceiver } from "./receiver.ts";
import { reopenable } from "./reopenable-log.ts";
import { until } from "./until.ts";

/** A receiver on a real socket, a log in memory and a clock that only the test moves. */
export interface ForwarderFixture extends AsyncDisposable {
  readonly clock: FakeClock;
  log: TelemetryLog;
  receiver: Receiver;
  /** Whether saving a place fails now. */
  failSave: boolean;
  /** Opens a forwarder of the name `test`, without chance and without lingering. */
  open(options?: Partial<WebhookForwarderOptions>): Promise<WebhookForwarder>;
}

/** Starts a fixture; its end closes all that was opened. */
export async function startFixture(retention: Retention = {}): Promise<ForwarderFixture> {
  const clock = createFakeClock();
  const opened: WebhookForwarder[] = [];
  const log = createMemoryTelemetryLog({ random: () => 0.5, clock, retention });
  const fixture: ForwarderFixture = {
    clock,
    log: reopenable(log, { failSave: () => fixture.failSave }),
    receiver: await startReceiver(),
    failSave: false,
    async open(options = {}) {
      const forwarder = await openWebhookForwarder({
        url: fixture.receiver.url,
        secret: SECRET,
        log: fixture.log,
        clock,
        random: () => 0,
        lingerMs: 0,
        name: "test",
        ...options,
      });
      opened.push(forwarder);
      return forwarder;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((forwarder) => forwarder.close()));
      await fixture.receiver[Symbol.asyncDispose]();
      if (clock.pending > 0) throw new Error(`${clock.pending} timers are left.`);
    },
  };
  return fixture;
}

/** The places of messages. */
export const seqs = (messages: readonly { readonly seq: number }[]): number[] =>
  messages.map(({ seq }) => seq);

/** From one to another, both included. */
export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Waits for a state. */
export const isState = (forwarder: WebhookForwarder, type: ReaderState["type"]): Promise<void> =>
  until(() => forwarder.state.type === type, type);

/** Waits until all is delivered or given up. */
export const caughtUp = (forwarder: WebhookForwarder): Promise<void> => isState(forwarder, "caught-up");

/** The error of a state that has one. */
export function errorOf({ state }: WebhookForwarder): TesaError {
  if (state.type !== "waiting" && state.type !== "paused")
    throw new Error(`There is none when ${state.type}.`);
  return state.error;
}
