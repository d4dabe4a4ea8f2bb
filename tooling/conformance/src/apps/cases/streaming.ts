import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import { until } from "../until.ts";

const TOPICS = [
  "device/g1/telemetry/temperature",
  "device/g1/telemetry/humidity",
  "device/g2/telemetry/temperature",
  "device/g2/telemetry/motor/2/rpm",
];

export const STREAMING: readonly Case[] = [
  {
    name: "reads both payload shapes of the platform",
    async run(bed) {
      const client = await bed.start();
      const before = Date.now();
      await bed.publish(
        "device/g1/telemetry/temp",
        '{"timestamp":"2026-02-04T10:30:45.123Z","device_id":"g1","sensor":"temperature","value":25.5,"unit":"°C"}',
      );
      await bed.publish("device/g2/telemetry", '{"timestamp":1770201045,"temperature":20,"humidity":60.5}');
      const [single, flat] = await client.untilLines(2);
      expect(single).toMatchObject({
        topic: "device/g1/telemetry/temp",
        deviceId: "g1",
        sensor: "temp",
        timestamp: 1_770_201_045_123,
        readings: [{ sensor: "temperature", value: 25.5, unit: "°C" }],
        format: "json",
        qos: 1,
        retained: false,
        warnings: [],
      });
      expect(flat).toMatchObject({
        deviceId: "g2",
        sensor: null,
        timestamp: 1_770_201_045_000,
        format: "json",
      });
      const values = Object.fromEntries(flat?.readings.map(({ sensor, value }) => [sensor, value]) ?? []);
      expect(values).toEqual({ temperature: 20, humidity: 60.5 });
      for (const line of [single, flat]) {
        // The clock of the app is this machine's; a tenth of a second is for rounding.
        expect(line?.receivedAt).toBeGreaterThan(before - 100);
        expect(line?.receivedAt).toBeLessThan(Date.now() + 100);
      }
    },
  },
  {
    name: "reads a bare number, text and bytes",
    async run(bed) {
      const client = await bed.start();
      await bed.publish(TOPIC, "25.5");
      await bed.publish(TOPIC, "ERR 17: sensor not ready");
      await bed.publish(TOPIC, Uint8Array.of(0xff, 0xfe, 0, 1));
      await bed.publish(TOPIC, "");
      const [number, text, bytes, empty] = await client.untilLines(4);
      expect(number).toMatchObject({
        format: "json",
        payload: 25.5,
        readings: [{ sensor: "temperature", value: 25.5, unit: null }],
      });
      expect(text).toMatchObject({ format: "text", payload: "ERR 17: sensor not ready", readings: [] });
      expect(bytes).toMatchObject({ format: "binary", payload: "//4AAQ==", readings: [] });
      expect(empty).toMatchObject({ format: "text", payload: "", readings: [] });
    },
  },
  {
    name: "keeps the order and numbers messages from 1 without holes",
    platform: { broker: { maxQueue: 100_000 } },
    async run(bed) {
      const client = await bed.start();
      const values = Array.from({ length: 500 }, (_, index) => index);
      await Promise.all(values.map((value) => bed.publish(TOPIC, String(value))));
      const lines = await client.untilLines(values.length);
      expect(lines.map(({ payload }) => payload)).toEqual(values);
      expect(lines.map(({ seq }) => seq)).toEqual(values.map((value) => value + 1));
    },
  },
  {
    name: "acknowledges what it has written",
    async run(bed) {
      const client = await bed.start();
      for (const value of [1, 2, 3]) await bed.publish(TOPIC, String(value));
      await client.untilLines(3);
      await until(() => bed.acknowledged().length === 3, "acknowledgement of three messages");
      expect(bed.acknowledged()).toEqual(["1", "2", "3"]);
    },
  },
  {
    name: "marks retained messages",
    async run(bed) {
      await bed.publish(TOPIC, "1", { retain: true });
      const client = await bed.start();
      await client.untilLines(1);
      await bed.publish(TOPIC, "2");
      expect((await client.untilLines(2)).map(({ payload, retained }) => [payload, retained])).toEqual([
        [1, true],
        [2, false],
      ]);
    },
  },
  {
    name: "reads packets that span frames, and frames that hold several packets",
    platform: { broker: { maxFrameBytes: 7 } },
    async run(bed) {
      const client = await bed.start();
      await Promise.all(
        ["1", "2", "3", '"a longer payload than one frame"'].map((p) => bed.publish(TOPIC, p)),
      );
      expect((await client.untilLines(4)).map(({ payload }) => payload)).toEqual([
        1,
        2,
        3,
        "a longer payload than one frame",
      ]);
    },
  },
  filtering("MQTT_TOPIC", { MQTT_TOPIC: "device/g2/telemetry/#" }, [2, 3]),
  filtering("TESA_DEVICE", { TESA_DEVICE: "g1" }, [0, 1]),
  filtering("TESA_SENSOR", { TESA_SENSOR: "temperature" }, [0, 2]),
  filtering("TESA_SENSOR of several levels", { TESA_SENSOR: "motor/2/rpm" }, [3]),
  filtering(
    "lists in TESA_DEVICE and TESA_SENSOR",
    { TESA_DEVICE: "g1, g2", TESA_SENSOR: "humidity,motor/2/rpm" },
    [1, 3],
    4,
  ),
  {
    name: "receives nothing of another organisation",
    async run(bed) {
      bed.platform.devices.register({ organisation: "globex", deviceId: "x1" });
      const client = await bed.start();
      await bed.publishAs("globex", "device/x1/telemetry/temperature", "1");
      await bed.publish(TOPIC, "2");
      expect((await client.untilLines(1)).map(({ payload }) => payload)).toEqual([2]);
    },
  },
  {
    name: "takes the token from TESA_TOKEN_FILE, with the line break at its end",
    needs: ["token-file"],
    async run(bed) {
      const path = join(bed.folder, "token");
      writeFileSync(path, `${bed.token}\n`);
      const client = await bed.start({ env: { MQTT_API_TOKEN: undefined, TESA_TOKEN_FILE: path } });
      await bed.publish(TOPIC, "1");
      await client.untilLines(1);
    },
  },
  {
    name: "speaks MQTT 3.1.1 on request",
    needs: ["both-versions"],
    async run(bed) {
      const client = await bed.start({ env: { TESA_PROTOCOL_VERSION: "3.1.1" } });
      expect(bed.versions()).toEqual([4]);
      await bed.publish(TOPIC, "1");
      await client.untilLines(1);
    },
  },
  {
    name: "speaks MQTT 5 with a broker that has it",
    needs: ["both-versions"],
    async run(bed) {
      await bed.start();
      expect(bed.versions()).toEqual([5]);
    },
  },
  {
    name: "speaks MQTT 3.1.1 with a broker that knows no 5",
    needs: ["both-versions"],
    platform: { broker: { protocolVersions: [4] } },
    async run(bed) {
      const client = await bed.start();
      await bed.publish(TOPIC, "1");
      await client.untilLines(1);
    },
  },
];

/** Publishes to all topics, and expects those at these places of the list. */
function filtering(
  name: string,
  env: Readonly<Record<string, string>>,
  expected: readonly number[],
  filters = 1,
): Case {
  return {
    name: `selects by ${name}`,
    needs: ["filters"],
    async run(bed) {
      const client = await bed.start({ env, filters });
      for (const topic of TOPICS) await bed.publish(topic, "1");
      const lines = await client.untilLines(expected.length);
      // The order of what comes to a client is that of the filters' topics; nothing else may follow.
      await until(() => bed.acknowledged().length === expected.length, "acknowledgement");
      expect(lines.map(({ topic }) => topic)).toEqual(expected.map((place) => TOPICS[place]));
    },
  };
}
