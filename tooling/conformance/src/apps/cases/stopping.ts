import { expect } from "vitest";
import { type Bed, TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import { pause, until } from "../until.ts";

/** Nobody listens there. */
const NOWHERE = "wss://127.0.0.1:1/mqtt";

export const STOPPING: readonly Case[] = [
  stopping("SIGTERM"),
  stopping("SIGINT"),
  {
    name: "ends with 0 at SIGTERM while it waits for a broker",
    needs: ["signals"],
    async run(bed) {
      const client = await bed.start({ env: { MQTT_BROKER_URL: NOWHERE }, live: false });
      await client.untilStderr(/\S/);
      await pause(300);
      client.kill("SIGTERM");
      expect(await client.exit, client.stderr).toEqual({ code: 0, signal: null });
      expect(client.stdout).toBe("");
    },
  },
  {
    name: "ends with 0 at SIGTERM while a broker does not answer",
    needs: ["signals"],
    async run(bed) {
      bed.platform.faults.ignoreConnects(true);
      const network = await bed.network();
      const client = await bed.start({ live: false });
      await until(() => network.opened === 1, "connection");
      await pause(500);
      client.kill("SIGTERM");
      expect(await client.exit, client.stderr).toEqual({ code: 0, signal: null });
    },
  },
  {
    name: "says goodbye to the broker",
    needs: ["signals"],
    async run(bed) {
      const client = await bed.start();
      client.kill("SIGTERM");
      await client.exit;
      const ended = bed.events.find((event) => event.type === "disconnected");
      expect(ended).toMatchObject({ reason: expect.stringMatching(/disconnect/i) });
    },
  },
  {
    name: "ends with 0 when nobody reads its output any more",
    needs: ["exit-codes", "lines"],
    async run(bed) {
      const client = await bed.start();
      await bed.publish(TOPIC, "1");
      await client.untilLines(1);
      client.output.destroy();
      const writing = keepPublishing(bed, () => client.exited === undefined);
      expect(await client.exit, client.stderr).toEqual({ code: 0, signal: null });
      await writing;
    },
  },
  {
    name: "is slowed down by a slow reader, and loses nothing",
    needs: ["lines", "back-pressure"],
    platform: { broker: { maxQueue: 100_000 } },
    async run(bed) {
      const count = 400;
      const client = await bed.start();
      client.output.pause();
      // 8 MB: more than pipe, process and window hold together, if the process keeps to its bounds.
      const payload = (index: number) => JSON.stringify({ value: index, text: "x".repeat(20_000) });
      for (let index = 0; index < count; index += 1) await bed.publish(TOPIC, payload(index));
      await pause(1_000);
      expect(bed.acknowledged().length).toBeLessThan(count);
      client.output.resume();
      const lines = await client.untilLines(count);
      expect(lines.map(({ readings }) => readings[0]?.value)).toEqual(
        Array.from({ length: count }, (_, i) => i),
      );
    },
  },
];

function stopping(signal: "SIGTERM" | "SIGINT"): Case {
  return {
    name: `ends with 0 at ${signal}, after it has written everything that it acknowledged`,
    needs: ["signals"],
    platform: { broker: { maxQueue: 100_000 } },
    async run(bed) {
      const client = await bed.start();
      const burst = Array.from({ length: 2_000 }, (_, index) => bed.publish(TOPIC, String(index)));
      await client.untilLines(100);
      client.kill(signal);
      expect(await client.exit, client.stderr).toEqual({ code: 0, signal: null });
      await Promise.all(burst);
      if (bed.manifest.output === "relay") return;
      const written = client.lines.map(({ payload }) => String(payload));
      expect(new Set(written).size).toBe(written.length);
      const lost = bed.acknowledged().filter((payload) => !written.includes(payload));
      expect(lost).toEqual([]);
    },
  };
}

async function keepPublishing(bed: Bed, condition: () => boolean): Promise<void> {
  while (condition()) {
    await bed.publish(TOPIC, JSON.stringify("x".repeat(10_000)));
    await pause(20);
  }
}
