import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { clockSkewStep } from "./clock-skew.ts";
import { type Configuration, configurationStep } from "./configuration.ts";
import { connackStep } from "./connack.ts";
import { dnsStep } from "./dns.ts";
import { type Check, type Diagnosis, runExamination } from "./examination.ts";
import { firstMessageStep } from "./first-message.ts";
import type { MqttLink } from "./mqtt-link.ts";
import { createHumanReport, writeJson } from "./report.ts";
import type { Failed, Limits } from "./step.ts";
import { subackStep } from "./suback.ts";
import { tcpStep } from "./tcp.ts";
import { tlsStep } from "./tls.ts";
import { tokenStep } from "./token.ts";
import { upgradeStep } from "./upgrade.ts";

export type { Diagnosis, StepReport } from "./examination.ts";
export type { StepName } from "./step.ts";

export interface DoctorOptions {
  /** The settings, as `parseConfig` takes them. */
  readonly record: Readonly<Record<string, string | undefined>>;
  /** How a setting is called where the user gave it. */
  readonly label: (name: string) => string;
  /** Adds to a problem of the settings what helps to find it. */
  readonly explain?: (problem: string) => string;
  /** One JSON object instead of lines for people. */
  readonly json: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly colour: boolean;
  /** The longest that one step may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Calls the examination off. */
  readonly signal: AbortSignal;
}

/**
 * Checks one step after the other on the way from the settings to a device's message, over one connection with a
 * clean session and a random client id, and reports each.
 *
 * @returns the exit code: 0 all is well (warnings included), 78 settings or the token's shape, 69 on the way to the
 * broker, 77 token or subscription refused, 124 no message in time, 130 interrupted
 */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const scrub = createScrub(options.record);
  const { stdout, colour, json } = options;
  if (json) {
    const diagnosis = await diagnose(options, scrub.add, {});
    writeJson(diagnosis, { stdout, scrub: scrub.apply });
    return diagnosis.exitCode;
  }
  const report = createHumanReport({ stdout, colour, scrub: scrub.apply });
  const diagnosis = await diagnose(options, scrub.add, report);
  report.finish(diagnosis);
  return diagnosis.exitCode;
}

/** What the examination holds open, whoever has it at the end. */
interface Held {
  readonly streams: Set<Duplex>;
  readonly links: Set<MqttLink>;
}

async function diagnose(
  options: DoctorOptions,
  onSecret: (secret: string) => void,
  observer: Parameters<typeof runExamination>[1],
): Promise<Diagnosis> {
  const { timeoutMs, signal } = options;
  const held: Held = { streams: new Set(), links: new Set() };
  try {
    return await runExamination({ timeoutMs, signal }, observer, (check) =>
      examine(check, options, held, onSecret),
    );
  } finally {
    await Promise.all([...held.links].map((link) => link.close()));
    for (const stream of held.streams) stream.destroy();
  }
}

async function examine(
  check: Check,
  { record, label, explain }: DoctorOptions,
  held: Held,
  onSecret: (secret: string) => void,
): Promise<void> {
  const configuration = await check(configurationStep, { record, label, explain });
  const { config, target } = configuration;
  const token = await check(tokenStep, { configuration, label });
  onSecret(token.reveal());
  const addresses = await check(dnsStep, target);
  const { socket, address } = await check(tcpStep, { target, addresses });
  held.streams.add(socket);
  const caSetting = label("CA_CERT_PATH");
  const stream = await check(tlsStep, { target, socket, caCertPath: config.caCertPath, caSetting });
  held.streams.add(stream);
  const upgraded = await check(upgradeStep, { target, stream });
  const link = await check(connackStep, {
    config,
    token,
    socket: upgraded.socket,
    reopen: (limits) => reopen(configuration, address, caSetting, held, limits),
    onLink: (made) => held.links.add(made),
  });
  const { filters } = config;
  await check(subackStep, { link, filters, setting: filterSetting(record, label) });
  const messages = await check(firstMessageStep, {
    link,
    filters,
    sensorSetting: sensorSetting(record, label),
  });
  const { serverTime, answeredAt } = upgraded;
  const serverAheadMs = serverTime === undefined ? undefined : serverTime - answeredAt;
  await check(clockSkewStep, { link, messages, serverAheadMs });
}

/** What the user calls that which the filters came from. */
function filterSetting(record: DoctorOptions["record"], label: DoctorOptions["label"]): string {
  const given = ["TESA_DEVICE", "TESA_SENSOR"].filter((name) => record[name] !== undefined);
  return given.length === 0 ? label("MQTT_TOPIC") : given.map(label).join(" and ");
}

function sensorSetting(record: DoctorOptions["record"], label: DoctorOptions["label"]): string | undefined {
  return record.TESA_SENSOR === undefined ? undefined : label("TESA_SENSOR");
}

/** Makes the connection anew, up to the WebSocket, to the address that worked before. */
async function reopen(
  { config, target }: Configuration,
  address: string,
  caSetting: string,
  held: Held,
  limits: Limits,
): Promise<WebSocket | Failed> {
  const tcp = await tcpStep.run({ target, addresses: [address] }, limits);
  if (tcp.status === "failed") return tcp;
  const { socket } = tcp.value;
  held.streams.add(socket);
  const tls = await tlsStep.run({ target, socket, caCertPath: config.caCertPath, caSetting }, limits);
  if (tls.status === "failed") return tls;
  held.streams.add(tls.value);
  const upgraded = await upgradeStep.run({ target, stream: tls.value }, limits);
  return upgraded.status === "failed" ? upgraded : upgraded.value.socket;
}

/** Secrets shorter than this are no tokens, and taking them out of text would garble it. */
const SHORTEST_SECRET = 12;

/**
 * The last line of defence for the token: nothing here prints it, but a broker may send it back, in a reason string
 * for instance.
 */
function createScrub(record: DoctorOptions["record"]) {
  const secrets = new Set<string>();
  const add = (secret: string) => {
    if (secret.length >= SHORTEST_SECRET) secrets.add(secret);
  };
  const given = record.MQTT_API_TOKEN ?? "";
  add(given.trim());
  add(given.replace(/^[\s"']+|[\s"']+$/g, ""));
  return {
    add,
    apply: (text: string) => [...secrets].reduce((rest, secret) => rest.replaceAll(secret, "<token>"), text),
  };
}
