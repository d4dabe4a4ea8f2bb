import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Platform, type PlatformOptions, startPlatform } from "@tesa/platform";
import { TestClient } from "@tesa/platform/testing";

/** The real program, as `pnpm tesa` starts it. */
export const MAIN: string = fileURLToPath(new URL("../main.ts", import.meta.url));
/** The "--" keeps Node from taking a flag of the program for one of its own. */
export const NODE_ARGS: readonly string[] = ["--conditions=tesa-source", "--"];

/** How to start the program. */
export interface CliOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** @default a folder of its own, with an empty `.env`, removed at the end */
  readonly cwd?: string;
}

/** How a run of the program ended. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The messages on standard output. */
  readonly messages: readonly Record<string, unknown>[];
}

/** A running program. What still runs at the end of the test is killed. */
export interface Cli extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Waits until standard error, or standard output, holds the text. */
  until(where: "stdout" | "stderr", text: string | RegExp): Promise<void>;
  readonly result: Promise<CliResult>;
}

const UNTIL_TIMEOUT_MS = 15_000;

/** Starts the program with nothing but the given environment. */
export function startCli({ args, env = {}, cwd }: CliOptions): Cli {
  const folder = cwd ?? emptyFolder();
  const output = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const child = spawn(process.execPath, [...NODE_ARGS, MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const look of waiting) look();
    });
  }
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (cwd === undefined) rmSync(folder, { recursive: true, force: true });
      resolve({ code, signal, ...output, messages: parseLines(output.stdout) });
      for (const look of waiting) look();
    });
  });
  return {
    child,
    result,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    until: (where, text) =>
      new Promise((resolve, reject) => {
        const settle = (conclude: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          conclude();
        };
        const fail = (why: string) =>
          settle(() => reject(new Error(`${why} ${text}:\n${JSON.stringify(output)}`)));
        const look = () => {
          const found = typeof text === "string" ? output[where].includes(text) : text.test(output[where]);
          if (found) settle(resolve);
          else if (child.exitCode !== null || child.signalCode !== null) fail("The program ended without");
        };
        const timer = setTimeout(() => fail("In 15 s there was no"), UNTIL_TIMEOUT_MS);
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await result;
    },
  };
}

/** Runs the program to its end. */
export async function runCli(options: CliOptions): Promise<CliResult> {
  await using cli = startCli(options);
  return await cli.result;
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tesa-cli-"));
  // It keeps a developer's own `.env`, beside the app, out of the tests.
  writeFileSync(join(folder, ".env"), "");
  return folder;
}

function parseLines(text: string): Record<string, unknown>[] {
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      // Not every command writes JSON, and a test that wants it compares the number of messages.
      return [];
    }
  });
}

/** The platform in a box, with the environment of a client and a device to publish with. */
export interface Box extends AsyncDisposable {
  readonly platform: Platform;
  readonly token: string;
  readonly env: Readonly<Record<string, string>>;
  /** Publishes at QoS 1, as the device that the topic names, and waits for the PUBACK. */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options?: { readonly retain?: boolean },
  ): Promise<void>;
}

const DEVICES = ["g1", "g2"];

/** Starts a platform with one organisation, acme, and its devices g1 and g2. */
export async function openBox(options: PlatformOptions = {}): Promise<Box> {
  const platform = await startPlatform(options);
  const token = platform.tokens.issue({ organisation: "acme" });
  const clients = new Map<string, Promise<TestClient>>();
  // A token may subscribe to a device by name only if the platform knows it.
  const credentials = new Map(
    DEVICES.map((deviceId) => [deviceId, platform.devices.register({ organisation: "acme", deviceId })]),
  );
  const connect = async (deviceId: string) => {
    const client = new TestClient({ url: platform.urls.mqtts, caPath: platform.caCertPath });
    const { reasonCode } = await client.connect({ clientId: deviceId, ...credentials.get(deviceId) });
    if (reasonCode !== 0) throw new Error(`The device ${deviceId} was refused (${reasonCode}).`);
    return client;
  };
  return {
    platform,
    token,
    env: { MQTT_BROKER_URL: platform.urls.wss, MQTT_API_TOKEN: token, CA_CERT_PATH: platform.caCertPath },
    async publish(topic, payload, { retain = false } = {}) {
      const deviceId = topic.split("/")[1] ?? "";
      const connecting = clients.get(deviceId) ?? connect(deviceId);
      clients.set(deviceId, connecting);
      const client = await connecting;
      const { reasonCode = 0 } = await client.publish(topic, payload, { retain });
      if (reasonCode >= 0x80) throw new Error(`The message to ${topic} was refused (${reasonCode}).`);
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) await (await client)[Symbol.asyncDispose]();
      await platform.close();
    },
  };
}
