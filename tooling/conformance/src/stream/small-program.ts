/**
 * A program for the test of runtimes: what a user's own looks like. It prints each payload, and what it has counted when it
 * has had as many as it was told.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createMemoryLog, openStream, parseConfig, parseToken } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";

const say = (line: string) => process.stderr.write(`${line}\n`);
const count = Number(process.argv[2]);
const config = parseConfig(process.env);
const stream = openStream({
  config,
  readToken: () => parseToken(process.env.MQTT_API_TOKEN ?? ""),
  transport: createMqttTransport({ caCertificates: readFileSync(config.caCertPath ?? "", "utf8") }),
  clock: systemClock,
  random: Math.random,
  log: createMemoryLog({ random: Math.random }),
  onGap: (gap) => say(JSON.stringify(gap)),
});
void (async () => {
  for await (const { type } of stream.status()) say(type);
})();
let read = 0;
for await (const { payload } of stream) {
  process.stdout.write(`${new TextDecoder().decode(payload)}\n`);
  read += 1;
  if (read === count) break;
}
say(JSON.stringify(stream.counts));
