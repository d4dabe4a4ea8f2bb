import { createMemoryLog, openStream, parseToken, type StreamState, TesaError } from "@tesa/core";
import { createFakeClock, createFakeTransport, settle, TEST_CONFIG } from "@tesa/core/testing";
import { expect, test } from "vitest";
import { readVectors } from "./read-vectors.ts";

interface BackoffInput {
  readonly firstMs: number;
  readonly random: number;
  /** How long each connection lasted; 0 is a failed attempt. */
  readonly connections: readonly number[];
}

// On the stream and not on its function alone: when the waits begin anew is decided in the life of a connection.
test.each(readVectors<BackoffInput, readonly number[]>("backoff"))("backoff: $name", async (vector) => {
  const { input, expected } = vector;
  const clock = createFakeClock();
  const transport = createFakeTransport({ autoSuback: true });
  const waits: number[] = [];
  const stream = openStream({
    config: { ...TEST_CONFIG, backoff: { ...TEST_CONFIG.backoff, firstMs: input.firstMs } },
    readToken: () => parseToken("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001"),
    transport,
    clock,
    random: () => input.random,
    log: createMemoryLog({ random: () => 0 }),
  });
  const watching = noteWaits(stream.status(), waits);
  for (const [index, lastedMs] of input.connections.entries()) {
    await settle();
    const attempt = transport.attempts[index];
    if (attempt === undefined) throw new Error(`There was no attempt ${index + 1}.`);
    if (lastedMs === 0) attempt.refuse(new TesaError("network", "Not reachable.", { retryable: true }));
    else {
      const connection = attempt.accept();
      await clock.advance(lastedMs);
      connection.end();
    }
    await settle();
    await clock.advance(waits.at(-1) ?? 0);
  }
  await stream.close();
  await watching;
  expect(waits).toEqual(expected);
});

async function noteWaits(status: AsyncIterable<StreamState>, waits: number[]): Promise<void> {
  for await (const state of status) if (state.type === "waiting") waits.push(state.delayMs);
}
