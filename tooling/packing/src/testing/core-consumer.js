// A program that uses @tesa/core alone, as it is published: the same on every runtime, so nothing of any runtime is in it.
import {
  backoffDelayMs,
  createMemoryLog,
  DEFAULT_BACKOFF,
  decode,
  openStream,
  parseToken,
  parseTopic,
} from "@tesa/core";
import { createFakeClock, createFakeTransport, TEST_CONFIG } from "@tesa/core/testing";

/** Streams one message out of a broker that is not there, and tells what came of it. */
export async function consume() {
  const token = parseToken("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001");
  const transport = createFakeTransport({ autoSuback: true });
  const random = () => 0;
  const clock = createFakeClock();
  const log = createMemoryLog({ random });
  const stream = openStream({ config: TEST_CONFIG, readToken: () => token, transport, clock, random, log });
  while (transport.attempts.length === 0) await Promise.resolve();
  const connection = transport.attempts[0].accept();
  connection.publish("device/press-1/telemetry/temperature", '{"value":25.5,"unit":"C"}', 7);
  let received;
  for await (const message of stream) {
    received = { deviceId: message.deviceId, readings: message.readings };
    break;
  }
  const payload = Uint8Array.from('{"humidity":60}', (character) => character.charCodeAt(0));
  const decoded = decode({ topic: "device/a/telemetry", payload, receivedAt: 0, qos: 1, retained: false });
  return {
    token: String(token),
    topic: parseTopic("device/a/telemetry/motor/2").sensor,
    decoded: decoded.readings,
    delays: [1, 2, 9].map((attempt) => backoffDelayMs(attempt, DEFAULT_BACKOFF, random)),
    received,
    left: connection.left !== null,
  };
}
