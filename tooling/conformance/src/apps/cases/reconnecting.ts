import { expect } from "vitest";
import { type Bed, TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import type { Client } from "../client.ts";
import { pause, until } from "../until.ts";

const SOON = { MQTT_RECONNECT_PERIOD: "100" };

/** How much later than due an attempt may reach the box: the process wakes up, TCP, TLS, WebSocket, on a busy machine. */
const SLACK_MS = 2_000;
/** How much earlier the two clocks may see it. */
const TOLERANCE_MS = 15;

export const RECONNECTING: readonly Case[] = [
  {
    name: "comes back after a dropped connection",
    async run(bed) {
      const client = await bed.start({ env: SOON });
      await seesMessage(bed, client, 1);
      expect(bed.platform.faults.dropConnections()).toBe(1);
      await bed.untilSubscribed(client, 2);
      await seesMessage(bed, client, 2);
    },
  },
  {
    name: "loses nothing that devices send while a connection is lost",
    needs: ["kept-session"],
    async run(bed) {
      const client = await bed.start({ env: { MQTT_RECONNECT_PERIOD: "1000" } });
      await seesMessage(bed, client, 1);
      bed.platform.faults.dropConnections();
      for (const value of [2, 3, 4]) await bed.publish(TOPIC, String(value));
      const lines = await client.untilLines(4);
      expect(lines.map(({ payload }) => payload)).toEqual([1, 2, 3, 4]);
    },
  },
  {
    name: "comes back after the broker has ended the connection in its own way",
    async run(bed) {
      const client = await bed.start({ env: SOON });
      expect(bed.platform.faults.kick()).toBe(1);
      await bed.untilSubscribed(client, 2);
      await seesMessage(bed, client, 1);
    },
  },
  {
    name: "waits for a broker that is not there yet",
    async run(bed) {
      const restarted = bed.platform.faults.restart({ downMs: 2_000 });
      const client = await bed.start({ env: SOON, live: false });
      await restarted;
      await bed.untilSubscribed(client, 1);
      await seesMessage(bed, client, 1);
    },
  },
  {
    name: "comes back after a restart of the broker, which has forgotten the session",
    async run(bed) {
      const client = await bed.start({ env: SOON });
      await bed.platform.faults.restart({ downMs: 300 });
      await bed.untilSubscribed(client, 2);
      await bed.publish("device/g2/telemetry/temperature", "1");
      await client.untilLines(1);
    },
  },
  {
    name: "comes back after bytes that are no MQTT",
    async run(bed) {
      const client = await bed.start({ env: SOON });
      // A PUBLISH whose topic is longer than the packet, a type that does not exist, and more of the kind.
      expect(
        bed.platform.faults.inject(Uint8Array.of(0x30, 0x02, 0xff, 0xff, 0xf0, 0xff, 0xff, 0xff, 0xff)),
      ).toBe(1);
      await bed.untilSubscribed(client, 2);
      await seesMessage(bed, client, 1);
    },
  },
  {
    name: "notices a half-open connection by the keep-alive, and comes back",
    async run(bed) {
      const network = await bed.network();
      const client = await bed.start({ env: { ...SOON, MQTT_KEEPALIVE: "1" } });
      await seesMessage(bed, client, 1);
      network.goSilent();
      await bed.untilSubscribed(client, 2);
      expect(network.opened).toBe(2);
      await seesMessage(bed, client, 2);
    },
  },
  {
    name: "stays connected on a quiet line, by the keep-alive",
    async run(bed) {
      const client = await bed.start({ env: { MQTT_KEEPALIVE: "1" } });
      await pause(4_000);
      expect(bed.attempts()).toHaveLength(1);
      await seesMessage(bed, client, 1);
    },
  },
  {
    name: "doubles its waits from MQTT_RECONNECT_PERIOD on; chance takes at most half away and adds nothing",
    needs: ["backoff"],
    async run(bed) {
      const client = await bed.start({ env: { MQTT_RECONNECT_PERIOD: "400" } });
      for (const [index, fullMs] of [400, 800, 1_600].entries()) {
        const waited = await dropAndMeasure(bed, client, index + 2);
        expect(waited).toBeGreaterThanOrEqual(fullMs / 2 - TOLERANCE_MS);
        expect(waited).toBeLessThanOrEqual(fullMs + SLACK_MS);
      }
    },
  },
  {
    name: "takes a long MQTT_RECONNECT_PERIOD for the first step",
    needs: ["backoff"],
    async run(bed) {
      const client = await bed.start({ env: { MQTT_RECONNECT_PERIOD: "5000" } });
      expect(await dropAndMeasure(bed, client, 2)).toBeGreaterThanOrEqual(2_500 - TOLERANCE_MS);
    },
  },
  {
    name: "waits about a second, if nothing is set",
    needs: ["backoff"],
    async run(bed) {
      const client = await bed.start();
      const waited = await dropAndMeasure(bed, client, 2);
      expect(waited).toBeGreaterThanOrEqual(500 - TOLERANCE_MS);
      expect(waited).toBeLessThanOrEqual(1_000 + SLACK_MS);
    },
  },
];

async function seesMessage(bed: Bed, client: Client, count: number): Promise<void> {
  await bed.publish(TOPIC, String(count));
  const lines = await client.untilLines(count);
  expect(lines.at(-1)).toMatchObject({ topic: TOPIC, payload: count });
  // Acknowledged too, so that a reconnect finds nothing to send again.
  await until(() => bed.acknowledged().length >= count, "acknowledgement");
}

/** Cuts the connection and gives the time until the next attempt reaches the box, once that one has subscribed. */
async function dropAndMeasure(bed: Bed, client: Client, subscription: number): Promise<number> {
  const attempts = bed.attempts().length;
  bed.platform.faults.dropConnections();
  const droppedAt = Date.now();
  await bed.untilSubscribed(client, subscription);
  return (bed.attempts()[attempts]?.at ?? 0) - droppedAt;
}
