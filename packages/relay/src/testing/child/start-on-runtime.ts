import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TelemetryLog } from "@tesa/log";
import type { ServedRelay, ServeOptions } from "../served-relay.ts";
import { type Answer, type Ask, readLine, writeLine } from "./message.ts";

const require = createRequire(import.meta.url);
const PROGRAM = fileURLToPath(new URL("./main.ts", import.meta.url));
const CONDITION = "--conditions=tesa-source";

/** Each as the lockfile has it: what `node_modules/.bin/deno` starts is a wrapper around another program. */
const COMMANDS = {
  Bun: [join(dirname(require.resolve("bun/package.json")), "bin/bun.exe"), CONDITION],
  Deno: [
    join(dirname(require.resolve("deno/package.json")), "deno"),
    "run",
    CONDITION,
    "--no-prompt",
    "--allow-net=127.0.0.1",
    "--allow-read",
    "--allow-env",
  ],
} as const;

/** Starts a relay in a process of that runtime. */
export async function startOnRuntime(
  runtime: keyof typeof COMMANDS,
  options: ServeOptions,
): Promise<ServedRelay> {
  const [file, ...flags] = COMMANDS[runtime];
  const child = spawn(file, [...flags, PROGRAM], {
    env: { PATH: process.env.PATH },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let trouble = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    trouble += text;
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = readLine<Answer>(line);
    waiting.get(answer.number)?.(answer);
    waiting.delete(answer.number);
  });
  void ended.then(() => {
    for (const [number, resolve] of waiting) resolve({ number, error: `${runtime} has ended: ${trouble}` });
  });
  let calls = 0;
  // What comes back is what the other process was asked for.
  const call = async <Value>(ask: Ask): Promise<Value> => {
    calls += 1;
    const number = calls;
    const answered = new Promise<Answer>((resolve) => waiting.set(number, resolve));
    child.stdin.write(writeLine({ number, ask }));
    const { value, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return value as Value;
  };
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  child.stdin.on("error", () => {});
  try {
    const { port, epoch } = await call<{ port: number; epoch: string }>({ type: "serve", options });
    const log: ServedRelay["log"] = {
      epoch,
      append: (entries) => call({ type: "append", entries }),
      read: (query = {}) => call({ type: "read", query }),
      recordGap: (gap) => call({ type: "gap", gap }),
    } satisfies Pick<TelemetryLog, "append" | "read" | "recordGap" | "epoch">;
    return {
      log,
      port,
      url: `http://127.0.0.1:${port}`,
      clients: () => call({ type: "clients" }),
      failures: () => call({ type: "failures" }),
      closeRelay: () => call({ type: "close" }),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
