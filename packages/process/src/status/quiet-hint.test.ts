import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createQuietHint } from "./quiet-hint.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watch(sensorSetting?: string) {
  const notes: string[] = [];
  const hint = createQuietHint({ note: (text) => notes.push(text), sensorSetting });
  return { hint, notes };
}

test("a live stream without a message says so after ten seconds, and then seldom", () => {
  const { hint, notes } = watch();
  vi.advanceTimersByTime(60_000);
  hint.onLive();
  vi.advanceTimersByTime(9_999);
  expect(notes).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(notes).toEqual(["no message for 10 s yet: devices may be off, or send more rarely"]);
  vi.advanceTimersByTime(3_600_000);
  expect(notes).toHaveLength(2 + 5);
});

test("where a sensor is chosen, that is the first cause to be named", () => {
  const { hint, notes } = watch("--sensor");
  hint.onLive();
  vi.advanceTimersByTime(10_000);
  expect(notes[0]).toMatch(
    /^no message for 10 s yet\. --sensor chooses by the topic: .* Or devices may be off/,
  );
});

test("from the first message on, and while the stream is not live, nothing is said", () => {
  const first = watch();
  first.hint.onLive();
  first.hint.onMessage();
  first.hint.pause();
  first.hint.onLive();
  const second = watch();
  second.hint.onLive();
  second.hint.pause();
  vi.advanceTimersByTime(3_600_000);
  expect([...first.notes, ...second.notes]).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
