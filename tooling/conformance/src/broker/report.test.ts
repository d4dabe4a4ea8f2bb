import { expect, test } from "vitest";
import type { BrokerDescription } from "./broker-under-test.ts";
import { differencesLine, reportLine } from "./report.ts";

const describe = (parts: Pick<BrokerDescription, "choice" | "name" | "version">): BrokerDescription => {
  const login = { username: "u", password: "p" };
  return {
    ...parts,
    urls: { wss: "wss://broker.example:8085/mqtt", mqtts: "mqtts://broker.example:8884" },
    caCertPath: "ca.pem",
    credentials: {
      tokenA: login,
      tokenB: login,
      refused: login,
      device: { ...login, deviceId: "d" },
      deviceB: undefined,
    },
    lacks: {},
  };
};

test.each([
  ["box", "platform in a box", "0.0.0", "broker: platform in a box 0.0.0 (EMQX was not run)"],
  ["mosquitto", "mosquitto", "2.0.11", "broker: mosquitto 2.0.11 (EMQX was not run)"],
  ["emqx", "EMQX", "5.10.3", "broker: EMQX 5.10.3"],
  [
    "url",
    "a broker",
    "unknown",
    "broker: a broker unknown at wss://broker.example:8085/mqtt (EMQX was not run)",
  ],
  ["url", "EMQX", "5.10.3", "broker: EMQX 5.10.3 at wss://broker.example:8085/mqtt"],
] as const)(
  "reportLine() of %s names broker and version, and whether it was EMQX: %s %s",
  (choice, name, version, line) => {
    expect(reportLine(describe({ choice, name, version }))).toBe(line);
  },
);

test("differencesLine() names what the broker lacks, and says nothing of one that lacks nothing", () => {
  const broker = describe({ choice: "mosquitto", name: "mosquitto", version: "2.0.11" });
  expect(differencesLine(broker)).toBeUndefined();
  expect(
    differencesLine({ ...broker, lacks: { "qos-2": "it has none", restart: "it runs elsewhere" } }),
  ).toBe(
    "mosquitto differs from EMQX, and tests were skipped, in: qos-2, restart (see tooling/conformance/README.md)",
  );
});
