/**
 * A program of its own for the tests: a stream into a log that takes 50 ms for each batch. It tells its parent when it
 * is live, its memory now and then, and in the end what it has stored.
 */
import { readFileSync } from "node:fs";
import { createMemoryLog, type Gap, openStream, parseConfig, parseToken } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";

const COMMIT_MS = 50;

/** What the program sends its parent. */
export type SlowReport =
  | { readonly type: "live" }
  | { readonly type: "memory"; readonly rss: number }
  | {
      readonly type: "ended";
      readonly stored: readonly string[];
      readonly gaps: readonly Gap[];
      readonly reconnects: number;
    };

const tell = (report: SlowReport) => process.send?.(report);

const memory = createMemoryLog({ random: Math.random });
const gaps: Gap[] = [];
const stored: string[] = [];
const stream = openStream({
  config: parseConfig(process.env),
  readToken: () => parseToken(process.env.MQTT_API_TOKEN ?? ""),
  transport: createMqttTransport({ caCertificates: readFileSync(process.env.CA_CERT_PATH ?? "", "utf8") }),
  clock: systemClock,
  random: Math.random,
  log: {
    ...memory,
    durable: true,
    async append(batch) {
      await new Promise((resolve) => setTimeout(resolve, COMMIT_MS));
      return await memory.append(batch);
    },
  },
  onGap: (gap) => gaps.push(gap),
});
const measuring = setInterval(() => tell({ type: "memory", rss: process.memoryUsage.rss() }), 100);
void (async () => {
  for await (const { type } of stream.status()) if (type === "live") tell({ type });
})();
process.once("message", () => void stream.drain());
for await (const { messages } of stream.batches()) {
  for (const { payload } of messages) stored.push(new TextDecoder().decode(payload));
}
clearInterval(measuring);
tell({ type: "ended", stored, gaps, reconnects: stream.counts.reconnects });
process.disconnect();
