import { setTimeout as delay } from "node:timers/promises";
import { openBox } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { runCli, startCli } from "../testing/cli.ts";

test("tesa doctor ends with 0 when a device sends, and writes one JSON object with --json", async () => {
  await using box = await openBox();
  await using cli = startCli({ args: ["doctor", "--json"], env: box.env });
  let hasEnded = false;
  const result = cli.result.finally(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    await box.publish("device/g1/telemetry/temperature", "1");
    await delay(50);
  }
  const { code, stdout } = await result;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, exitCode: 0 });
  expect(stdout).not.toContain(box.token.slice(-20));
});

test("tesa doctor takes flags before the environment, and names what failed and what to do", async () => {
  await using box = await openBox();
  const env = { ...box.env, MQTT_BROKER_URL: "wss://127.0.0.1:1/mqtt" };
  const args = ["doctor", "--timeout", "5", "--broker", box.platform.urls.wss];
  box.platform.tokens.revoke(box.token);
  const { code, stdout } = await runCli({ args, env });
  expect(code).toBe(77);
  expect(stdout).toMatch(/CONNACK|connack/);
});

test("tesa doctor ends at SIGINT with 130", async () => {
  await using box = await openBox();
  await using cli = startCli({ args: ["doctor", "--timeout", "60"], env: box.env });
  await cli.until("stdout", /suback/i);
  cli.child.kill("SIGINT");
  expect((await cli.result).code).toBe(130);
});
