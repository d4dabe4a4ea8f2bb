import { PassThrough } from "node:stream";
import { TesaError } from "@tesa/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTeller } from "../status/teller.ts";
import { createFakeReader } from "../testing/fake-reader.ts";
import { ReaderStatus } from "./reader-status.ts";

const DOWN = new TesaError("network", "It is down\u001b[2J.", { retryable: true });

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
  const teller = createTeller(stderr as unknown as NodeJS.WriteStream);
  const reader = createFakeReader();
  const status = new ReaderStatus(
    { kind: "webhook", label: "webhook", reader },
    { teller, advice: { deadLetters: "tesa webhook list" }, isTerminal: isTTY, now: Date.now },
  );
  const take = () => {
    const text = written;
    written = "";
    return text;
  };
  return { reader, status, take };
}

const waiting = (delayMs: number, behind: number) =>
  ({ type: "waiting", behind, until: Date.now() + delayMs, error: DOWN }) as const;

test("a receiver that is down is told once a minute, and once more when it takes something again", () => {
  const { reader, take } = watch({ isTTY: false });
  reader.become({ type: "reading", behind: 1 });
  reader.become(waiting(1_500, 1));
  expect(take()).toBe("tesa: webhook: waiting: It is down\\u{1b}[2J. Next try in 1.5 s. 1 behind.\n");
  for (let attempt = 0; attempt < 5; attempt += 1) {
    vi.advanceTimersByTime(10_000);
    reader.become({ type: "reading", behind: 2 });
    reader.become(waiting(10_000, 2));
  }
  expect(take()).toBe("");
  vi.advanceTimersByTime(10_000);
  reader.become(waiting(10_000, 3));
  expect(take()).toBe("tesa: webhook: waiting: It is down\\u{1b}[2J. Next try in 10 s. 3 behind.\n");
  reader.become({ type: "reading", behind: 3 });
  expect(take()).toBe("");
  reader.counts = { ...reader.counts, delivered: 1 };
  vi.advanceTimersByTime(1_000);
  expect(take()).toBe("tesa: webhook: goes on. 3 behind.\n");
});

test("what has to be mended is told with its advice", () => {
  const { reader, take } = watch({ isTTY: false });
  const error = new TesaError("output", "It answered 404. Check the path of the URL.");
  reader.become({ type: "paused", behind: 7, error });
  expect(take()).toBe(
    "tesa: webhook: paused: It answered 404. Check the path of the URL. It is tried again every five minutes. 7 behind.\n",
  );
  reader.become({ type: "caught-up" });
  expect(take()).toBe("tesa: webhook: goes on.\n");
});

test("away from a terminal, catching up is told every five seconds; being a little behind is not", () => {
  const { reader, take } = watch({ isTTY: false });
  reader.become({ type: "reading", behind: 999 });
  vi.advanceTimersByTime(20_000);
  expect(take()).toBe("");
  reader.become({ type: "reading", behind: 120_000 });
  vi.advanceTimersByTime(10_000);
  expect(take()).toBe("tesa: webhook: 120000 behind\ntesa: webhook: 120000 behind\n");
});

test("on a terminal, catching up is a line that is written over and then gone", () => {
  const { reader, status, take } = watch({ isTTY: true });
  reader.become({ type: "reading", behind: 120_000 });
  vi.advanceTimersByTime(1_000);
  expect(take()).toBe("\r\u001b[2Ktesa: webhook: 120000 behind");
  reader.become({ type: "reading", behind: 60_000 });
  vi.advanceTimersByTime(1_000);
  expect(take()).toBe("\r\u001b[2Ktesa: webhook: 60000 behind");
  reader.become({ type: "caught-up" });
  vi.advanceTimersByTime(1_000);
  expect(take().endsWith("\r\u001b[2K")).toBe(true);
  status.end();
  expect(vi.getTimerCount()).toBe(0);
});

test("what was given up, and what retention took away, is told", () => {
  const { reader, take } = watch({ isTTY: false });
  reader.counts = { delivered: 5, deadLetters: 2, missed: 1 };
  vi.advanceTimersByTime(3_000);
  expect(take()).toBe(
    "tesa: warning: webhook: the log had removed 1 message before their turn came.\n" +
      `tesa: webhook: 2 dead letters in this run. To see them: tesa webhook list\n`,
  );
});

test("further dead letters are counted once a minute and at the end; the command is told once", () => {
  const { reader, status, take } = watch({ isTTY: false });
  const giveUp = (deadLetters: number) => {
    reader.counts = { ...reader.counts, deadLetters };
    vi.advanceTimersByTime(1_000);
  };
  giveUp(1);
  expect(take()).toBe("tesa: webhook: 1 dead letter in this run. To see them: tesa webhook list\n");
  for (let count = 2; count <= 50; count += 1) giveUp(count);
  expect(take()).toBe("");
  vi.advanceTimersByTime(12_000);
  expect(take()).toBe("tesa: webhook: 50 dead letters in this run\n");
  vi.advanceTimersByTime(120_000);
  expect(take()).toBe("");
  giveUp(51);
  take();
  giveUp(52);
  status.end();
  status.tellLosses();
  expect(take()).toBe("tesa: webhook: 52 dead letters in this run\n");
});
