import { expect } from "vitest";
import type { Bed } from "../bed.ts";
import { TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import { pause, until } from "../until.ts";

/** Well formed, and not known to any platform. */
const UNKNOWN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
const SOON = { MQTT_RECONNECT_PERIOD: "50" };

export const REFUSALS: readonly Case[] = [
  {
    name: "ends with 77 after one try with a refused token, and says so",
    needs: ["exit-codes"],
    run: (bed) => refusesToken(bed, {}),
  },
  {
    name: "ends with 77 after one try with a refused token on MQTT 3.1.1",
    needs: ["exit-codes", "both-versions"],
    run: (bed) => refusesToken(bed, { TESA_PROTOCOL_VERSION: "3.1.1" }),
  },
  {
    name: "ends with 77 when the broker knows the token and refuses it",
    needs: ["exit-codes"],
    async run(bed) {
      bed.platform.faults.refuse("bad-password");
      const client = await bed.start({ env: SOON, live: false });
      expect(await client.exit, client.stderr).toEqual({ code: 77, signal: null });
    },
  },
  {
    name: "goes on with a token that is refused after it had been accepted, and takes its time",
    async run(bed) {
      const client = await bed.start({ env: SOON });
      // Until then, the app may not have heard that it was accepted.
      await bed.publish(TOPIC, "1");
      await until(() => bed.acknowledged().length === 1, "acknowledgement");
      bed.platform.faults.refuse("not-authorised");
      bed.platform.faults.dropConnections();
      await until(() => bed.attempts().length === 2, "second attempt to connect");
      // It tries again at the cap, 15 to 30 s from now, and not after 50 ms.
      await pause(1_500);
      expect(client.exited).toBeUndefined();
      expect(bed.attempts()).toHaveLength(2);
    },
  },
  {
    name: "ends with 77 over a refused subscription",
    needs: ["exit-codes", "filters"],
    platform: { broker: { denyAction: "ignore" } },
    run: (bed) => refusesSubscription(bed, {}),
  },
  {
    name: "ends with 77 over a subscription that the broker refuses by disconnecting",
    needs: ["exit-codes", "filters"],
    run: (bed) => refusesSubscription(bed, {}),
  },
  {
    name: "ends with 77 over a subscription that the broker refuses by disconnecting, on MQTT 3.1.1",
    needs: ["exit-codes", "filters", "both-versions"],
    run: (bed) => refusesSubscription(bed, { TESA_PROTOCOL_VERSION: "3.1.1" }),
  },
  {
    name: "waits for a broker that is not available, and connects when it is",
    async run(bed) {
      bed.platform.faults.refuse("unavailable");
      const client = await bed.start({ env: SOON, live: false });
      await until(() => bed.attempts().length >= 2, "second attempt to connect");
      bed.platform.faults.refuse(null);
      await bed.untilSubscribed(client, 1);
      await bed.publish(TOPIC, "1");
      await client.untilLines(1);
    },
  },
  {
    name: "ends with 75 when another client takes its client id over",
    needs: ["exit-codes"],
    async run(bed) {
      const client = await bed.start({ env: { MQTT_CLIENT_ID: "plant-1" } });
      expect(bed.connected).toEqual(["plant-1"]);
      await bed.connectAs("plant-1");
      expect(await client.exit, client.stderr).toEqual({ code: 75, signal: null });
    },
  },
];

async function refusesToken(bed: Bed, env: Readonly<Record<string, string>>): Promise<void> {
  const client = await bed.start({ env: { ...SOON, ...env, MQTT_API_TOKEN: UNKNOWN }, live: false });
  expect(await client.exit, client.stderr).toEqual({ code: 77, signal: null });
  expect(bed.attempts()).toHaveLength(1);
  expect(client.stdout).toBe("");
  expect(client.stderr).toContain("refused the token");
  expect(client.stderr).not.toContain("FAKE");
}

async function refusesSubscription(bed: Bed, env: Readonly<Record<string, string>>): Promise<void> {
  const client = await bed.start({ env: { ...SOON, ...env, MQTT_TOPIC: "factory/line-1" }, live: false });
  expect(await client.exit, client.stderr).toEqual({ code: 77, signal: null });
  // A device that was misspelt is found by it.
  expect(client.stderr).toContain('refused the subscription to "factory/line-1"');
  expect(client.stdout).toBe("");
}
