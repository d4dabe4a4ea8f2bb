import fc from "fast-check";
import { expect, test } from "vitest";
import { type DecodeInput, decode } from "./decode.ts";
import { Decoder } from "./decoder.ts";
import { PayloadScanner } from "./payload-scanner.ts";
import { TextCache } from "./text-cache.ts";

const encoder = new TextEncoder();

function input(payload: string | Uint8Array, topic = "device/g1/telemetry/temperature"): DecodeInput {
  const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
  return { topic, payload: bytes, qos: 1, retained: false, receivedAt: 1_770_201_046_000 };
}

const decoder = new Decoder();

/** The fast way and the plain one must agree in everything, the order of keys and readings included. */
function expectAlike(payload: string | Uint8Array, topic?: string): void {
  const given = input(payload, topic);
  const { seq, ...message } = decoder.decode(given);
  expect(seq).toBe(0);
  expect(message).toStrictEqual(decode(given));
  expect(JSON.stringify(message.readings)).toBe(JSON.stringify(decode(given).readings));
}

const isScanned = (payload: string): boolean =>
  new PayloadScanner(new TextCache()).scan(encoder.encode(payload), { device: null, sensor: null });

test.each([
  '{"timestamp":"2026-02-04T10:30:45.123Z","device_id":"g1","sensor":"temperature","value":25.5,"unit":"°C","metadata":{"location":"Factory-A","quality":0.98}}',
  '{"timestamp":"2024-01-15T10:30:00.000Z","temperature":25.5,"humidity":60.0,"pressure":1013.25,"battery":85}',
  '{ "timestamp" : 1770201045 , "a" : -0.5 , "ok" : true , "none" : null , "text" : "ไทย" }',
  '{"value":1,"metadata":{"deep":[1,{"a":[]},"ก",-1.5,true,null],"b":{}}}',
  '{"timestamp":"2026-02-04T17:30:45+07:00","value":false}',
  "{}",
])("Decoder reads %s from its bytes, with the outcome of decode()", (payload) => {
  expect(isScanned(payload)).toBe(true);
  expectAlike(payload);
  expectAlike(payload, "device/g1/telemetry");
  expectAlike(payload, "other/topic");
});

test.each([
  ["an escape", '{"a":"\\n"}'],
  ["an escape in a name", '{"\\u0061":1}'],
  ["an escape in metadata", '{"metadata":{"a":"\\""}}'],
  ["an exponent", '{"a":1e3}'],
  ["more than 15 digits", '{"a":0.1234567890123456}'],
  ["an integer beyond 2^53", '{"a":9007199254740993}'],
  ["a name twice", '{"a":1,"b":2,"a":3}'],
  ["a nested name twice", '{"a":{},"b":2,"a":3}'],
  ["one of the platform's names twice", '{"value":1,"value":{}}'],
  ["a name that is a number", '{"b":1,"10":2,"2":3}'],
  ["a control character", '{"a":"\u0001"}'],
  ["a byte order mark", '\uFEFF{"a":1}'],
  ["a leading zero", '{"a":01}'],
  ["a bare minus", '{"a":-}'],
  ["a point without decimals", '{"a":1.}'],
  ["a comma too many", '{"a":1,}'],
  ["a comma too many inside", '{"metadata":[1,]}'],
  ["a missing colon", '{"a" 1}'],
  ["something behind it", '{"a":1} x'],
  ["no end", '{"a":1'],
  ["no end of a text", '{"a":"b'],
  ["no end inside", '{"metadata":{"a":[1'],
  ["a word that is none", '{"a":tru}'],
  ["an array", "[1]"],
  ["a bare number", "25.5"],
  ["nothing", ""],
  ["deep nesting", `{"metadata":${"[".repeat(40)}${"]".repeat(40)}}`],
  ["many names", `{${Array.from({ length: 40 }, (_, index) => `"n${index}":1`).join(",")}}`],
])("Decoder leaves %s to decode()", (_, payload) => {
  expect(isScanned(payload)).toBe(false);
  expectAlike(payload);
});

test.each([
  '{"timestamp":{"a":1},"value":1}',
  '{"timestamp":"2026-02-30T10:30:45Z","value":1}',
  '{"timestamp":"2026-02-04T24:00:00Z","value":1}',
  '{"timestamp":"2026-02-04T23:59:60Z","value":1}',
  '{"timestamp":"2026-02-04T23:59:59.12Z","value":1}',
  '{"timestamp":"2026-02-04 23:59:59","value":1}',
  '{"timestamp":"","value":1}',
  '{"timestamp":null,"value":null}',
  '{"timestamp":true,"device_id":7,"sensor":7,"unit":7,"value":"x"}',
  '{"device_id":{"a":1},"sensor":[],"unit":{},"value":{"a":1},"b":1}',
  '{"device_id":"g2","value":-0}',
  '{"device_id":"g2","a":-0.0,"":1}',
  '{"__proto__":1,"constructor":"x","toString":true}',
  '{"sensor":"","value":0.1}',
])("Decoder decodes %s as decode() does", (payload) => expectAlike(payload));

test.each([
  ['g"1', '{"device_id":"g"1","value":1}'],
  ['g"1', '{"device_id":"g\\"1","value":1}'],
  ["g\\n", '{"device_id":"g\\n","value":1}'],
  ["g\u0001", '{"device_id":"g\u0001","value":1}'],
  ["\ud800", '{"device_id":"\ufffd","value":1}'],
  ["g1", '{"device_id":"g1x","value":1}'],
  ["g1", '{"device_id":"g1'],
  ["ก", '{"device_id":"ก","sensor":"ก","value":1}'],
])("Decoder compares the device of the topic, %j, with that of %s as decode() does", (device, payload) => {
  expectAlike(payload, `device/${device}/telemetry/${device}`);
});

test("Decoder reads the payloads of many kinds of devices in turn as decode() does", () => {
  const kinds = Array.from({ length: 12 }, (_, kind) =>
    Array.from({ length: 1 + kind * 3 }, (_, index) => `"${"abcdefghijkl"[kind]}${index}": ${index}`),
  );
  for (let round = 0; round < 800; round += 1) {
    for (const members of kinds) {
      const rotated = [...members.slice(round % members.length), ...members.slice(0, round % members.length)];
      const spaces = " ".repeat(round % 3);
      expectAlike(
        `{"timestamp":${spaces}"2026-02-0${1 + (round % 9)}T10:30:45Z",${spaces}${rotated.join(",")}}`,
      );
    }
  }
});

test("Decoder takes bytes that are not UTF-8 for what decode() takes them for, wherever they lie", () => {
  const text = '{"timestamp":"2026","sensor":"abc","unit":"def","a":"ghi","metadata":{"b":"jkl"}}';
  for (let at = 0; at < text.length; at += 1) {
    for (const byte of [0x80, 0xc3, 0xff]) {
      const bytes = encoder.encode(text);
      bytes[at] = byte;
      expectAlike(bytes);
    }
  }
});

test("Decoder remembers texts without mixing them up", () => {
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 20_000; index += 1) {
      const name = `s${(index * 7_919) % 20_000}`;
      const { readings } = decoder.decode(input(`{"${name}":"${name}"}`, `device/${name}/telemetry`));
      expect(readings).toEqual([{ sensor: name, value: name, unit: null }]);
    }
  }
});

/** Objects as devices send them, and as they should not. */
const names = fc.constantFrom(
  "timestamp",
  "device_id",
  "sensor",
  "unit",
  "value",
  "metadata",
  "a",
  "ข",
  "1",
  "",
);
const scalars = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.float(),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constant("2026-02-04T10:30:45Z"),
);
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(names, tie("value"), { maxKeys: 3 }),
  ),
}));
const members = fc.array(fc.tuple(names, values), { maxLength: 7 });
/** Written with spaces here and there, and with names twice. */
const objects = fc
  .tuple(members, fc.constantFrom("", " ", "\n\t"))
  .map(
    ([list, space]) =>
      `{${list.map(([name, value]) => `${JSON.stringify(name)}${space}:${JSON.stringify(value)}`).join(`${space},`)}}`,
  );

test("Decoder agrees with decode() on any object", () => {
  fc.assert(
    fc.property(objects, (payload) => expectAlike(payload)),
    { numRuns: 3_000 },
  );
});

test("Decoder agrees with decode() on objects with any byte changed, taken out or cut off", () => {
  const changes = fc.tuple(objects, fc.nat(), fc.nat(255), fc.constantFrom("change", "remove", "cut"));
  fc.assert(
    fc.property(changes, ([payload, place, byte, how]) => {
      const bytes = encoder.encode(payload);
      const at = place % bytes.length;
      if (how === "cut") return expectAlike(bytes.subarray(0, at));
      if (how === "remove")
        return expectAlike(Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]));
      bytes[at] = byte;
      return expectAlike(bytes);
    }),
    { numRuns: 5_000 },
  );
});

test("Decoder reads every decimal number of up to 15 digits as JSON.parse does", () => {
  const numbers = fc.tuple(fc.boolean(), fc.nat({ max: 999_999_999 }), fc.integer({ min: 0, max: 999_999 }));
  fc.assert(
    fc.property(numbers, ([isNegative, whole, decimals]) => {
      const text = `${isNegative ? "-" : ""}${whole}.${decimals}`;
      expect(decoder.decode(input(`{"a":${text}}`)).readings[0]?.value).toBe(JSON.parse(text) + 0);
    }),
    { numRuns: 5_000 },
  );
});
