import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEnvironment, whereSearched } from "./environment.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tesa-environment-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const dotenv = (text: string | Uint8Array, name = ".env") => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test("a flag wins over the environment, and that over .env", () => {
  dotenv("MQTT_BROKER_URL=wss://file/mqtt\nMQTT_CLIENT_ID=file\nMQTT_KEEPALIVE=10\nOTHER=1\n");
  const { record, label } = readEnvironment({
    flags: { MQTT_BROKER_URL: { flag: "--broker", value: "wss://flag/mqtt" } },
    env: { MQTT_BROKER_URL: "wss://environment/mqtt", MQTT_CLIENT_ID: "environment", PATH: "/bin" },
    folders: [folder],
  });
  expect(record).toEqual({
    MQTT_BROKER_URL: "wss://flag/mqtt",
    MQTT_CLIENT_ID: "environment",
    MQTT_KEEPALIVE: "10",
  });
  expect(label("MQTT_BROKER_URL")).toBe("--broker");
  expect(label("MQTT_CLIENT_ID")).toBe("MQTT_CLIENT_ID");
  expect(label("MQTT_KEEPALIVE")).toBe(`MQTT_KEEPALIVE (in ${join(folder, ".env")})`);
  expect(label("MQTT_TOPIC")).toBe("MQTT_TOPIC");
});

test("an empty variable of the environment wins too, so that it is reported and not passed over", () => {
  dotenv("MQTT_TOPIC=device/a/telemetry/#");
  expect(readEnvironment({ flags: {}, env: { MQTT_TOPIC: "" }, folders: [folder] }).record).toEqual({
    MQTT_TOPIC: "",
  });
});

test("a topic, or devices, take back the other way to say it where that comes from a weaker source", () => {
  dotenv("MQTT_TOPIC=device/a/telemetry/#\nMQTT_API_TOKEN=file\n");
  const options = { env: {}, folders: [folder] };
  const flags = { TESA_DEVICE: { flag: "--device", value: "b" } };
  expect(readEnvironment({ ...options, flags }).record).toEqual({ TESA_DEVICE: "b", MQTT_API_TOKEN: "file" });
  expect(
    readEnvironment({ ...options, flags, env: { TESA_SENSOR: "s", TESA_TOKEN_FILE: "f" } }).record,
  ).toEqual({
    TESA_DEVICE: "b",
    TESA_SENSOR: "s",
    TESA_TOKEN_FILE: "f",
  });
  const both = { ...flags, MQTT_TOPIC: { flag: "--topic", value: "t" } };
  expect(readEnvironment({ ...options, flags: both }).record).toMatchObject({
    TESA_DEVICE: "b",
    MQTT_TOPIC: "t",
  });
});

test("the first folder that has a .env is the one that counts, and --dotenv replaces it", () => {
  const nowhere = join(folder, "nowhere");
  dotenv("MQTT_CLIENT_ID=from-dotenv");
  const other = dotenv("MQTT_CLIENT_ID=from-other", "other.env");
  const options = { flags: {}, env: {}, folders: [nowhere, folder] };
  expect(readEnvironment(options).record).toEqual({ MQTT_CLIENT_ID: "from-dotenv" });
  expect(readEnvironment({ ...options, envFile: other }).record).toEqual({ MQTT_CLIENT_ID: "from-other" });
  expect(readEnvironment({ ...options, envFile: false }).record).toEqual({});
});

test.each([
  ["MQTT_TOPIC=device/+/telemetry/#", "device/+/telemetry/#"],
  ["MQTT_TOPIC=device/+/telemetry/# # everything", "device/+/telemetry/#"],
  ["export MQTT_TOPIC = device/+/telemetry/#  \r", "device/+/telemetry/#"],
  ['MQTT_TOPIC="device/+/telemetry/#" # everything', "device/+/telemetry/#"],
  ["MQTT_TOPIC='device/+/telemetry/#'", "device/+/telemetry/#"],
  ["MQTT_TOPIC=device/a/telemetry/x # one # sensor", "device/a/telemetry/x"],
  ["# MQTT_TOPIC=device/+/telemetry/#", undefined],
])("%j in a .env gives %j", (line, expected) => {
  dotenv(`\uFEFFMQTT_CLIENT_ID=a\r\n${line}\nMQTT_KEEPALIVE=5\n`);
  const { record } = readEnvironment({ flags: {}, env: {}, folders: [folder] });
  expect(record).toEqual({
    MQTT_CLIENT_ID: "a",
    MQTT_KEEPALIVE: "5",
    ...(expected === undefined ? {} : { MQTT_TOPIC: expected }),
  });
});

test("a file that is missing, a folder, or no UTF-8 is refused with what to do", () => {
  const read = (envFile: string) => () => readEnvironment({ flags: {}, env: {}, envFile });
  expect(read(join(folder, "missing.env"))).toThrow(/does not exist/);
  expect(read(folder)).toThrow(/it is a folder/);
  expect(read(dotenv(Buffer.from("\uFEFFMQTT_TOPIC=a", "utf16le"), "wide.env"))).toThrow(/Save it as UTF-8/);
});

test("a program can say what to do about a file that is missing", () => {
  const whenMissing = (path: string) => `Make ${path} first.`;
  expect(() => readEnvironment({ env: {}, envFile: "missing.env", whenMissing })).toThrow(
    /does not exist\. Make missing\.env first\.$/,
  );
});

test("a program with variables of its own reads those, and looks up no others in the environment", () => {
  dotenv("PORT=1\nHOST=0.0.0.0\n");
  const env = new Proxy<Record<string, string>>(
    { PORT: "8080" },
    {
      get(target, name: string) {
        if (!["PORT", "HOST"].includes(name)) throw new Error(`${name} was looked up.`);
        return target[name];
      },
    },
  );
  const variables = ["PORT", "HOST"].map((name) => ({ name, description: "", default: undefined }));
  const { record, label } = readEnvironment({ env, variables, folders: [folder] });
  expect(record).toEqual({ PORT: "8080", HOST: "0.0.0.0" });
  expect(label("HOST")).toBe(`HOST (in ${join(folder, ".env")})`);
});

test("a name in the .env that is probably misspelt is told; one in the environment may be another program's", () => {
  dotenv("MQTT_BROKER_ULR=wss://a/mqtt\nMQTT_TOPIC=t\n");
  const warnings: string[] = [];
  readEnvironment({
    flags: {},
    env: { TESA_DEVICES: "a" },
    folders: [folder],
    warn: (text) => warnings.push(text),
  });
  expect(warnings).toEqual([
    `${join(folder, ".env")} sets MQTT_BROKER_ULR, which nothing reads. Is MQTT_BROKER_URL meant?`,
  ]);
});

test("where no .env was found is known, unless none was to be read", () => {
  const options = { flags: {}, env: {}, folders: [folder, join(folder, "app")] };
  expect(whereSearched(readEnvironment(options))).toBe(
    ` There is no .env in "${folder}" or "${join(folder, "app")}".`,
  );
  expect(whereSearched(readEnvironment({ ...options, envFile: false }))).toBe("");
  dotenv("");
  expect(whereSearched(readEnvironment(options))).toBe("");
});
