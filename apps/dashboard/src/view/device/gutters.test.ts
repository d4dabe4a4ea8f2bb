import { expect, test } from "vitest";
import { Gutters } from "./gutters.ts";

test("all charts leave what the widest axis of any of them needs, on each side, while that is there", () => {
  const gutters = new Gutters();
  const [one, other] = [{}, {}];
  expect([gutters.widthOf("left"), gutters.widthOf("right")]).toEqual([0, 0]);
  expect(gutters.fit(one, "left", 52)).toBe(52);
  expect(gutters.fit(one, "right", 12)).toBe(12);
  expect(gutters.fit(other, "left", 80)).toBe(80);
  expect(gutters.fit(other, "right", 52)).toBe(52);
  expect(gutters.fit(one, "left", 60)).toBe(80);
  expect(gutters.fit(other, "left", 52)).toBe(60);
  gutters.leave(other);
  expect([gutters.widthOf("left"), gutters.widthOf("right")]).toEqual([60, 12]);
});
