import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CONFIG_VARIABLES,
  type Config,
  type ConfigRecord,
  type ParseConfigOptions,
  parseConfig,
} from "./config.ts";
import { TesaError } from "./errors.ts";

const TOKEN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

const parse = (record: ConfigRecord): Config => parseConfig({ MQTT_API_TOKEN: TOKEN, ...record });

function problemsOf(record: ConfigRecord, options?: ParseConfigOptions): readonly string[] {
  try {
    parseConfig({ MQTT_API_TOKEN: TOKEN, ...record }, options);
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    expect(error.code).toBe("config");
    expect(error.retryable).toBe(false);
    for (const problem of error.problems) expect(error.message).toContain(problem);
    return error.problems;
  }
  return [];
}

test("parseConfig() needs a token only, and the rest has the platform's defaults", () => {
  const { token, ...rest } = parse({});
  expect(rest).toEqual({
    brokerUrl: "wss://mqtt.tesaiot.com:8085/mqtt",
    filters: ["device/+/telemetry/#"],
    clientId: undefined,
    keepAliveSeconds: 60,
    backoff: { firstMs: 1_000, maxMs: 30_000, jitter: 0.5, resetAfterMs: 30_000 },
    caCertPath: undefined,
    protocolVersion: "auto",
    receiveMaximum: 1_000,
    sessionExpirySeconds: 300,
    brokerQueue: 1_000,
    share: undefined,
  });
  expect(token.type === "value" && token.token.reveal()).toBe(TOKEN);
});

test("parseConfig() reads the .env of the platform's examples", () => {
  const config = parseConfig({
    MQTT_API_TOKEN: TOKEN,
    MQTT_BROKER_URL: "wss://mqtt.tesaiot.com:8085/mqtt",
    MQTT_TOPIC: "device/+/telemetry/#",
    MQTT_CLIENT_ID: "my-app-1",
    MQTT_KEEPALIVE: "30",
    MQTT_RECONNECT_PERIOD: "5000",
    CA_CERT_PATH: "./ca.pem",
    PATH: "/usr/bin",
    TESA_LATER: "ignored",
  });
  expect(config).toMatchObject({
    clientId: "my-app-1",
    keepAliveSeconds: 30,
    backoff: { firstMs: 5_000, maxMs: 30_000 },
    caCertPath: "./ca.pem",
  });
});

test("parseConfig() takes a file in place of the token", () => {
  expect(parseConfig({ TESA_TOKEN_FILE: "/run/secrets/tesa_mqtt_token" }).token).toEqual({
    type: "file",
    path: "/run/secrets/tesa_mqtt_token",
  });
});

test.each([
  [{ TESA_DEVICE: "g1" }, ["device/g1/telemetry/#"]],
  [{ TESA_SENSOR: "temperature" }, ["device/+/telemetry/temperature"]],
  [{ TESA_SENSOR: "motor/2/rpm" }, ["device/+/telemetry/motor/2/rpm"]],
  [
    { TESA_DEVICE: " g1, g2 ", TESA_SENSOR: "a,b" },
    ["device/g1/telemetry/a", "device/g1/telemetry/b", "device/g2/telemetry/a", "device/g2/telemetry/b"],
  ],
  [{ TESA_DEVICE: "g1,g1" }, ["device/g1/telemetry/#"]],
  [{ MQTT_TOPIC: "devices/+/telemetry/motor/#" }, ["devices/+/telemetry/motor/#"]],
  [{ MQTT_TOPIC: "factory/line-1" }, ["factory/line-1"]],
])("parseConfig() makes of %j the filters %j", (record: ConfigRecord, filters) => {
  expect(parse(record).filters).toEqual(filters);
});

test.each([
  ["auto", "auto"],
  ["5", 5],
  ["3.1.1", 4],
  ["4", 4],
])("parseConfig() reads the protocol version %s", (text, version) => {
  expect(parse({ TESA_PROTOCOL_VERSION: text }).protocolVersion).toBe(version);
});

const NUMBERS = [
  ["MQTT_KEEPALIVE", "keepAliveSeconds", 1, 65_535, "seconds"],
  ["MQTT_RECONNECT_PERIOD", "firstMs", 1, 30_000, "milliseconds"],
  ["TESA_RECEIVE_MAXIMUM", "receiveMaximum", 1, 65_535, "messages"],
  ["TESA_SESSION_EXPIRY", "sessionExpirySeconds", 0, 4_294_967_295, "seconds"],
] as const;

test.each(NUMBERS)("parseConfig() reads %s into %s from %d to %d", (name, field, min, max) => {
  for (const value of [min, max]) {
    const config = parse({ [name]: String(value) });
    expect({ ...config, ...config.backoff }[field]).toBe(value);
  }
});

const NO_NUMBERS = [
  "60s",
  "1e3",
  "0x10",
  " 60",
  "60 ",
  "-1",
  "+1",
  "1.5",
  "1,000",
  "1_000",
  "NaN",
  "Infinity",
  "٦٠",
];

test.each(NUMBERS)(
  "parseConfig() refuses a %s that is no whole number in range",
  (name, _, min, max, unit) => {
    for (const value of [...NO_NUMBERS, String(min - 1), String(max + 1), "9".repeat(400)]) {
      const [problem, ...others] = problemsOf({ [name]: value });
      expect(others).toEqual([]);
      expect(problem).toContain(`${name} "${value.slice(0, 60)}`);
      expect(problem).toContain(`must be a whole number of ${unit} from ${min} to ${max}`);
    }
  },
);

test("parseConfig() says where a token comes from when there is none", () => {
  expect(problemsOf({ MQTT_API_TOKEN: undefined })).toEqual([
    "MQTT_API_TOKEN is not set: make a token (Admin UI, Organization Settings > MQTT API Tokens) and put it into .env as MQTT_API_TOKEN=tesa_mqtt_..., or name a file that holds it by TESA_TOKEN_FILE.",
  ]);
});

test.each([
  [{ MQTT_API_TOKEN: "your-token-here" }, "MQTT_API_TOKEN is a placeholder"],
  [{ MQTT_API_TOKEN: `'${TOKEN}'` }, "MQTT_API_TOKEN has quotes in it"],
  [{ MQTT_API_TOKEN: `${TOKEN} ` }, "MQTT_API_TOKEN has spaces"],
  [{ TESA_TOKEN_FILE: "/a" }, "MQTT_API_TOKEN and TESA_TOKEN_FILE are both set"],
  [
    { MQTT_API_TOKEN: undefined, TESA_TOKEN_FILE: TOKEN },
    'TESA_TOKEN_FILE "tesa_mqtt_..." has a token in it',
  ],
  [{ MQTT_BROKER_URL: "mqtt://h" }, 'MQTT_BROKER_URL "mqtt://h" has the scheme mqtt://'],
  [
    { MQTT_BROKER_URL: "wss://a:b@h/" },
    "MQTT_BROKER_URL (not shown, since it has an @) must not have a user",
  ],
  [{ MQTT_TOPIC: "device/#/x" }, 'MQTT_TOPIC "device/#/x" has a # before its last level'],
  [{ MQTT_TOPIC: "device/+/telemetry/a " }, "has spaces around it"],
  [{ MQTT_TOPIC: "device/+/telemetry/a\tb" }, "has line breaks or other control characters"],
  [
    { MQTT_TOPIC: "$share/g/device/+/telemetry/#" },
    "is a shared subscription: give the filter after the group by itself, and the group as TESA_SHARE",
  ],
  [{ TESA_SHARE: "a/b" }, 'TESA_SHARE "a/b" has a /, + or # in it: a group is one word.'],
  [
    { TESA_SHARE: "g", TESA_PROTOCOL_VERSION: "3.1.1" },
    "TESA_SHARE needs MQTT 5, but TESA_PROTOCOL_VERSION is 3.1.1",
  ],
  [
    { TESA_SHARE: "g", TESA_SESSION_EXPIRY: "0" },
    "TESA_SESSION_EXPIRY is 0: with TESA_SHARE the broker would throw away",
  ],
  [
    { MQTT_TOPIC: "$share/g" },
    "is a shared subscription: give the filter after the group by itself, and the group as TESA_SHARE",
  ],
  [{ MQTT_TOPIC: "device/x/commands/#" }, "a token may subscribe to nothing else"],
  [{ MQTT_TOPIC: "device/#" }, "is not telemetry alone"],
  [{ MQTT_TOPIC: "#" }, "is not telemetry alone"],
  [{ MQTT_TOPIC: "$SYS/#" }, "is not telemetry alone"],
  [{ MQTT_TOPIC: "a", TESA_DEVICE: "g1" }, "MQTT_TOPIC and TESA_DEVICE are both set"],
  [{ MQTT_TOPIC: "a", TESA_SENSOR: "s" }, "MQTT_TOPIC and TESA_SENSOR are both set"],
  [{ TESA_DEVICE: "a/b" }, 'TESA_DEVICE "a/b" has "a/b" in it, which holds a /'],
  [{ TESA_DEVICE: "g1,+" }, 'TESA_DEVICE "g1,+" has "+" in it, which holds a wildcard'],
  [{ TESA_DEVICE: "g1," }, 'TESA_DEVICE "g1," has "" in it, which is empty'],
  [{ TESA_SENSOR: "motor/#" }, 'has "motor/#" in it, which holds a wildcard'],
  [{ TESA_SENSOR: "a\u001bb" }, "has line breaks or other control characters"],
  [{ TESA_SENSOR: "a".repeat(65_536) }, "is 65536 bytes long"],
  [{ MQTT_CLIENT_ID: "a\nb" }, 'MQTT_CLIENT_ID "a\\nb" has line breaks or other control characters'],
  [{ MQTT_CLIENT_ID: "°".repeat(32_768) }, "is 65536 bytes long"],
  [{ MQTT_CLIENT_ID: TOKEN }, 'MQTT_CLIENT_ID "tesa_mqtt_..." has a token in it'],
  [
    { CA_CERT_PATH: "-----BEGIN CERTIFICATE-----" },
    'CA_CERT_PATH "-----BEGIN ..." must be the path of a file',
  ],
  [{ CA_CERT_PATH: "a\u0000b" }, "has line breaks or other control characters"],
  [{ TESA_PROTOCOL_VERSION: "3" }, 'TESA_PROTOCOL_VERSION "3" must be auto, 5 or 3.1.1'],
  [{ TESA_PROTOCOL_VERSION: "v5" }, "must be auto, 5 or 3.1.1"],
])("parseConfig() of %.60j says: %s", (record: ConfigRecord, expected) => {
  expect(problemsOf(record)).toEqual([expect.stringContaining(expected)]);
});

test("parseConfig() hints at lists when a filter looks like one", () => {
  expect(problemsOf({ MQTT_TOPIC: "device/a/telemetry/#,device/b/telemetry/#" })).toContainEqual(
    expect.stringContaining("must be one filter"),
  );
});

test.each(CONFIG_VARIABLES)("parseConfig() says that $name is set but empty", (variable) => {
  const token = variable.name === "TESA_TOKEN_FILE" ? { MQTT_API_TOKEN: undefined } : {};
  for (const value of ["", "  ", "\t"]) {
    const problems = problemsOf({ ...token, [variable.name]: value });
    expect(problems).toEqual([expect.stringContaining(`${variable.name} is set but empty: `)]);
    expect(problems.join()).toContain(variable.default ?? "");
  }
});

test.each(CONFIG_VARIABLES.filter((variable) => variable.default !== undefined))(
  "the documented default of $name is the one that applies",
  ({ name, default: text }) => {
    expect(parse({ [name]: text })).toEqual(parse({}));
  },
);

test("CONFIG_VARIABLES marks the token alone as a secret, and describes each variable in one line", () => {
  expect(CONFIG_VARIABLES.filter(({ secret }) => secret).map(({ name }) => name)).toEqual(["MQTT_API_TOKEN"]);
  expect(new Set(CONFIG_VARIABLES.map(({ name }) => name)).size).toBe(CONFIG_VARIABLES.length);
  for (const { description } of CONFIG_VARIABLES) expect(description).toMatch(/^[A-Z][^\n]{5,100}[^.]$/);
});

test("parseConfig() names every problem at once, by the caller's labels", () => {
  const problems = problemsOf(
    {
      MQTT_API_TOKEN: `"${TOKEN}"`,
      MQTT_BROKER_URL: "https://broker.example",
      MQTT_TOPIC: "#",
      TESA_DEVICE: "a/b",
      MQTT_CLIENT_ID: "",
      MQTT_KEEPALIVE: "60s",
      TESA_RECEIVE_MAXIMUM: "0",
    },
    { label: (name) => (name === "MQTT_KEEPALIVE" ? "--keepalive (MQTT_KEEPALIVE)" : name) },
  );
  expect(problems).toHaveLength(8);
  expect(problems).toContain(
    '--keepalive (MQTT_KEEPALIVE) "60s" must be a whole number of seconds from 1 to 65535, written in digits alone.',
  );
});

test("parseConfig() lets only variables that are set to text count", () => {
  const none = Object.fromEntries(CONFIG_VARIABLES.map(({ name }) => [name, undefined]));
  expect(parse({ ...none, MQTT_API_TOKEN: TOKEN })).toEqual(parse({}));
});

const names = CONFIG_VARIABLES.map(({ name }) => name);
const values = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "5",
    "60",
    "g1",
    "wss://h",
    "device/+/telemetry/#",
    TOKEN,
    `wss://${TOKEN}@h`,
    `wss://h/?${TOKEN}`,
  ),
  fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}${TOKEN}${b}`),
);

test("parseConfig() makes shared subscriptions of MQTT 5, with a session that outlives a worker for 5 s", () => {
  const config = parseConfig({ MQTT_API_TOKEN: TOKEN, TESA_SHARE: "workers", TESA_DEVICE: "g1,g2" });
  expect(config).toMatchObject({
    share: "workers",
    filters: ["$share/workers/device/g1/telemetry/#", "$share/workers/device/g2/telemetry/#"],
    protocolVersion: 5,
    sessionExpirySeconds: 5,
  });
  const longer = parseConfig({ MQTT_API_TOKEN: TOKEN, TESA_SHARE: "workers", TESA_SESSION_EXPIRY: "60" });
  expect(longer.sessionExpirySeconds).toBe(60);
});

test("parseConfig() gives a configuration or a TesaError for any values, and shows the token in neither", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), values), (record) => {
      let result: unknown;
      try {
        result = parseConfig(record).token;
        accepted += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(TesaError);
        expect((error as TesaError).code).toBe("config");
        expect((error as TesaError).problems.length).toBeGreaterThan(0);
        result = error;
      }
      expect(inspect(result, { depth: null, showHidden: true }).toUpperCase()).not.toContain("FAKEFAKE");
    }),
    { seed: 1, numRuns: 2_000 },
  );
  expect(accepted).toBeGreaterThan(0);
});
