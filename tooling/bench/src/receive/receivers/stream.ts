import { type Log, parseConfig, parseToken, run } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";
import type { Measurement } from "../protocol.ts";
import { Meter } from "./meter.ts";
import { FILTER, type readTask, TOKEN } from "./task.ts";

/** What came through our stream. */
export interface StreamOutcome {
  readonly measurement: Measurement;
  readonly received: number;
  readonly sum: number;
}

/** Streams into the log and adds up the readings of every message, as an app would that uses them. */
export async function receiveInto(log: Log, task: ReturnType<typeof readTask>): Promise<StreamOutcome> {
  const config = parseConfig({
    MQTT_API_TOKEN: TOKEN,
    MQTT_BROKER_URL: task.url,
    MQTT_TOPIC: FILTER,
    TESA_PROTOCOL_VERSION: String(task.protocolVersion),
  });
  let measurement: Measurement | undefined;
  let sum = 0;
  const meter = new Meter(task, (result) => {
    measurement = result;
  });
  const { error } = await run({
    config,
    readToken: () => parseToken(TOKEN),
    transport: createMqttTransport({ caCertificates: task.ca }),
    clock: systemClock,
    random: Math.random,
    log,
    count: task.total,
    sink: {
      async write(messages) {
        for (const { readings } of messages) {
          for (const { value } of readings) if (typeof value === "number") sum += value;
        }
        meter.add(messages.length);
      },
    },
  });
  if (error !== null) throw error;
  if (measurement === undefined) throw new Error(`Only ${meter.count} of ${task.total} messages came.`);
  return { measurement, received: meter.count, sum };
}
