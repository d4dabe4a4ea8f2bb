import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { decode } from "@tesa/core";
import { systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog } from "@tesa/log";
import { createRelay } from "@tesa/relay";
import { expect, test } from "vitest";
import { EncodedEvents } from "./encoded-events.ts";

const RECEIVED_AT = 1_760_000_000_000;

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The data of every event in a piece of a stream. */
function dataOf(bytes: Uint8Array) {
  return [...textOf(bytes).matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));
}

test("an encoded event is, byte for byte, what a relay writes", async () => {
  const encoded = textOf(new EncodedEvents(2).take(1, RECEIVED_AT).bytes);
  const [{ topic, payload, timestamp }] = dataOf(new TextEncoder().encode(encoded));
  expect(timestamp).toBe(RECEIVED_AT - 40);
  const message = decode({
    topic,
    payload: new TextEncoder().encode(JSON.stringify(payload)),
    qos: 1,
    retained: false,
    receivedAt: RECEIVED_AT,
  });
  expect(message).toMatchObject({ timestamp, warnings: [] });
  const written = await writtenByRelay(message);
  expect(written).toContain('"readings":[{"sensor":"temperature"');
  expect(withoutPlace(encoded)).toBe(withoutPlace(written));
});

/** The event that a client of a relay gets for a message. */
async function writtenByRelay(message: ReturnType<typeof decode>): Promise<string> {
  const log = createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
  const relay = createRelay({ log, clock: systemClock, hostname: "127.0.0.1", access: { type: "open" } });
  const server = serve({ fetch: relay.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => server.once("listening", () => resolve()));
  const { port } = server.address() as AddressInfo;
  const abort = new AbortController();
  try {
    const { body } = await fetch(`http://127.0.0.1:${port}/v1/stream`, { signal: abort.signal });
    if (body === null) throw new Error("The stream has no body.");
    await log.append([{ message, packetId: undefined }]);
    let text = "";
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const event = /id: \S+\ndata: .*\n\n/.exec(text);
      if (event !== null) return event[0];
    }
    throw new Error(`The stream ended with ${text}`);
  } finally {
    abort.abort();
    relay.close();
    server.close();
  }
}

/** Epoch and number belong to a log. */
function withoutPlace(event: string): string {
  return event.replace(/^id: \S+/, "id: EPOCH:SEQ").replace(/"seq":\d+/, '"seq":SEQ');
}

test("events are numbered without a gap as they go round, and the devices take turns", () => {
  const events = new EncodedEvents(3);
  const devices = new Set<string>();
  const seen: number[] = [];
  let taken = 0;
  while (taken < events.length + 100) {
    const { bytes, count } = events.take(256, RECEIVED_AT + taken);
    const data = dataOf(bytes);
    expect(data).toHaveLength(count);
    expect(data.every(({ receivedAt }) => receivedAt === RECEIVED_AT + taken)).toBe(true);
    expect(data.every(({ readings }) => readings.length === 1)).toBe(true);
    for (const { deviceId } of data) devices.add(deviceId);
    seen.push(...data.map(({ seq }) => seq));
    taken += count;
  }
  expect(devices.size).toBe(3);
  expect(seen.every((seq, index) => index === 0 || seq === (seen[index - 1] ?? 0) + 1)).toBe(true);
  expect(events.lastId).toBe(`bench:${seen.at(-1)}`);
});
