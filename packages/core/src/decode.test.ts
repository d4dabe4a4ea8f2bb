import fc from "fast-check";
import { expect, test } from "vitest";
import { type DecodeInput, decode } from "./decode.ts";

const encoder = new TextEncoder();

function input(payload: string | Uint8Array, topic = "device/g1/telemetry/temperature"): DecodeInput {
  const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
  return { topic, payload: bytes, qos: 1, retained: false, receivedAt: 1_770_201_046_000 };
}

const decodeText = (payload: string, topic?: string) => decode(input(payload, topic));
const reading = (sensor: string, value: unknown, unit: string | null = null) => ({ sensor, value, unit });

test("decode() reads the platform's single reading", () => {
  const message = decode({
    ...input(
      '{"timestamp":"2026-02-04T10:30:45.123Z","device_id":"g1","sensor":"temperature","value":25.5,"unit":"°C","metadata":{"location":"Factory-A","quality":0.98}}',
      "device/g1/telemetry/temp",
    ),
    retained: true,
  });
  expect(message).toEqual({
    topic: "device/g1/telemetry/temp",
    deviceId: "g1",
    sensor: "temp",
    receivedAt: 1_770_201_046_000,
    timestamp: 1_770_201_045_123,
    readings: [reading("temperature", 25.5, "°C")],
    payload: message.payload,
    format: "json",
    qos: 1,
    retained: true,
    warnings: [],
  });
});

test("decode() reads the platform's flat message", () => {
  const message = decodeText(
    '{"timestamp":"2024-01-15T10:30:00.000Z","temperature":25.5,"humidity":60.0,"pressure":1013.25,"battery":85}',
    "device/g1/telemetry",
  );
  expect(message.readings).toEqual([
    reading("temperature", 25.5),
    reading("humidity", 60),
    reading("pressure", 1013.25),
    reading("battery", 85),
  ]);
  expect(message.timestamp).toBe(Date.UTC(2024, 0, 15, 10, 30));
  expect(message.sensor).toBeNull();
  expect(message.warnings).toEqual([]);
});

test.each([
  ['{"value":1}', "device/g1/telemetry", "value"],
  ['{"value":1}', "device/g1/telemetry/", "value"],
  ['{"value":1}', "device/g1/telemetry/motor/2/rpm", "motor/2/rpm"],
  ['{"value":1,"sensor":"rpm"}', "device/g1/telemetry/motor", "rpm"],
  ['{"value":1,"sensor":""}', "device/g1/telemetry/motor", "motor"],
  ['{"value":1,"sensor":7}', "device/g1/telemetry/motor", "motor"],
  ["1", "device/g1/telemetry/motor", "motor"],
  ["1", "device/g1/telemetry", "value"],
  ["1", "device/g1/telemetry/", "value"],
  ["1", "something/else", "value"],
])("decode() names the reading of %s on %s %j", (payload, topic, sensor) => {
  expect(decodeText(payload, topic).readings).toEqual([reading(sensor, 1)]);
});

test.each([
  ["25.5", 25.5],
  ["-1e-3", -0.001],
  ['"open"', "open"],
  ['""', ""],
  ["true", true],
  [" 7\n", 7],
])("decode() takes the bare JSON %j for one reading", (payload, value) => {
  const message = decodeText(payload);
  expect(message.format).toBe("json");
  expect(message.readings).toEqual([reading("temperature", value)]);
});

test.each(["null", "[]", "[1,2]", '[{"value":1}]', "{}"])(
  "decode() finds no reading in the JSON %s",
  (payload) => {
    const message = decodeText(payload);
    expect(message.format).toBe("json");
    expect(message.readings).toEqual([]);
    expect(message.warnings).toEqual([]);
  },
);

test.each(["25.5", '"open"', "false", "null"])("decode() takes the value %s of an object", (value) => {
  expect(decodeText(`{"value":${value},"battery":85}`).readings).toEqual([
    reading("temperature", JSON.parse(value)),
  ]);
});

test("decode() reads an object whose value is no single value as a flat one", () => {
  expect(decodeText('{"value":{"x":1},"battery":85}').readings).toEqual([reading("battery", 85)]);
  expect(decodeText('{"value":[1],"sensor":"s"}').readings).toEqual([]);
});

test("decode() takes neither the message's own keys nor objects and arrays of a flat message for readings", () => {
  const message = decodeText(
    '{"timestamp":1770201045,"device_id":"g1","sensor":"s","unit":"V","metadata":"m","a":{"b":1},"c":[1],"on":true,"e":null,"":"x"}',
  );
  expect(message.readings).toEqual([reading("on", true), reading("e", null), reading("", "x")]);
});

test.each([
  ["NaN", "text"],
  ["Infinity", "text"],
  ["-", "text"],
  ["", "text"],
  [" ", "text"],
  ["temperature=25.5", "text"],
  ["{'value':1}", "text"],
  ['{"value":NaN}', "text"],
  ['{"value":25.', "text"],
  ['{"timestamp":"2026-02-04T10:30:45.123Z","device_id":"5a9', "text"],
  ['{"value":1}{"value":2}', "text"],
  ["ก", "text"],
] as const)("decode() keeps %j as %s without readings", (payload, format) => {
  const message = decodeText(payload);
  expect(message).toMatchObject({ format, readings: [], timestamp: null, warnings: [] });
  expect(new TextDecoder().decode(message.payload)).toBe(payload);
});

test.each([
  ["a lone continuation byte", [0x80]],
  ["a cut character", [0x22, 0xe0, 0xb8]],
  ["an overlong form", [0xc0, 0xaf]],
  ["half a surrogate pair", [0xed, 0xa0, 0x80]],
  ["invalid UTF-8 inside JSON", [...encoder.encode('{"value":"'), 0xff, ...encoder.encode('"}')]],
])("decode() keeps %s as binary, and reads the next message as if nothing had been", (_, bytes) => {
  const payload = Uint8Array.from(bytes);
  const message = decode(input(payload));
  expect(message).toMatchObject({ format: "binary", readings: [], warnings: [] });
  expect(message.payload).toBe(payload);
  expect(decodeText("1").readings).toEqual([reading("temperature", 1)]);
});

test("decode() reads JSON after a byte order mark", () => {
  const message = decodeText('\ufeff{"value":1}');
  expect(message.format).toBe("json");
  expect(message.readings).toEqual([reading("temperature", 1)]);
  expect(message.payload[0]).toBe(0xef);
});

test("decode() pollutes nothing by __proto__ and constructor keys", () => {
  const message = decodeText(
    '{"__proto__":{"polluted":1,"value":7},"constructor":{"prototype":{"polluted":1}},"ok":1}',
  );
  expect(message.readings).toEqual([reading("ok", 1)]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
});

test("decode() takes __proto__ and constructor for names like any other", () => {
  const flat = decodeText('{"__proto__":5,"constructor":"c","toString":true}');
  expect(flat.readings).toEqual([
    reading("__proto__", 5),
    reading("constructor", "c"),
    reading("toString", true),
  ]);
  expect(decodeText('{"sensor":"__proto__","value":1}').readings).toEqual([reading("__proto__", 1)]);
  for (const { sensor } of flat.readings) expect(typeof sensor).toBe("string");
});

test("decode() reads own keys only", () => {
  const prototype = Object.prototype as Record<string, unknown>;
  try {
    prototype.value = 1;
    prototype.timestamp = 1;
    prototype.device_id = "other";
    const message = decodeText('{"a":2}');
    expect(message.readings.map(({ sensor }) => sensor)).toEqual(["a"]);
    expect(message).toMatchObject({ timestamp: null, warnings: [] });
  } finally {
    delete prototype.value;
    delete prototype.timestamp;
    delete prototype.device_id;
  }
});

test.each([
  ['{"value":9007199254740993}', 9007199254740992],
  ['{"value":-9007199254740992}', -9007199254740992],
  ['{"value":1e20}', 1e20],
  ["9007199254740992", 9007199254740992],
  ['{"a":9007199254740992}', 9007199254740992],
])("decode() warns that the number in %s may have lost digits, and delivers it", (payload, value) => {
  const message = decodeText(payload);
  expect(message.warnings).toEqual(["precision-lost"]);
  expect(message.readings[0]?.value).toBe(value);
});

test.each([
  '{"value":9007199254740991}',
  '{"value":0.1}',
  '{"value":"9007199254740993"}',
  '{"value":-9007199254740991}',
])("decode() does not warn of lost digits in %s", (payload) => {
  expect(decodeText(payload).warnings).toEqual([]);
});

test("decode() gives each warning once", () => {
  const message = decodeText('{"a":1e20,"b":1e21,"c":1e999,"d":-1e999}', "x");
  expect(message.warnings).toEqual(["topic-unexpected", "precision-lost", "number-out-of-range"]);
  expect(message.readings.map(({ value }) => value)).toEqual([1e20, 1e21, null, null]);
});

test("decode() makes null of a number that no double can hold, and 0 of -0", () => {
  expect(decodeText('{"value":1e999}')).toMatchObject({
    readings: [reading("temperature", null)],
    warnings: ["number-out-of-range"],
  });
  expect(Object.is(decodeText("-0").readings[0]?.value, 0)).toBe(true);
});

test("decode() warns of a time stamp that it cannot read or has to assume to be UTC", () => {
  expect(decodeText('{"timestamp":"noon","value":1}')).toMatchObject({
    timestamp: null,
    warnings: ["timestamp-unreadable"],
    readings: [reading("temperature", 1)],
  });
  expect(decodeText('{"timestamp":"2026-02-04 10:30","value":1}')).toMatchObject({
    timestamp: Date.UTC(2026, 1, 4, 10, 30),
    warnings: ["timestamp-assumed-utc"],
  });
  expect(decodeText('{"timestamp":1770201045123456789,"value":1}').warnings).toEqual([
    "timestamp-unreadable",
    "precision-lost",
  ]);
  expect(decodeText('{"timestamp":null,"value":1}').warnings).toEqual([]);
  expect(decodeText('{"timestamp":{},"value":1}').warnings).toEqual(["timestamp-unreadable"]);
});

test.each([
  ['{"device_id":"g2","value":1}', "device/g1/telemetry", ["device-mismatch"]],
  ['{"device_id":42,"value":1}', "device/g1/telemetry", ["device-mismatch"]],
  ['{"device_id":42,"value":1}', "device/42/telemetry", []],
  ['{"device_id":null,"value":1}', "device/g1/telemetry", []],
  ['{"device_id":{"a":1},"value":1}', "device/g1/telemetry", []],
  ['{"device_id":"g2","value":1}', "other", ["topic-unexpected"]],
])("decode() of %s on %s warns of %j", (payload, topic, warnings) => {
  const message = decodeText(payload, topic);
  expect(message.warnings).toEqual(warnings);
  expect(message.readings).toHaveLength(1);
});

test("decode() keeps the device of the topic, whatever the payload names", () => {
  expect(decodeText('{"device_id":"g2","value":1}').deviceId).toBe("g1");
});

test("decode() takes 100,000 levels of nesting", () => {
  const depth = 100_000;
  const arrays = `{"a":${"[".repeat(depth)}${"]".repeat(depth)},"b":1}`;
  expect(decodeText(arrays).payload).toHaveLength(arrays.length);
  const objects = `${'{"value":'.repeat(depth)}1${"}".repeat(depth)}`;
  expect(decodeText(objects).payload).toHaveLength(objects.length);
  expect(decodeText("[".repeat(depth)).format).toBe("text");
});

test("decode() takes 10 MB of text, of JSON and of bytes", () => {
  const size = 10_000_000;
  const text = decodeText(`{"value":"${"x".repeat(size)}"}`);
  expect(text.readings[0]?.value).toHaveLength(size);
  expect(decodeText("x".repeat(size)).format).toBe("text");
  expect(decode(input(new Uint8Array(size).fill(0xff))).format).toBe("binary");
});

/** Bytes that are often JSON, often almost JSON, and sometimes anything. */
const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.string({ unit: "binary" }).map((text) => encoder.encode(text)),
  fc.json().map((text) => encoder.encode(text)),
  fc
    .record(
      {
        timestamp: fc.oneof(
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
          fc.jsonValue(),
        ),
        device_id: fc.jsonValue(),
        sensor: fc.jsonValue(),
        value: fc.jsonValue(),
        unit: fc.jsonValue(),
        __proto__: fc.jsonValue(),
        temperature: fc.oneof(fc.double(), fc.maxSafeInteger()),
      },
      { requiredKeys: [] },
    )
    .map((value) => encoder.encode(JSON.stringify(value))),
  fc.tuple(fc.json(), fc.nat()).map(([text, cut]) => encoder.encode(text.slice(0, cut % (text.length + 1)))),
  fc.constantFrom("1e999", "-1e999", "-0", '{"a":1e999}', '{"a":-0}').map((text) => encoder.encode(text)),
);
const anyTopic = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("device", "telemetry", "g1", ""), { maxLength: 6 })
    .map((levels) => levels.join("/")),
);

test("decode() takes any bytes on any topic, keeps them, and gives readings that JSON can express", () => {
  const formats = new Set<string>();
  let readings = 0;
  fc.assert(
    fc.property(payloads, anyTopic, (payload, topic) => {
      const before = payload.slice();
      const message = decode({ topic, payload, qos: 0, retained: true, receivedAt: 5 });
      expect(message.payload).toBe(payload);
      expect(payload).toEqual(before);
      expect(message).toMatchObject({ topic, qos: 0, retained: true, receivedAt: 5 });
      expect(JSON.parse(JSON.stringify(message.readings))).toEqual(message.readings);
      expect(new Set(message.warnings).size).toBe(message.warnings.length);
      expect(message.timestamp === null || Number.isSafeInteger(message.timestamp)).toBe(true);
      if (message.format !== "json") expect(message.readings).toEqual([]);
      formats.add(message.format);
      readings += message.readings.length;
    }),
    { seed: 1, numRuns: 2_000 },
  );
  expect([...formats].sort()).toEqual(["binary", "json", "text"]);
  expect(readings).toBeGreaterThan(500);
});

test("decode() gives back each value of a flat message under its name", () => {
  const names = fc
    .string()
    .filter((name) => !["timestamp", "device_id", "sensor", "unit", "metadata", "value"].includes(name));
  const values = fc.oneof(fc.maxSafeInteger(), fc.string(), fc.boolean(), fc.constant(null));
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values)), (pairs) => {
      const wanted = new Map(pairs);
      const text = `{${[...wanted].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
      const got = decodeText(text).readings;
      expect(new Map(got.map(({ sensor, value }) => [sensor, value]))).toEqual(wanted);
      expect(got).toHaveLength(wanted.size);
    }),
    { seed: 1, numRuns: 500 },
  );
});
