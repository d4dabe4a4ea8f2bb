import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { type RunResult, TesaError } from "@tesa/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { localTime } from "./local-time.ts";
import { createStatus } from "./status.ts";
import { summary } from "./summary.ts";

const FILTERS = ["device/+/telemetry/#"];
const LOST = new TesaError("connection-lost", "The connection\u001b[2J was lost.", { retryable: true });

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-23T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

function watch({ isTTY }: { readonly isTTY: boolean }) {
  let written = "";
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  stderr.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  const status = createStatus({
    stderr: stderr as unknown as NodeJS.WriteStream,
    advice: { doctor: "pnpm tesa doctor" },
    brokerUrl: "wss://broker/mqtt",
    organisation: () => "acme",
  });
  const take = () => {
    const text = written;
    written = "";
    return text;
  };
  return { status, take };
}

function waiting(delayMs: number) {
  return { type: "waiting", attempt: 1, delayMs, until: Date.now() + delayMs, error: LOST } as const;
}

const result = (part: Partial<RunResult["counts"]> = {}, error: TesaError | null = null): RunResult => ({
  written: 12,
  counts: { received: 12, redelivered: 0, dropped: 0, rejected: 0, reconnects: 0, gaps: 0, ...part },
  error,
  exitCode: 0,
});

test("away from a terminal each state is a line, without any control character", () => {
  const { status, take } = watch({ isTTY: false });
  status.onState({ type: "idle" });
  status.onState({ type: "connecting", attempt: 1, protocolVersion: 5 });
  status.onState({ type: "subscribing", attempt: 1, sessionPresent: false });
  status.onState({ type: "live", since: 0, sessionPresent: false, protocolVersion: 5, filters: FILTERS });
  status.onState(waiting(1_500));
  status.onState({ type: "connecting", attempt: 2, protocolVersion: 4 });
  status.onState({ type: "live", since: 0, sessionPresent: true, protocolVersion: 4, filters: FILTERS });
  vi.advanceTimersByTime(5_000);
  expect(take().split("\n")).toEqual([
    "tesa: connecting to wss://broker/mqtt (MQTT 5)",
    "tesa: live: device/+/telemetry/# of organisation acme",
    "tesa: waiting: The connection\\u{1b}[2J was lost. Next try in 1.5 s.",
    "tesa: connecting to wss://broker/mqtt (MQTT 3.1.1)",
    "tesa: live: device/+/telemetry/# of organisation acme; the broker kept the session",
    "",
  ]);
});

test("on a terminal a wait is counted down on one line, which is gone afterwards", () => {
  const { status, take } = watch({ isTTY: true });
  status.onState(waiting(3_000));
  vi.advanceTimersByTime(2_500);
  expect(take()).toBe(
    "tesa: waiting: The connection\\u{1b}[2J was lost.\n" +
      "\r\u001b[2Ktesa: next try in 3 s\r\u001b[2Ktesa: next try in 2 s\r\u001b[2Ktesa: next try in 1 s",
  );
  status.passing.clear();
  expect(take()).toBe("\r\u001b[2K");
  status.onState({ type: "live", since: 0, sessionPresent: true, protocolVersion: 5, filters: FILTERS });
  vi.advanceTimersByTime(5_000);
  expect(stripVTControlCharacters(take())).not.toContain("next try");
  status.onMessages();
  expect(vi.getTimerCount()).toBe(0);
});

test("a reason that stays the same is told in full once; after some tries the doctor is named, once", () => {
  const { status, take } = watch({ isTTY: false });
  for (let index = 0; index < 6; index += 1) status.onState(waiting(1_000));
  const [first, second, , , fifth, sixth] = take().split("\n");
  expect(first).toBe("tesa: waiting: The connection\\u{1b}[2J was lost. Next try in 1 s.");
  expect(second).toBe("tesa: waiting: the same again, 2 times now. Next try in 1 s.");
  expect(fifth).toMatch(
    /^tesa: waiting: the same again, 5 times now\. To find out why: .* tesa doctor\. Next/,
  );
  expect(sixth).toBe("tesa: waiting: the same again, 6 times now. Next try in 1 s.");
  status.onState({ type: "live", since: 0, sessionPresent: true, protocolVersion: 5, filters: FILTERS });
  status.onState(waiting(1_000));
  expect(take()).toContain("was lost.");
});

test("a token that was accepted before and is refused now may be an outage, and that is said", () => {
  const { status, take } = watch({ isTTY: false });
  const error = new TesaError("token-refused", "The broker refused the token.");
  status.onState({ ...waiting(30_000), error });
  status.onState({ ...waiting(30_000), error });
  expect(take().split("\n")).toEqual([
    "tesa: waiting: The broker refused the token. It was accepted before, so it is tried on. Next try in 30 s.",
    "tesa: waiting: the same again, 2 times now. Next try in 30 s.",
    "",
  ]);
});

test("a stream that is live but silent says why, until the first message", () => {
  const { status, take } = watch({ isTTY: false });
  const live = {
    type: "live",
    since: 0,
    sessionPresent: false,
    protocolVersion: 5,
    filters: FILTERS,
  } as const;
  status.onState(live);
  vi.advanceTimersByTime(10_000);
  expect(take()).toContain("tesa: no message for 10 s yet: devices may be off");
  status.onMessages();
  vi.advanceTimersByTime(3_600_000);
  expect(take()).toBe("");
});

test("gaps say between when, and how certain it is", () => {
  const { status, take } = watch({ isTTY: false });
  const [from, to] = [Date.parse("2026-11-23T11:00:00Z"), Date.parse("2026-11-23T11:01:00Z")];
  status.onGap({ kind: "certain", from, to });
  status.onGap({ kind: "possible", from, to });
  const span = `between ${localTime(from)} and ${localTime(to)} may be missing`;
  expect(take().split("\n")).toEqual([
    `tesa: gap: the broker no longer had the session: messages sent ${span}`,
    `tesa: gap: messages ${span}: the broker's queue may have overflowed`,
    "",
  ]);
  status.onGap({ kind: "possible", from: from - 3 * 86_400_000, to });
  expect(take()).toContain(`between 2026-11-20 ${localTime(from)} and 2026-11-23 ${localTime(to)} may be`);
});

test("trouble of the log says how long the broker's queue lasts", () => {
  const { status, take } = watch({ isTTY: false });
  const error = new TesaError("log", "The disk is full.");
  status.onLogTrouble({ error, secondsLeft: 12.4 });
  // It is tried again many times a minute, which is not worth a line each.
  vi.advanceTimersByTime(4_000);
  status.onLogTrouble({ error, secondsLeft: 8 });
  vi.advanceTimersByTime(1_000);
  status.onLogTrouble({ error, secondsLeft: Number.POSITIVE_INFINITY });
  status.onLogTrouble(null);
  expect(take().split("\n")).toEqual([
    "tesa: log: The disk is full. The broker's queue may overflow in 12 s.",
    "tesa: log: The disk is full.",
    "tesa: the log stores again",
    "",
  ]);
});

test("the last line counts", () => {
  expect(summary(result(), 3_440)).toBe("12 messages in 3.4 s; 0 reconnects, 0 redelivered, 0 gaps");
  expect(
    summary(
      { ...result({ reconnects: 1, gaps: 1, redelivered: 2, dropped: 3, rejected: 4 }), written: 1 },
      60_000,
    ),
  ).toBe("1 message in 60 s; 1 reconnect, 2 redelivered, 1 gap, 3 dropped, 4 rejected");
});

test("with a log that lasts the last line says what became of everything", () => {
  const report = { ...result({ received: 12, redelivered: 2, reconnects: 3 }), written: 12 };
  const onward = { mirrored: 12, delivered: 11, deadLetters: 1 };
  expect(summary({ ...report, onward }, 60_000)).toBe(
    "12 messages in 60 s; 14 received, 12 stored, 2 redelivered, 12 mirrored, 11 delivered, 1 dead letter, " +
      "3 reconnects, 0 gaps",
  );
  expect(summary({ ...report, onward: {} }, 60_000)).toBe(
    "12 messages in 60 s; 14 received, 12 stored, 2 redelivered, 3 reconnects, 0 gaps",
  );
});

test("an error is told before the counts; and without them when there never was a connection", () => {
  const first = watch({ isTTY: false });
  first.status.finish(result({}, LOST));
  expect(first.take()).toBe("tesa: ended: The connection\\u{1b}[2J was lost.\n");
  const second = watch({ isTTY: false });
  second.status.onState({
    type: "live",
    since: 0,
    sessionPresent: false,
    protocolVersion: 5,
    filters: FILTERS,
  });
  second.take();
  second.status.finish(result({}, LOST));
  expect(second.take()).toMatch(/^tesa: ended: .*\ntesa: 12 messages in /);
});

test("a token never gets onto the screen, whatever a message holds", () => {
  const { status, take } = watch({ isTTY: false });
  status.warn("refused tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001");
  expect(take()).toBe("tesa: warning: refused tesa_mqtt_...\n");
});
