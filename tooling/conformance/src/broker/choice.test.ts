import { describe, expect, test } from "vitest";
import { chooseBroker } from "./choice.ts";

const BY_URL = {
  TESA_TEST_BROKER: "wss://broker.example:8085/mqtt",
  TESA_TEST_BROKER_MQTTS: "mqtts://broker.example:8884",
  TESA_TEST_BROKER_CA: "ca.pem",
  TESA_TEST_BROKER_CREDENTIALS: "credentials.json",
};

describe("chooseBroker()", () => {
  test.each([undefined, "", "  ", "box"])("takes the box for %j", (value) => {
    expect(chooseBroker({ TESA_TEST_BROKER: value })).toEqual({ type: "box" });
  });

  test.each(["mosquitto", "emqx"] as const)("takes %s by its name", (value) => {
    expect(chooseBroker({ TESA_TEST_BROKER: value })).toEqual({ type: value });
  });

  test("takes any broker by its URL, with the variables beside it", () => {
    expect(chooseBroker(BY_URL)).toEqual({
      type: "url",
      wss: "wss://broker.example:8085/mqtt",
      mqtts: "mqtts://broker.example:8884",
      caCertPath: "ca.pem",
      credentialsPath: "credentials.json",
    });
  });

  test.each(["EMQX", "hivemq", "ws://localhost:8083/mqtt", "mqtts://localhost"])(
    "refuses %s and names what is allowed",
    (value) => {
      expect(() => chooseBroker({ TESA_TEST_BROKER: value })).toThrow(
        `TESA_TEST_BROKER is "${value}"; allowed are box (the default), mosquitto, emqx, or the wss:// URL of any broker.`,
      );
    },
  );

  test("names every variable that is missing beside a URL, at once", () => {
    const choose = () => chooseBroker({ TESA_TEST_BROKER: "wss://broker.example/mqtt" });
    for (const name of ["MQTTS", "CA", "CREDENTIALS"]) {
      expect(choose).toThrow(`TESA_TEST_BROKER_${name} is missing`);
    }
  });

  test("refuses a device URL of another scheme", () => {
    expect(() => chooseBroker({ ...BY_URL, TESA_TEST_BROKER_MQTTS: "mqtt://broker.example" })).toThrow(
      "TESA_TEST_BROKER_MQTTS begins with mqtt:, not mqtts:",
    );
  });

  test.each([
    { TESA_TEST_BROKER: "wss://user:hunter2@broker.example/mqtt" },
    { TESA_TEST_BROKER: "ws://user:hunter2@broker.example/mqtt" },
    { TESA_TEST_BROKER: "tesa_mqtt_acme_hunter2" },
  ])("shows no password of %j", (variables) => {
    const choose = () => chooseBroker({ ...BY_URL, ...variables });
    expect(choose).toThrow(/TESA_TEST_BROKER/);
    expect(choose).not.toThrow(/hunter2/);
  });
});
