import { entries } from "@tesa/log/testing";
import { expect, test } from "vitest";
import { readStream } from "../testing/read-stream.ts";
import { keyAccess, startRelay, testKey } from "../testing/start-relay.ts";

test("GET /metrics tells messages, batches, clients, lag and log, in Prometheus' text format", async () => {
  await using server = await startRelay();
  await using client = await readStream(`${server.url}/v1/stream`);
  const now = Date.now();
  await server.log.append(entries(3, () => ({ payload: `{"value":1,"timestamp":${now - 700}}` })));
  await client.received(3);
  await server.log.recordGap({ kind: "certain", from: now - 5, to: now });
  const answer = await fetch(`${server.url}/metrics`);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await answer.text();
  const values = Object.fromEntries(
    text
      .split("\n")
      .flatMap((line) => (line === "" || line.startsWith("#") ? [] : [line.split(/ (?=\S+$)/)])),
  );
  expect(values).toMatchObject({
    tesa_messages_total: "3",
    tesa_batches_total: "1",
    tesa_relay_clients: "1",
    tesa_relay_events_total: "3",
    tesa_relay_drops_total: "0",
    tesa_relay_reconnects_total: "0",
    tesa_gaps_total: "1",
    tesa_log_messages: "3",
    'tesa_lag_seconds_bucket{le="0.5"}': "0",
    'tesa_lag_seconds_bucket{le="+Inf"}': "3",
    tesa_lag_seconds_count: "3",
    'tesa_upstream_state{state="idle"}': "1",
    'tesa_upstream_state{state="live"}': "0",
  });
  expect(Number(values.tesa_lag_seconds_sum)).toBeGreaterThanOrEqual(2.1);
  for (const name of text.match(/^# TYPE \S+/gm) ?? []) expect(name).toMatch(/^# TYPE tesa_/);
});

test("counts clients that come back and that are refused", async () => {
  await using server = await startRelay({ limits: { clients: 1 } });
  await using _client = await readStream(`${server.url}/v1/stream?after=${server.log.epoch}:0`);
  await expect(readStream(`${server.url}/v1/stream`)).rejects.toThrow("503");
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toContain("\ntesa_relay_reconnects_total 1\n");
  expect(text).toContain("\ntesa_relay_refused_total 1\n");
});

test("GET /metrics wants a key with its scope, unless asked from the relay's own machine", async () => {
  await using server = await startRelay({ access: await keyAccess() });
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${server.url}/metrics`, { headers })).status;
  expect(await status({})).toBe(200);
  // As through a proxy on this machine.
  const far = { "x-forwarded-for": "203.0.113.7" };
  expect(await status(far)).toBe(401);
  expect(await status({ ...far, authorization: `Bearer ${await testKey()}` })).toBe(403);
  expect(await status({ ...far, authorization: `Bearer ${await testKey({ scope: ["metrics"] })}` })).toBe(
    200,
  );
  await using bound = await startRelay({ access: await keyAccess(), hostname: "0.0.0.0" });
  expect((await fetch(`${bound.url}/metrics`)).status).toBe(401);
});
