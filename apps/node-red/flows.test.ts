import { readFileSync } from "node:fs";
import { createContext, Script } from "node:vm";
import { expect, test } from "vitest";

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly func?: string;
  readonly initialize?: string;
  readonly [property: string]: unknown;
}

interface DecodeCase {
  readonly name: string;
  readonly input: { readonly topic: string; readonly payload?: string; readonly payloadBase64?: string };
  readonly expected: Readonly<Record<string, unknown>> & {
    readonly payload?: string;
    readonly payloadText?: string;
  };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

const WSS = readJson<readonly FlowNode[]>("flows/wss-streaming-flow.json");
const ACKNOWLEDGED = readJson<readonly FlowNode[]>("flows/acknowledged-flow.json");

/** What Node-RED replaces by an environment variable. */
function variable(name: string): string {
  return `$\{${name}}`;
}

function find(flow: readonly FlowNode[], type: string): FlowNode {
  const node = flow.find((one) => one.type === type);
  if (node === undefined) expect.unreachable(`The flow has no ${type}.`);
  return node;
}

test("the flow with Node-RED's own nodes verifies the certificate and keeps its session", () => {
  expect(find(WSS, "tls-config")).toMatchObject({ verifyservercert: true, ca: variable("CA_CERT_PATH") });
  expect(find(WSS, "mqtt-broker")).toMatchObject({
    broker: variable("MQTT_BROKER_URL"),
    usetls: true,
    tls: find(WSS, "tls-config").id,
    protocolVersion: "5",
    clientid: variable("MQTT_CLIENT_ID"),
    cleansession: false,
    autoUnsubscribe: false,
    sessionExpiry: variable("TESA_SESSION_EXPIRY"),
  });
  expect(find(WSS, "mqtt in")).toMatchObject({ topic: variable("MQTT_TOPIC"), qos: "1", datatype: "buffer" });
});

test("neither flow has a token in it: the credentials name environment variables", () => {
  const credentials = readJson<Record<string, unknown>>("flows/wss-streaming-flow_cred.json");
  expect(credentials).toEqual({
    [find(WSS, "mqtt-broker").id]: { user: variable("MQTT_API_TOKEN"), password: variable("MQTT_API_TOKEN") },
  });
  expect(JSON.stringify([WSS, ACKNOWLEDGED])).not.toContain("tesa_mqtt_");
});

test("the decoder in the flow is that of @tesa/core as it is now", async () => {
  const { decoderText } = (await import(new URL("scripts/decoder.mjs", import.meta.url).href)) as {
    decoderText: () => Promise<string>;
  };
  expect(decoderNode().initialize).toBe(await decoderText());
});

const VECTORS = "../../tooling/conformance/vectors/decode.json";
const { cases } = readJson<{ cases: readonly DecodeCase[] }>(VECTORS);

test.each(cases)("the flow decodes: $name", ({ input, expected }) => {
  const { payload, payloadText, readings, warnings, ...fields } = expected;
  const bytes =
    input.payloadBase64 === undefined
      ? Buffer.from(input.payload ?? "")
      : Buffer.from(input.payloadBase64, "base64");
  const message = runFunction({ topic: input.topic, payload: bytes, qos: 1, retain: false });
  expect(message.payload).toMatchObject({ seq: 1, topic: input.topic, qos: 1, retained: false, ...fields });
  expect(sorted(message.payload.readings)).toEqual(sorted(readings));
  expect(sorted(message.payload.warnings)).toEqual(sorted(warnings));
  if (payload !== undefined) expect(message.payload.payload).toBe(payload);
  if (payloadText !== undefined) expect(message.ndjson).toContain(`"payload":${payloadText},"format"`);
});

function decoderNode(): FlowNode {
  return WSS.find(({ id }) => id === "tesa-decode") ?? expect.unreachable("The flow has no decoder.");
}

/** Runs the function node with what Node-RED gives it: no more globals than these. */
function runFunction(msg: unknown): { payload: Record<string, unknown>; ndjson: string } {
  const kept = new Map<string, unknown>();
  const context = { get: (key: string) => kept.get(key), set: kept.set.bind(kept) };
  const globals = createContext({ Buffer, URL, URLSearchParams, Date, context, msg });
  const { initialize = "", func = "" } = decoderNode();
  const run = `(function () {\n${initialize}\n})();\n(function () {\n${func}\n})()`;
  // Out of the other context, whose objects are made of another Object.
  return JSON.parse(JSON.stringify(new Script(run).runInContext(globals)));
}

function sorted(values: unknown): string[] {
  return (values as readonly unknown[]).map((value) => JSON.stringify(value)).toSorted();
}
