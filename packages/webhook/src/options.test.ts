import { TesaError } from "@tesa/core";
import { createFakeClock } from "@tesa/core/testing";
import { createMemoryTelemetryLog } from "@tesa/log";
import { expect, test } from "vitest";
import { openWebhookForwarder } from "./forwarder.ts";
import type { WebhookForwarderOptions } from "./options.ts";
import { SECRET } from "./testing/receiver.ts";

const clock = createFakeClock();
const open = (options: Partial<WebhookForwarderOptions>) =>
  openWebhookForwarder({
    url: "https://hooks.example.com/secret-path",
    secret: SECRET,
    log: createMemoryTelemetryLog({ random: () => 0, clock }),
    clock,
    random: () => 0,
    ...options,
  });

test("Everything that is wrong is told at once, and no secret is", async () => {
  const error = await open({
    url: "ftp://example.com/secret-path",
    secret: "whsec_FAKE",
    name: "a:b",
    lanes: 0,
    batchSize: 1_001,
    maxBatchBytes: 10,
    timeoutMs: 0.5,
    lingerMs: -1,
    schedule: [1_000, Number.NaN],
    maxRefusedInARow: 0,
  }).catch((thrown: unknown) => thrown);
  if (!(error instanceof TesaError)) throw new Error("It was accepted.");
  expect(error.code).toBe("config");
  expect(error.problems).toHaveLength(10);
  expect(error.message).not.toContain("FAKE");
  expect(error.message).not.toContain("secret-path");
  for (const problem of error.problems) expect(error.message).toContain(problem);
});

test("The name is the host and a hash of the URL, which has no secret path in it", async () => {
  const names = await Promise.all(
    ["https://hooks.example.com:8443/secret-path", "https://hooks.example.com:8443/other-path"].map(
      async (url) => {
        await using forwarder = await open({ url });
        return forwarder.name;
      },
    ),
  );
  expect(names[0]).toMatch(/^webhook:hooks\.example\.com_8443-[0-9a-f]{8}$/);
  expect(names[1]).not.toBe(names[0]);
});

test("A given name is taken as it is", async () => {
  await using forwarder = await open({ name: "billing.v2" });
  expect(forwarder.name).toBe("webhook:billing.v2");
});
