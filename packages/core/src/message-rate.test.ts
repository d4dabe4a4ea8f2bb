import { expect, test } from "vitest";
import { MessageRate } from "./message-rate.ts";

/** A hundred a second for a minute, up to that epoch millisecond. */
function steady(until = 60_000): MessageRate {
  const rate = new MessageRate();
  for (let now = 10; now <= until; now += 10) rate.add(1, now);
  return rate;
}

test("MessageRate tells a steady rate, whatever the steps in which it counts", () => {
  expect(steady().at(60_000)).toBeGreaterThan(95);
  expect(steady().at(60_000)).toBeLessThan(110);
});

test("MessageRate forgets within tens of seconds", () => {
  expect(steady().at(90_000)).toBeLessThan(10);
});

test("MessageRate is not changed by being asked, for an earlier moment either", () => {
  const [asked, other] = [steady(), steady()];
  asked.at(50_000);
  asked.at(80_000);
  expect(asked.at(60_000)).toBe(other.at(60_000));
  asked.add(1, 60_100);
  other.add(1, 60_100);
  expect(asked.at(60_100)).toBe(other.at(60_100));
});
