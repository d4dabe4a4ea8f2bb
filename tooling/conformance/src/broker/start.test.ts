import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { mosquittoVersion } from "./brokers/mosquitto-process.ts";
import { startBrokerUnderTest } from "./start.ts";

/** These tests choose for themselves, whatever broker the run is on. */
describe("startBrokerUnderTest()", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tesa-start-test-"));
    vi.stubEnv("TESA_TEST_RESULTS", folder);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  test("fails for a broker that it does not know, and names those it does", async () => {
    vi.stubEnv("TESA_TEST_BROKER", "rabbitmq");
    await expect(startBrokerUnderTest()).rejects.toThrow(
      'TESA_TEST_BROKER is "rabbitmq"; allowed are box (the default), mosquitto, emqx',
    );
  });

  test("fails for EMQX where Docker is missing, and takes no other broker instead", async () => {
    vi.stubEnv("TESA_TEST_BROKER", "emqx");
    vi.stubEnv("PATH", folder);
    await expect(startBrokerUnderTest()).rejects.toThrow(/^Docker is missing: /);
    expect(() => readFileSync(join(folder, "notes.txt"))).toThrow("ENOENT");
  });

  test("fails for mosquitto where the binary is missing", async () => {
    await expect(mosquittoVersion(folder)).rejects.toThrow(/^mosquitto is missing: /);
  });

  test("starts the box, notes it for the report, and stops it, once or twice", async () => {
    vi.stubEnv("TESA_TEST_BROKER", "");
    const broker = await startBrokerUnderTest();
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe(
      `broker: platform in a box ${broker.version} (EMQX was not run)\n`,
    );
    expect(broker.platform?.urls.wss).toBe(broker.urls.wss);
    expect(broker.capabilities.has("qos-2")).toBe(false);
    expect(broker.capabilities.has("organisations")).toBe(true);
    await broker.stop();
    await broker.stop();
  });

  test("takes a broker by its URL as it is, and cannot restart it", async () => {
    const login = { username: "u", password: "p" };
    const path = join(folder, "credentials.json");
    writeFileSync(path, JSON.stringify({ tokenA: login, tokenB: login, refused: login, device: login }));
    vi.stubEnv("TESA_TEST_BROKER", "wss://127.0.0.1:1/mqtt");
    vi.stubEnv("TESA_TEST_BROKER_MQTTS", "mqtts://127.0.0.1:2");
    vi.stubEnv("TESA_TEST_BROKER_CA", "ca.pem");
    vi.stubEnv("TESA_TEST_BROKER_CREDENTIALS", path);
    await using broker = await startBrokerUnderTest();
    expect(broker).toMatchObject({ choice: "url", platform: undefined, caCertPath: "ca.pem" });
    expect(broker.capabilities.has("restart")).toBe(false);
    await expect(broker.restart()).rejects.toThrow("This test run cannot restart a broker.");
  });
});
