import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

function send(receiver: Receiver, id: string, number: number, secret = receiver.secret): Promise<Response> {
  const body = JSON.stringify({ data: { messages: [{ payload: { device_id: "d", value: number } }] } });
  const now = new Date();
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": new Webhook(secret).sign(id, now, body),
  };
  return fetch(receiver.url, { method: "POST", headers, body });
}

test("startReceiver() fails a third of its requests, none of them three times in a row, and takes all in the end", async () => {
  await using receiver = await startReceiver(createRandom(1, "receiver"));
  const tries: number[] = [];
  for (let number = 1; number <= 300; number += 1) {
    for (let attempt = 1; ; attempt += 1) {
      const response = await send(receiver, `batch-${number}`, number).catch(() => undefined);
      if (response?.status !== 204) continue;
      tries.push(attempt);
      break;
    }
  }
  expect(receiver.taken.size).toBe(300);
  expect(Math.max(...tries)).toBe(3);
  const { failed, requests } = receiver.counts;
  expect(failed / requests).toBeGreaterThan(0.28);
  expect(failed / requests).toBeLessThan(0.39);
  expect(receiver.counts.repeated).toBeGreaterThan(0);
  expect(receiver.counts.wrong).toBe(0);
});

test("startReceiver() counts what is signed wrongly, and takes nothing of it", async () => {
  await using receiver = await startReceiver(createRandom(2, "receiver"));
  const wrong = `whsec_${Buffer.alloc(32, "FAKE").toString("base64")}`;
  const response = await send(receiver, "batch-1", 1, wrong);
  expect(response.status).toBe(400);
  expect(receiver.counts).toMatchObject({ requests: 1, wrong: 1, failed: 0 });
  expect(receiver.taken.size).toBe(0);
});
