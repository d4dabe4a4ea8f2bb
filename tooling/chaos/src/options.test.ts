import { expect, test } from "vitest";
import { parseOptions } from "./options.ts";

test("parseOptions() plays every run for a minute, with twenty kills and cuts each", () => {
  expect(parseOptions(["--seed", "1"])).toEqual({
    seconds: 60,
    seed: 1,
    runs: ["A", "B", "C"],
    rate: 2_000,
    kills: 20,
    cuts: 20,
    json: false,
    keep: undefined,
    broker: undefined,
  });
});

test("parseOptions() makes up a seed where none is given", () => {
  expect(parseOptions([])?.seed).toSatisfy(Number.isInteger);
});

test("parseOptions() takes runs by name, in their own order", () => {
  expect(parseOptions(["--run", "c,A"])?.runs).toEqual(["A", "C"]);
  expect(parseOptions(["--broker", "wss://localhost:8084/mqtt"])?.runs).toEqual(["B", "C"]);
});

test("parseOptions() has as many faults as the time has room for, or as many as were asked for", () => {
  expect(parseOptions(["--seconds", "6"])).toMatchObject({ kills: 2, cuts: 2 });
  expect(parseOptions(["--seconds", "6", "--kills", "9", "--cuts", "0"])).toMatchObject({
    kills: 9,
    cuts: 0,
  });
});

test("parseOptions() gives nothing where help was asked for", () => {
  expect(parseOptions(["--help"])).toBeUndefined();
});

test.each([
  [["--run", "E"], '--run is "E": use A, B, C, D, or all.'],
  [["--seconds", "0"], '--seconds is "0": use a number from 1 to 86400.'],
  [["--seed", "1.5"], '--seed is "1.5": use a whole number'],
  [["--rate", "fast"], '--rate is "fast"'],
  [["--kills", ""], '--kills is ""'],
  [["--wat"], "--wat"],
  [["stray"], "stray"],
])("parseOptions() refuses %j", (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
