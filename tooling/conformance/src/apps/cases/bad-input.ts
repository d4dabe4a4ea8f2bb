import { expect } from "vitest";
import { type Bed, TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import type { Line } from "../line.ts";

/** The longest topic that MQTT allows, in bytes. */
const MAX_TOPIC_BYTES = 65_535;

export const BAD_INPUT: readonly Case[] = [
  {
    name: "delivers a payload of 10 MB whole, and what comes after it",
    needs: ["large-packets"],
    async run(bed) {
      const text = "x".repeat(10_000_000);
      const [line] = await delivers(bed, TOPIC, JSON.stringify({ value: 1, text }));
      expect(line?.payload).toEqual({ value: 1, text });
    },
  },
  {
    name: "delivers a payload of 1 MB whole, and what comes after it",
    async run(bed) {
      const text = "x".repeat(1_000_000);
      const [line] = await delivers(bed, TOPIC, JSON.stringify({ value: 1, text }));
      expect(line?.payload).toEqual({ value: 1, text });
    },
  },
  {
    name: "delivers a topic of 65,535 bytes whole",
    async run(bed) {
      const start = "device/g1/telemetry/";
      const topic = start + "x".repeat(MAX_TOPIC_BYTES - start.length);
      const [line] = await delivers(bed, topic, "1");
      expect(line?.topic).toBe(topic);
      expect(line?.sensor).toBe(topic.slice(start.length));
    },
  },
  {
    name: "delivers a sensor level with spaces and non-Latin letters",
    async run(bed) {
      const [line] = await delivers(bed, "device/g1/telemetry/อุณหภูมิ ห้อง 1/🌡", '{"value":25.5,"unit":"°C"}');
      expect(line).toMatchObject({
        topic: "device/g1/telemetry/อุณหภูมิ ห้อง 1/🌡",
        sensor: "อุณหภูมิ ห้อง 1/🌡",
        readings: [{ sensor: "อุณหภูมิ ห้อง 1/🌡", value: 25.5, unit: "°C" }],
      });
    },
  },
  {
    name: "delivers invalid UTF-8 as bytes",
    async run(bed) {
      const [line] = await delivers(bed, TOPIC, Buffer.from('{"value":"\xff"}', "latin1"));
      expect(line).toMatchObject({ format: "binary", payload: "eyJ2YWx1ZSI6Iv8ifQ==", readings: [] });
    },
  },
  {
    name: "delivers an embedded U+0000, and all behind it",
    async run(bed) {
      const [line] = await delivers(bed, TOPIC, "before\u0000behind");
      expect(line).toMatchObject({ format: "text", payload: "before\u0000behind" });
    },
  },
  {
    name: "delivers a JSON payload with line breaks on one line",
    async run(bed) {
      const [line] = await delivers(bed, TOPIC, '{\r\n  "value": 1,\n  "text": "a\\nb"\n}\n');
      expect(line).toMatchObject({ format: "json", payload: { value: 1, text: "a\nb" } });
    },
  },
  {
    name: "keeps the digits of an integer beyond 2^53",
    needs: ["lines"],
    async run(bed) {
      const client = await bed.start();
      await bed.publish(TOPIC, '{"value":12345678901234567890}');
      const [line] = await client.untilLines(1);
      expect(line?.warnings).toEqual(["precision-lost"]);
      expect(client.stdout).toMatch(/"payload": ?\{"value": ?12345678901234567890\}/);
    },
  },
  {
    name: "survives JSON that is nested 100,000 levels deep",
    async run(bed) {
      const depth = 100_000;
      const payload = `{"value":1,"deep":${"[".repeat(depth)}${"]".repeat(depth)}}`;
      const client = await bed.start();
      await bed.publish(TOPIC, payload);
      await bed.publish(TOPIC, '"after"');
      // Parsers differ in how deep they go; the message comes in any case, as JSON or as text.
      expect((await client.untilLines(2))[1]).toMatchObject({ seq: 2, payload: "after" });
    },
  },
  {
    name: "survives half a surrogate pair in a JSON string",
    async run(bed) {
      const client = await bed.start();
      await bed.publish(TOPIC, '{"value":"\\ud800","\\udc00":1}');
      await bed.publish(TOPIC, '"after"');
      expect((await client.untilLines(2))[1]).toMatchObject({ seq: 2, payload: "after" });
    },
  },
  {
    name: "survives an object of 100,000 keys",
    async run(bed) {
      const keys = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`);
      const [line] = await delivers(bed, TOPIC, `{${keys.join(",")}}`);
      expect(line?.readings).toHaveLength(100_000);
    },
  },
];

/** Publishes it, and a small message behind it; gives the lines of both. */
async function delivers(bed: Bed, topic: string, payload: string | Uint8Array): Promise<readonly Line[]> {
  const client = await bed.start();
  await bed.publish(topic, payload);
  await bed.publish(TOPIC, '"after"');
  const lines = await client.untilLines(2);
  expect(lines[1]).toMatchObject({ seq: 2, payload: "after" });
  return lines;
}
