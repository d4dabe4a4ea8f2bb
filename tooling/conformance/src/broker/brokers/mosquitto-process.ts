import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";

const PLUGIN = "mosquitto_dynamic_security.so";
const START_TIMEOUT_MS = 10_000;

/** Debian puts the broker where an ordinary user's PATH does not look. */
function searchPath(): string {
  return [process.env.PATH, "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"].join(delimiter);
}

/** Its version, as `mosquitto -h` says it. @throws Error where the binary is missing */
export function mosquittoVersion(path: string = searchPath()): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("mosquitto", ["-h"], {
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", (cause) =>
      reject(
        new Error(
          "mosquitto is missing: there is no command `mosquitto`. Install it (Debian's package is called mosquitto) or use another broker.",
          { cause },
        ),
      ),
    );
    // The exit code of its help is not 0.
    child.on("close", () => resolve(/version (\S+)/.exec(output)?.[1] ?? "unknown"));
  });
}

/** Where the dynamic security plugin lies. @throws Error where it is missing */
export function findPlugin(): string {
  for (const folder of pluginFolders()) {
    if (list(folder).includes(PLUGIN)) return join(folder, PLUGIN);
  }
  throw new Error(
    `mosquitto is not whole: its plugin ${PLUGIN} is in none of ${pluginFolders().join(", ")}.`,
  );
}

function pluginFolders(): string[] {
  const multiarch = list("/usr/lib").filter((name) => name.includes("-linux-"));
  return [
    ...multiarch.map((name) => join("/usr/lib", name)),
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/opt/homebrew/lib",
  ];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder that is not there holds nothing.
    return [];
  }
}

/** A mosquitto that runs. */
export interface MosquittoProcess {
  stop(): Promise<void>;
}

/** Starts mosquitto with this file and waits until both ports answer. @throws Error with what it said when it ends */
export async function runMosquitto(configPath: string, ports: readonly number[]): Promise<MosquittoProcess> {
  const child = spawn("mosquitto", ["-c", configPath], {
    env: { ...process.env, PATH: searchPath() },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const killWithParent = () => child.kill("SIGKILL");
  process.once("exit", killWithParent);
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  }).finally(() => process.off("exit", killWithParent));
  const stop = async () => {
    if (isRunning(child)) child.kill("SIGTERM");
    await ended;
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (const port of ports) {
    while (!(await answers(port)) && isRunning(child) && Date.now() < deadline);
  }
  // It may have ended although somebody answers: then the port is another process's.
  if (isRunning(child) && Date.now() < deadline) return { stop };
  await stop();
  throw new Error(`mosquitto did not start: ${complaint.trim()}`);
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Whether something takes connections there; after a "no" it waits a moment. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => setTimeout(resolve, 20, false));
  });
}
