import { expect } from "vitest";
import { type Bed, TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import type { Client } from "../client.ts";
import { RELAY_SECRET } from "../program.ts";
import { type RelayEvent, readRelay, relayKey } from "../relay-reader.ts";
import { until } from "../until.ts";

export const RELAY: readonly Case[] = [
  {
    name: "gives a client that comes back with its last event id what it missed, once, then goes on",
    needs: ["relay"],
    async run(bed) {
      const client = await bed.start({ env: bed.durable });
      const first = listen(client);
      await until(() => first.isOpen, "stream");
      await publishAndWait(bed, client, 0, 5);
      await until(() => first.events.length === 5, "five events");
      first.close();
      await publishAndWait(bed, client, 5, 10);
      const second = listen(client, first.events.at(-1)?.id);
      await until(() => second.events.length === 5, "five events that were missed");
      await publishAndWait(bed, client, 10, 15);
      await until(() => second.events.length >= 10, "five events more");
      second.close();
      const values = [...first.events, ...second.events].map(({ data }) => JSON.parse(data).payload);
      expect(values).toEqual(Array.from({ length: 15 }, (_, index) => index));
    },
  },
  {
    name: "lets nobody in without a key, with a forged one or one that has expired",
    needs: ["relay"],
    async run(bed) {
      const client = await bed.start();
      const forged = relayKey("FAKE-relay-secret-that-is-another-one");
      const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${relayKey(RELAY_SECRET).split(".")[1]}.`;
      const expired = relayKey(RELAY_SECRET, { exp: Math.floor(Date.now() / 1_000) - 60 });
      for (const path of ["/v1/stream", "/v1/telemetry", "/v1/devices", "/v1/gaps"]) {
        for (const authorization of [undefined, `Bearer ${forged}`, `Bearer ${none}`, `Bearer ${expired}`]) {
          const headers = authorization === undefined ? {} : { authorization };
          const response = await fetch(`${client.origin}${path}`, { headers });
          await response.body?.cancel();
          expect(response.status, `${path} with ${authorization}`).toBe(401);
          expect(response.headers.get("content-type")).toContain("application/problem+json");
        }
      }
    },
  },
  {
    name: "gives a key for one device the messages of that device alone",
    needs: ["relay"],
    async run(bed) {
      const client = await bed.start();
      const one = listen(client, undefined, relayKey(RELAY_SECRET, { devices: ["g2"] }));
      await until(() => one.isOpen, "stream");
      await bed.publish("device/g1/telemetry/t", "1");
      await bed.publish("device/g2/telemetry/t", "2");
      await until(() => one.events.length === 1, "event");
      one.close();
      expect(one.events.map(({ data }) => JSON.parse(data).deviceId)).toEqual(["g2"]);
    },
  },
];

interface Listener {
  readonly events: readonly RelayEvent[];
  readonly isOpen: boolean;
  close(): void;
}

function listen({ origin = "" }: Client, after?: string, key = relayKey(RELAY_SECRET)): Listener {
  const events: RelayEvent[] = [];
  const reading = new AbortController();
  let isOpen = false;
  void readRelay({
    origin,
    key,
    after,
    onOpen: () => {
      isOpen = true;
    },
    onEvent: (event) => events.push(event),
    signal: reading.signal,
  });
  return {
    events,
    get isOpen() {
      return isOpen;
    },
    close: () => reading.abort(),
  };
}

async function publishAndWait(bed: Bed, client: Client, from: number, to: number): Promise<void> {
  for (let value = from; value < to; value += 1) await bed.publish(TOPIC, String(value));
  await client.untilLines(to);
}
