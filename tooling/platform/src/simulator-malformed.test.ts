import { expect, test } from "vitest";
import { FOREIGN_DEVICE_ID, MALFORMATIONS, type Malformation, spoil } from "./simulator-malformed.ts";
import { createMessageSource, DEVICE_KINDS } from "./simulator-payloads.ts";

const spoiled = (malformation: Malformation) =>
  DEVICE_KINDS.map((kind) => {
    const regular = createMessageSource({ seed: 1, deviceId: "d1", kind })(0);
    const message = spoil(regular, malformation);
    expect(message.topic).toBe(regular.topic);
    return message.payload;
  });
const text = (payload: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(payload);

test.each(["not-json", "truncated", "empty", "not-a-number"] as const)(
  "%s is UTF-8 that JSON.parse() refuses, for every kind of device",
  (malformation) => {
    for (const payload of spoiled(malformation)) expect(() => JSON.parse(text(payload))).toThrow(SyntaxError);
  },
);

test("invalid-utf8 is refused by a strict decoder, for every kind of device", () => {
  for (const payload of spoiled("invalid-utf8")) expect(() => text(payload)).toThrow(TypeError);
});

test("foreign-device is sound JSON that names another device", () => {
  for (const payload of spoiled("foreign-device")) {
    expect(JSON.parse(text(payload)).device_id).toBe(FOREIGN_DEVICE_ID);
  }
});

test("the ways to be bad all differ", () => {
  const payloads = MALFORMATIONS.map((malformation) => spoiled(malformation)[0]);
  expect(new Set(payloads.map(String)).size).toBe(6);
});
