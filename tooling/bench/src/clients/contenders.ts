import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  findRuntime,
  type Manifest,
  programOf,
  RELAY_SECRET,
  ROOT,
  readManifest,
  relayKey,
} from "@tesa/conformance/apps/programs";
import type { BoxAddress } from "./protocol.ts";

/** How a contender is run in one place of the bench. */
export interface Start {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where messages come out: one line each on standard output, or an event stream over HTTP. */
  readonly output:
    | {
        readonly type: "stdout";
        /** How many lines come before those of messages. */
        readonly otherLines: number;
      }
    | { readonly type: "sse"; readonly url: string; readonly key: string };
}

/** Something that receives messages. */
export interface Contender {
  readonly name: string;
  /** What it does with a message, in a few words. */
  readonly does: string;
  /** `null` if it can be run here; else what is missing. */
  readonly missing: string | null;
  readonly build?: readonly [cwd: string, ...command: string[]];
  /** @param folder Empty, and removed afterwards. */
  readonly start: (box: BoxAddress, folder: string) => Promise<Start>;
}

/** Every app twice where it has a log that lasts, and the peers. */
export async function findContenders(): Promise<readonly Contender[]> {
  const apps = join(ROOT, "apps");
  const folders = readdirSync(apps).filter((name) => existsSync(join(apps, name, "conformance.json")));
  const ours = await Promise.all(
    folders.map((name) => appContenders(measured(readManifest(join(apps, name))))),
  );
  return [...ours.flat(), mosquittoSub(), pahoSub()];
}

/** Tests may run on a build that looks for defects as it runs: what users build is another one. */
function measured(manifest: Manifest): Manifest {
  return { ...manifest, ...manifest.measured };
}

async function appContenders(manifest: Manifest): Promise<Contender[]> {
  const runtime = await findRuntime(manifest);
  const missing = runtime.type === "present" ? null : runtime.reason;
  const { client, build, capabilities, store, folder } = manifest;
  const common = { missing, ...(build !== undefined && { build: [folder, ...build] as const }) };
  const output = manifest.output === "relay" ? "an event stream" : "JSON lines";
  const contenders: Contender[] = [
    { ...common, name: client, does: `decodes into ${output}`, start: (box) => startOf(manifest, box, {}) },
  ];
  if (capabilities.includes("durable") && store === "sqlite") {
    contenders.push({
      ...common,
      name: `${client} sqlite`,
      does: `the same, and acknowledges from the disk`,
      start: (box, own) => startOf(manifest, box, { TESA_LOG: `sqlite:${join(own, "log.db")}` }),
    });
  }
  return contenders;
}

async function startOf(
  manifest: Manifest,
  { wss, token, caCertPath }: BoxAddress,
  settings: Readonly<Record<string, string>>,
): Promise<Start> {
  const { file, args, cwd, env, origin } = await programOf(manifest);
  const address = { MQTT_BROKER_URL: wss, MQTT_API_TOKEN: token, CA_CERT_PATH: caCertPath };
  return {
    file,
    args,
    cwd,
    env: { ...env, ...address, ...settings },
    output:
      origin === undefined
        ? { type: "stdout", otherLines: 0 }
        : { type: "sse", url: `${origin}/v1/stream`, key: relayKey(RELAY_SECRET) },
  };
}

const ALL = ["-t", "device/+/telemetry/#", "-V", "5", "-q", "1"];

function login({ token, caCertPath }: BoxAddress): readonly string[] {
  return ["-u", token, "-P", token, "--cafile", caCertPath];
}

/** Debian's mosquitto_sub has no WebSockets: it comes by the listener of the devices, with the same token. */
function mosquittoSub(): Contender {
  return peer({
    name: "mosquitto_sub",
    does: "prints payloads; over MQTTS, without WebSockets",
    otherLines: 0,
    args: (box) => {
      const { hostname, port } = new URL(box.mqtts);
      return ["-h", hostname, "-p", port, ...login(box), ...ALL];
    },
  });
}

/** The sample that comes with Eclipse Paho C, over the same listener as the apps. It says first what it does. */
function pahoSub(): Contender {
  return peer({
    name: "paho_c_sub",
    does: "prints topic and payload; Paho C's own sample, over WSS",
    otherLines: 2,
    args: (box) => [...ALL, "-c", box.wss, ...login(box)],
  });
}

interface Peer {
  readonly name: string;
  readonly does: string;
  readonly otherLines: number;
  readonly args: (box: BoxAddress) => readonly string[];
}

function peer({ name, does, otherLines, args }: Peer): Contender {
  const file = (process.env.PATH ?? "")
    .split(":")
    .map((folder) => join(folder, name))
    .find(existsSync);
  return {
    name,
    does,
    missing: file === undefined ? `${name} is not installed` : null,
    start: async (box, folder) => ({
      file: file ?? name,
      args: args(box),
      cwd: folder,
      env: {},
      output: { type: "stdout", otherLines },
    }),
  };
}
