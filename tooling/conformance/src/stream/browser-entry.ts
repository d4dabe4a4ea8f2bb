/**
 * What `browser-bundle.test.ts` bundles as for a browser: a stream over the runtime's own WebSocket. The settings stand
 * in a global, since a browser has no environment.
 */
import { createMemoryLog, openStream, parseConfig, parseToken } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt/web";

declare const settings: Readonly<Record<"MQTT_API_TOKEN" | "MQTT_BROKER_URL", string>>;
declare function report(line: string): void;

const config = parseConfig(settings);
const stream = openStream({
  config,
  readToken: () => parseToken(settings.MQTT_API_TOKEN),
  transport: createMqttTransport(),
  clock: systemClock,
  random: Math.random,
  log: createMemoryLog({ random: Math.random }),
});
void (async () => {
  for await (const state of stream.status()) {
    report(state.type === "waiting" ? `state waiting: ${state.error.code}` : `state ${state.type}`);
  }
})();
for await (const message of stream) report(new TextDecoder().decode(message.payload));
