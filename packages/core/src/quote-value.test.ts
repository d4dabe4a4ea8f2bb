import fc from "fast-check";
import { expect, test } from "vitest";
import { quoteUrl, quoteValue } from "./quote-value.ts";

test.each([
  ["60s", '"60s"'],
  ["", '""'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ["line\nbreak", '"line\\nbreak"'],
  ["\u001b[31mred\u009b", '"\\u001b[31mred\\u{9b}"'],
  ["\u202egnp.exe", '"\\u{202e}gnp.exe"'],
  ["half \ud800", '"half \ufffd"'],
  ["เครื่อง", '"เครื่อง"'],
  ["x".repeat(61), `"${"x".repeat(60)}..."`],
  ["tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", '"tesa_mqtt_..."'],
  ["is TESA_MQTT_ACME_FAKE", '"is tesa_mqtt_..."'],
  ["-----BEGIN PRIVATE KEY-----\nFAKE", '"-----BEGIN ..."'],
])("quoteValue(%j) is %s", (text, expected) => {
  expect(quoteValue(text)).toBe(expected);
});

test("quoteValue() gives one short line without control characters for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const quoted = quoteValue(text);
      expect(quoted).not.toMatch(/\p{C}/u);
      expect(quoted.length).toBeLessThan(60 * 10);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test.each([
  ["mqtt://broker.example:1883", '"mqtt://broker.example:1883"'],
  ["wss://broker.example/mqtt?token=secret#x", '"wss://broker.example/mqtt?..."'],
  ["wss://me:secret@broker.example", "(not shown, since it has an @)"],
  ["wss://broker.example/?a=secret@x", "(not shown, since it has an @)"],
])("quoteUrl(%j) is %s", (text, expected) => {
  expect(quoteUrl(text)).toBe(expected);
});
