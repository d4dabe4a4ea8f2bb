import { TesaError } from "@tesa/core";
import type { Reader } from "@tesa/log";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFakeReader } from "../testing/fake-reader.ts";
import { openLateReader } from "./late-reader.ts";

const REFUSED = new TesaError("config", "The password is wrong.");

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("openLateReader() throws what fails at once and has never worked", async () => {
  const open = () => Promise.reject(REFUSED);
  await expect(openLateReader({ name: "pg", isKnown: false, open })).rejects.toBe(REFUSED);
  expect(vi.getTimerCount()).toBe(1);
});

test("openLateReader() goes on without one that worked before, and opens it when that works again", async () => {
  const inner = createFakeReader();
  let isMended = false;
  const open = async () => {
    if (!isMended) throw REFUSED;
    return inner;
  };
  const reader = await openLateReader({ name: "pg", isKnown: true, open });
  const states: string[] = [];
  reader.onState(({ type }) => states.push(type));
  expect(reader.state).toMatchObject({ type: "paused", error: REFUSED });
  isMended = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(reader.state).toEqual({ type: "caught-up" });
  inner.counts = { delivered: 3, deadLetters: 0, missed: 0 };
  inner.become({ type: "reading", behind: 1 });
  expect(reader.counts.delivered).toBe(3);
  await reader.drain();
  expect(states).toEqual(["caught-up", "reading", "closed"]);
});

test("openLateReader() waits three seconds and no longer for one that takes its time", async () => {
  const inner = createFakeReader();
  let answer: (reader: Reader) => void = () => {};
  const open = () =>
    new Promise<Reader>((resolve) => {
      answer = resolve;
    });
  const opening = openLateReader({ name: "pg", isKnown: false, open });
  await vi.advanceTimersByTimeAsync(3_000);
  const reader = await opening;
  expect(reader.state).toEqual({ type: "reading", behind: 0 });
  answer(inner);
  await vi.advanceTimersByTimeAsync(0);
  expect(reader.state).toEqual({ type: "caught-up" });
});

test("a late reader that is closed before it opened closes what opens afterwards", async () => {
  const inner = createFakeReader();
  let answer: (reader: Reader) => void = () => {};
  const open = () =>
    new Promise<Reader>((resolve) => {
      answer = resolve;
    });
  const opening = openLateReader({ name: "pg", isKnown: true, open });
  await vi.advanceTimersByTimeAsync(3_000);
  const reader = await opening;
  await reader.drain();
  expect(reader.state).toEqual({ type: "closed" });
  answer(inner);
  await vi.advanceTimersByTimeAsync(0);
  expect(inner.state).toEqual({ type: "closed" });
});
