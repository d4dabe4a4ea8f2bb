import { expect, test } from "vitest";
import { readEnvironment } from "../environment/environment.ts";
import { readConfiguration } from "./configuration.ts";

const TOKEN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

function read(env: Readonly<Record<string, string>>, options?: Parameters<typeof readConfiguration>[1]) {
  return readConfiguration(readEnvironment({ env, envFile: false }), options);
}

test("readConfiguration() gives connection, log and what follows it", async () => {
  const { settings, storage } = await read({ MQTT_API_TOKEN: TOKEN, TESA_LOG: "sqlite:telemetry.db" });
  expect(settings.config.filters).toEqual(["device/+/telemetry/#"]);
  expect(settings.firstToken.organisation).toBe("acme");
  expect(storage.log).toEqual({ type: "sqlite", path: "telemetry.db" });
});

test("readConfiguration() tells every problem at once, those of the program among them", async () => {
  const env = { MQTT_KEEPALIVE: "soon", TESA_LOG: "telemetry.db", CA_CERT_PATH: "missing.pem" };
  await expect(read(env, { config: ["PORT is wrong."] })).rejects.toMatchObject({
    code: "config",
    problems: [
      expect.stringMatching(/^MQTT_API_TOKEN is not set/),
      expect.stringMatching(/^MQTT_KEEPALIVE "soon"/),
      expect.stringMatching(/^CA_CERT_PATH: .*missing\.pem/),
      expect.stringMatching(/^TESA_LOG "telemetry\.db" is no log/),
      "PORT is wrong.",
    ],
  });
});

test("with a wrong command line, that is what the error is about", async () => {
  await expect(
    read({ MQTT_API_TOKEN: TOKEN }, { usage: ["--count is wrong."], config: ["PORT is wrong."] }),
  ).rejects.toMatchObject({ code: "usage", problems: ["--count is wrong.", "PORT is wrong."] });
});
