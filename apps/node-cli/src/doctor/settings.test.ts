import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diagnose, examine, expectFailureAt, stepOf, TOKEN } from "./testing/examine.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tesa-doctor-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Port 9 (discard) of loopback: whatever comes after the token's step is not what these tests are about. */
const MQTT_BROKER_URL = "ws://127.0.0.1:9/mqtt";

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test("wrong settings fail the configuration, all problems at once, with exit code 78", async () => {
  const diagnosis = await diagnose({
    MQTT_BROKER_URL: "http://broker.example",
    MQTT_KEEPALIVE: "soon",
    MQTT_API_TOKEN: "nonsense",
  });
  const failed = expectFailureAt(diagnosis, "configuration", 78);
  for (const name of ["MQTT_BROKER_URL", "MQTT_KEEPALIVE", "MQTT_API_TOKEN"]) {
    expect(failed.cause).toContain(name);
  }
  expect(failed.detail).toBe("3 problems");
});

test("a CA file and a token that cannot be used are named at once", async () => {
  const diagnosis = await diagnose({
    MQTT_BROKER_URL: "wss://broker.example/mqtt",
    MQTT_API_TOKEN: "nonsense",
    CA_CERT_PATH: join(folder, "missing.pem"),
  });
  const failed = expectFailureAt(diagnosis, "configuration", 78);
  expect(failed.detail).toBe("2 problems");
  expect(failed.cause).toMatch(
    /^MQTT_API_TOKEN .*\nthe CA file .*missing\.pem cannot be read\. There is no such file/,
  );
});

test("a password in the broker's URL is refused and not shown", async () => {
  const { output, exitCode } = await examine({ MQTT_BROKER_URL: `wss://me:${TOKEN}@broker.example/mqtt` });
  expect(exitCode).toBe(78);
  expect(output).toContain("✗ Configuration");
});

test.each([
  ["a placeholder", "tesa_mqtt_acme_changeme"],
  ["another prefix", "tesa_http_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001"],
  ["quotes around it", `"${TOKEN}"`],
  ["nothing", ""],
])("a token that is %s fails at its own step with exit code 78", async (_what, MQTT_API_TOKEN) => {
  const diagnosis = await diagnose({ MQTT_API_TOKEN, MQTT_BROKER_URL });
  const failed = expectFailureAt(diagnosis, "token", 78);
  expect(stepOf(diagnosis, "configuration").status).toBe("ok");
  expect(failed.action).toContain("Admin UI");
});

test("a missing token fails at its own step", async () => {
  expectFailureAt(await diagnose({ MQTT_API_TOKEN: undefined, MQTT_BROKER_URL }), "token", 78);
});

test("a token of unusual length is a warning, and the examination goes on", async () => {
  const diagnosis = await diagnose({
    MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKE0001",
    MQTT_BROKER_URL,
  });
  expect(stepOf(diagnosis, "token")).toMatchObject({ status: "warning", data: { organisation: "acme" } });
  expect(stepOf(diagnosis, "dns").status).toBe("ok");
});

test("a token is read from its file, with the line break at its end", async () => {
  const TESA_TOKEN_FILE = await file("token", `${TOKEN}\n`);
  const diagnosis = await diagnose({ MQTT_API_TOKEN: undefined, TESA_TOKEN_FILE, MQTT_BROKER_URL });
  expect(stepOf(diagnosis, "token")).toMatchObject({
    status: "ok",
    detail: expect.stringContaining("TESA_TOKEN_FILE"),
  });
});

test("a token file that is missing or holds something else fails at the token's step", async () => {
  const missing = { MQTT_API_TOKEN: undefined, TESA_TOKEN_FILE: join(folder, "missing"), MQTT_BROKER_URL };
  expect(expectFailureAt(await diagnose(missing), "token", 78).detail).toContain("ENOENT");
  const other = { ...missing, TESA_TOKEN_FILE: await file("other", "hunter2hunter2\n") };
  const { output } = await examine(other);
  expect(output).toContain("✗ Token");
  expect(output).not.toContain("hunter2");
});
