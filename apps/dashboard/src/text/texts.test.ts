import type { TesaErrorCode } from "@tesa/core";
import { expect, test } from "vitest";
import { en } from "./en.ts";
import { th } from "./th.ts";

/** Whatever a connection may fail with; the compiler names what is not here. */
const CODES: Readonly<Record<Exclude<TesaErrorCode, "config" | "output" | "timeout" | "usage">, true>> = {
  "token-refused": true,
  "subscription-refused": true,
  "subscription-timeout": true,
  "taken-over": true,
  "protocol-version": true,
  "client-id-refused": true,
  "broker-unavailable": true,
  dns: true,
  network: true,
  "tls-expired": true,
  "tls-host-name": true,
  "tls-untrusted": true,
  "tls-version": true,
  tls: true,
  "upgrade-refused": true,
  "connect-timeout": true,
  "connection-lost": true,
  "keep-alive-timeout": true,
  protocol: true,
  log: true,
};

test.each([
  ["English", en],
  ["Thai", th],
])("in %s there are words for all that a connection may fail with", (_, text) => {
  expect(Object.keys(CODES).filter((code) => !text.problem[code])).toEqual([]);
});

test("both languages have words for the same problems", () => {
  expect(Object.keys(th.problem).toSorted()).toEqual(Object.keys(en.problem).toSorted());
});

test.each([
  ["English", en],
  ["Thai", th],
])("in %s a device that is silent, one that is quiet and a gap are called differently", (_, text) => {
  const { quiet, silent } = text.freshness;
  expect(new Set(Object.values(text.freshness)).size).toBe(Object.keys(text.freshness).length);
  for (const gap of [text.gap.certain, text.gap.possible, text.summary.gaps("1"), text.state.gaps]) {
    expect(gap.toLowerCase()).not.toContain(silent.toLowerCase());
    expect(gap.toLowerCase()).not.toContain(quiet.toLowerCase());
  }
  expect(text.summary.silent.toLowerCase()).toBe(silent.toLowerCase());
});
