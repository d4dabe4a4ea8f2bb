import { expect, test } from "vitest";
import { encodeNumbered, keyFor, keyOf } from "./message.ts";

test("keyOf() reads the key of a numbered message, as bytes and as parsed", () => {
  const payload = encodeNumbered("chaos-3", 17, 1_770_000_000_000);
  expect(keyOf(payload)).toBe(keyFor("chaos-3", 17));
  expect(keyOf(JSON.parse(payload.toString()))).toBe("chaos-3/17");
});

test("keyOf() refuses what was not published here", () => {
  expect(() => keyOf({ device_id: "chaos-3" })).toThrow("is not one that was published");
  expect(() => keyOf(Buffer.from("null"))).toThrow("is not one that was published");
});
