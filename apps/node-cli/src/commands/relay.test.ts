import { parseRelaySecrets, verifyRelayKey } from "@tesa/relay";
import { expect, test } from "vitest";
import { runCli } from "../testing/cli.ts";

const SECRET = "test-secret-of-more-than-thirty-two-bytes";
const TOKEN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

async function grantOf(key: string) {
  return verifyRelayKey(key.trim(), { secrets: await parseRelaySecrets(SECRET), now: Date.now() });
}

test("tesa relay key makes a key that the relay takes, and says on stderr what it is for", async () => {
  const args = [
    "relay",
    "key",
    "--org",
    "acme",
    "--device",
    "d1, d2",
    "--scope",
    "stream",
    "--expires",
    "15min",
  ];
  const { code, stdout, stderr } = await runCli({
    args,
    env: { TESA_RELAY_SECRET: `${SECRET} an-older-secret-of-thirty-two-bytes!` },
  });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^tesa: key of "acme" for "d1", "d2"; stream; until \d{4}-/);
  const { endsAt, ...grant } = await grantOf(stdout);
  expect(grant).toMatchObject({
    organisation: "acme",
    devices: new Set(["d1", "d2"]),
    scope: new Set(["stream"]),
  });
  expect(endsAt - Date.now()).toBeGreaterThan(14 * 60_000);
  expect(endsAt - Date.now()).toBeLessThanOrEqual(15 * 60_000);
});

test("tesa relay key takes the organisation from the token", async () => {
  const env = { TESA_RELAY_SECRET: SECRET, MQTT_API_TOKEN: TOKEN };
  const { code, stdout } = await runCli({ args: ["relay", "key"], env });
  expect(code).toBe(0);
  expect(await grantOf(stdout)).toMatchObject({
    organisation: "acme",
    devices: null,
    scope: new Set(["stream", "history"]),
  });
});

test("tesa relay key without a secret ends with 78 and says how to make one", async () => {
  const { code, stdout, stderr } = await runCli({ args: ["relay", "key", "--org", "acme"] });
  expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
  expect(stderr).toContain("openssl rand -hex 32");
});

test("tesa relay key does not print a secret that is too short", async () => {
  const env = { TESA_RELAY_SECRET: "short-secret" };
  const { code, stderr } = await runCli({ args: ["relay", "key", "--org", "acme"], env });
  expect(code).toBe(78);
  expect(stderr).toContain("12 bytes");
  expect(stderr).not.toContain("short-secret");
});

test.each([
  [["--expires", "2d"], "24h"],
  [["--expires", "soon"], "soon"],
  [["--scope", "stream,admin"], "--scope"],
  [["--device", ","], "--device"],
])("tesa relay key refuses %j with 64", async (flags, reason) => {
  const args = ["relay", "key", "--org", "acme", ...flags];
  const { code, stdout, stderr } = await runCli({ args, env: { TESA_RELAY_SECRET: SECRET } });
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  expect(stderr).toContain(reason);
});

test("tesa relay key asks whose key it is to be", async () => {
  const { code, stderr } = await runCli({ args: ["relay", "key"], env: { TESA_RELAY_SECRET: SECRET } });
  expect(code).toBe(64);
  expect(stderr).toContain("--org");
});
