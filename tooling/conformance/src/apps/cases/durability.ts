import { expect } from "vitest";
import { type Bed, TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import type { Client } from "../client.ts";
import { readStored } from "../stored.ts";
import { pause, until } from "../until.ts";

const SOON = { MQTT_RECONNECT_PERIOD: "100" };
const KILLS = 4;

export const DURABILITY: readonly Case[] = [
  {
    name: "has every message in its log exactly once, killed again and again while devices publish",
    needs: ["durable"],
    platform: { broker: { maxQueue: 100_000 } },
    async run(bed) {
      let client = await bed.start({ env: { ...bed.durable, ...SOON } });
      const publishing = new AbortController();
      const published = publishUntil(bed, publishing.signal);
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const before = (await readStored(bed)).length;
        await until(async () => (await readStored(bed)).length > before + 20, "progress of the log");
        await pause(Math.random() * 100);
        client.kill("SIGKILL");
        await client.exit;
        client = await bed.start({ env: { ...bed.durable, ...SOON } });
      }
      publishing.abort();
      const count = await published;
      await untilStored(bed, count);
      await until(() => new Set(bed.acknowledged()).size === count, "acknowledgement of everything");
      await end(bed, client);
      expect((await payloads(bed)).map(Number).sort((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, index) => index),
      );
    },
  },
  {
    name: "acknowledges nothing that is not in its log",
    needs: ["durable"],
    platform: { broker: { maxQueue: 100_000 } },
    async run(bed) {
      const client = await bed.start({ env: bed.durable });
      const burst = Array.from({ length: 500 }, (_, index) => bed.publish(TOPIC, String(index)));
      await until(() => bed.acknowledged().length > 20, "acknowledgements");
      client.kill("SIGKILL");
      await client.exit;
      const acknowledged = bed.acknowledged();
      // A history that is asked over HTTP needs the app.
      if (bed.manifest.store === "history") await bed.start({ env: bed.durable });
      const stored = new Set(await payloads(bed));
      expect(acknowledged.filter((payload) => !stored.has(payload))).toEqual([]);
      await Promise.all(burst);
    },
  },
  {
    name: "knows again what the broker resends after a cut, because no acknowledgement had arrived",
    needs: ["durable"],
    async run(bed) {
      const network = await bed.network();
      const client = await bed.start({ env: { ...bed.durable, ...SOON } });
      network.holdUp();
      await publishTen(bed);
      await untilStored(bed, 10);
      expect(bed.acknowledged()).toEqual([]);
      network.cut();
      await until(() => bed.acknowledged().length === 10, "acknowledgement of what came again");
      await bed.publish(TOPIC, "10");
      await untilStored(bed, 11);
      await end(bed, client);
      expect(await payloads(bed)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    },
  },
  {
    name: "knows again what the broker resends to the next process, because no acknowledgement had arrived",
    needs: ["durable"],
    async run(bed) {
      const network = await bed.network();
      const killed = await bed.start({ env: { ...bed.durable, ...SOON } });
      network.holdUp();
      await publishTen(bed);
      await untilStored(bed, 10);
      killed.kill("SIGKILL");
      await killed.exit;
      network.cut();
      expect(bed.acknowledged()).toEqual([]);
      const client = await bed.start({ env: { ...bed.durable, ...SOON } });
      await until(() => bed.acknowledged().length === 10, "acknowledgement of what came again");
      await bed.publish(TOPIC, "10");
      await untilStored(bed, 11);
      await end(bed, client);
      expect(await payloads(bed)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    },
  },
  {
    name: "stores the same value twice where a device has sent it twice",
    needs: ["durable"],
    async run(bed) {
      const client = await bed.start({ env: { ...bed.durable, ...SOON } });
      await bed.publish(TOPIC, "1");
      await untilStored(bed, 1);
      await until(() => bed.acknowledged().length === 1, "acknowledgement");
      bed.platform.faults.dropConnections();
      await bed.untilSubscribed(client, 2);
      await bed.publish(TOPIC, "1");
      await untilStored(bed, 2);
      await end(bed, client);
      expect(await payloads(bed)).toEqual(["1", "1"]);
    },
  },
  {
    name: "receives what devices sent while no process ran",
    needs: ["durable"],
    async run(bed) {
      const first = await bed.start({ env: bed.durable });
      await bed.publish(TOPIC, "1");
      await untilStored(bed, 1);
      await stop(first);
      await bed.publish(TOPIC, "2");
      const second = await bed.start({ env: bed.durable });
      await bed.publish(TOPIC, "3");
      await untilStored(bed, 3);
      await end(bed, second);
      expect(await payloads(bed)).toEqual(["1", "2", "3"]);
      expect(new Set(bed.attempts().map(({ clientId }) => clientId)).size).toBe(1);
    },
  },
  {
    name: "keeps payloads byte by byte, whatever they are",
    needs: ["durable"],
    async run(bed) {
      const client = await bed.start({ env: bed.durable });
      const sent = ["", "a\u0000b", '{"value":25.5}', "อุณหภูมิ", "1"];
      // A history is JSON, in which this suite cannot tell digits beyond 2^53 apart.
      if (bed.manifest.store === "sqlite") sent.push('{ "value": 12345678901234567890 }', "\r\n");
      for (const payload of sent) await bed.publish("device/g1/telemetry/อุณหภูมิ °C", payload);
      await untilStored(bed, sent.length);
      await end(bed, client);
      const stored = await readStored(bed);
      expect(stored.map(({ payload }) => payload)).toEqual(sent);
      expect(new Set(stored.map(({ topic }) => topic))).toEqual(new Set(["device/g1/telemetry/อุณหภูมิ °C"]));
    },
  },
  {
    name: "leaves a log alone that another process writes",
    needs: ["durable", "exit-codes"],
    async run(bed) {
      const first = await bed.start({ env: bed.durable });
      const second = await bed.start({ env: bed.durable, live: false });
      expect(await second.exit, second.stderr).toEqual({ code: 74, signal: null });
      expect(first.exited).toBeUndefined();
      await bed.publish(TOPIC, "1");
      await untilStored(bed, 1);
    },
  },
];

async function publishUntil(bed: Bed, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    await bed.publish(TOPIC, String(count));
    count += 1;
    // Slow enough that what waits during a start is soon caught up with, by the slowest of apps too.
    await pause(10);
  }
  return count;
}

async function publishTen(bed: Bed): Promise<void> {
  for (let value = 0; value < 10; value += 1) await bed.publish(TOPIC, String(value));
}

async function payloads(bed: Bed): Promise<string[]> {
  return (await readStored(bed)).map(({ payload }) => payload);
}

async function untilStored(bed: Bed, count: number): Promise<void> {
  let found = 0;
  await until(
    async () => {
      found = (await readStored(bed)).length;
      return found >= count;
    },
    () => `${count} messages in the log (there are ${found})`,
  );
}

/** Ends the app, so that nothing that it might still do escapes; one whose log is read by its history has to stay. */
async function end(bed: Bed, client: Client): Promise<void> {
  if (bed.manifest.store === "sqlite") await stop(client);
}

async function stop(client: Client): Promise<void> {
  client.kill("SIGTERM");
  await client.exit;
}
