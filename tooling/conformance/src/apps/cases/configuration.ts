import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Bed } from "../bed.ts";
import type { Case } from "../case.ts";

const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

export const CONFIGURATION: readonly Case[] = [
  {
    name: "ends with 78 without a token, and says where it comes from",
    needs: ["exit-codes"],
    run: (bed) => refuses(bed, { MQTT_API_TOKEN: undefined }, ["MQTT_API_TOKEN"]),
  },
  {
    name: "ends with 78 over a bad configuration, and names every variable at once",
    needs: ["exit-codes"],
    run: (bed) =>
      refuses(
        bed,
        {
          MQTT_API_TOKEN: `"${FAKE}"`,
          MQTT_BROKER_URL: "https://broker.example",
          MQTT_TOPIC: "device/#/telemetry",
          MQTT_CLIENT_ID: "a\nb",
          MQTT_KEEPALIVE: "60s",
          MQTT_RECONNECT_PERIOD: "fast",
        },
        [
          "MQTT_API_TOKEN",
          "MQTT_BROKER_URL",
          "MQTT_TOPIC",
          "MQTT_CLIENT_ID",
          "MQTT_KEEPALIVE",
          "MQTT_RECONNECT_PERIOD",
        ],
      ),
  },
  {
    name: "ends with 78 over a placeholder in place of the token",
    needs: ["exit-codes"],
    run: (bed) =>
      refuses(bed, { MQTT_API_TOKEN: "tesa_mqtt_yourorg_xxxxxxxxxxxxxxxxxxxxxxxx" }, ["MQTT_API_TOKEN"]),
  },
  {
    name: "ends with 78 over a CA file that is not there",
    needs: ["exit-codes"],
    run: (bed) => refuses(bed, { CA_CERT_PATH: join(bed.folder, "missing.pem") }, ["CA_CERT_PATH"]),
  },
  {
    name: "ends with 78 over a CA file without a certificate in it",
    needs: ["exit-codes"],
    run(bed) {
      const path = join(bed.folder, "empty.pem");
      writeFileSync(path, "this is no certificate\n");
      return refuses(bed, { CA_CERT_PATH: path }, ["CA_CERT_PATH"]);
    },
  },
  {
    name: "ends with 78 over a token file that is not there",
    needs: ["exit-codes", "token-file"],
    run: (bed) =>
      refuses(bed, { MQTT_API_TOKEN: undefined, TESA_TOKEN_FILE: join(bed.folder, "missing") }, [
        "TESA_TOKEN_FILE",
      ]),
  },
  {
    name: "never sends the token to another machine unencrypted: 78",
    needs: ["exit-codes"],
    run: (bed) => refuses(bed, { MQTT_BROKER_URL: "ws://192.0.2.1:8083/mqtt" }, ["MQTT_BROKER_URL"]),
  },
  {
    name: "ends with 78 over a log that is none",
    needs: ["exit-codes", "durable"],
    run: (bed) => refuses(bed, { TESA_LOG: "telemetry.db" }, ["TESA_LOG"]),
  },
  {
    name: "ends with 74 where the log cannot be made",
    needs: ["exit-codes", "durable"],
    async run(bed) {
      const client = await bed.start({
        env: { TESA_LOG: `sqlite:${join(bed.folder, "missing", "log.db")}` },
        live: false,
      });
      expect(await client.exit).toEqual({ code: 74, signal: null });
      expect(bed.attempts()).toEqual([]);
    },
  },
  {
    name: "ends with 74 over a file that is no log, and does not touch it",
    needs: ["exit-codes", "durable"],
    async run(bed) {
      const content = "these are somebody's notes, and no database\n".repeat(100);
      writeFileSync(bed.logPath, content);
      const client = await bed.start({ env: bed.durable, live: false });
      expect(await client.exit).toEqual({ code: 74, signal: null });
      expect(readFileSync(bed.logPath, "utf8")).toBe(content);
    },
  },
];

/** Expects a start to end before anything is connected, naming these variables and no value that is secret. */
async function refuses(
  bed: Bed,
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Promise<void> {
  const client = await bed.start({ env, live: false });
  expect(await client.exit, client.stderr).toEqual({ code: 78, signal: null });
  expect(client.stdout).toBe("");
  for (const name of names) expect(client.stderr).toContain(name);
  expect(client.stderr).not.toContain("FAKE");
  expect(bed.attempts()).toEqual([]);
}
