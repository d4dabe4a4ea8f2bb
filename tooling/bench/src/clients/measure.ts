import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { endChild, nextMessage, startChild } from "../child.ts";
import type { Contender, Start } from "./contenders.ts";
import { readGroupUsage, tickUs } from "./process-group.ts";
import type { BoxAddress, FromBox, ToBox } from "./protocol.ts";

/** What a contender used for the messages of a run. */
export interface Measurement {
  /** CPU time for a message, in microseconds: all of its processes, from when it was ready to when all had come out. */
  readonly cpuUs: number;
  /** CPU time until it was ready, in milliseconds. */
  readonly startCpuMs: number;
  readonly peakBytes: number;
  readonly messagesPerSecond: number;
}

/** A box or client that says nothing for so long hangs. */
const TIMEOUT_MS = 300_000;
/** From the subscription on it may still be warming up. */
const SETTLE_MS = 500;
const STEP_MS = 20;

/** Runs a contender on so many messages. @throws Error when it ends early or a message does not come out of it */
export async function measure(contender: Contender, messages: number): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), "tesa-bench-client-"));
  const box = startChild(new URL("./box.ts", import.meta.url));
  let running: Running | undefined;
  try {
    const address = await nextMessage<FromBox & BoxAddress>(box, "The box", TIMEOUT_MS);
    if (contender.build !== undefined) await build(contender.build);
    const subscribed = nextMessage<FromBox>(box, "The box", TIMEOUT_MS);
    running = new Running(contender.name, await contender.start(address, folder), folder);
    await Promise.race([subscribed, running.early]);
    await pause(SETTLE_MS);
    return await measureRun(box, running, messages);
  } finally {
    await running?.kill();
    await endChild(box);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRun(box: ChildProcess, running: Running, messages: number): Promise<Measurement> {
  const tick = tickUs();
  const before = readGroupUsage(running.pid, tick);
  const startedAt = performance.now();
  const acknowledged = untilAcknowledged(box);
  box.send({ type: "publish", count: messages } satisfies ToBox);
  await Promise.race([acknowledged, running.early]);
  await Promise.race([running.untilOut(messages), running.early]);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = readGroupUsage(running.pid, tick);
  return {
    cpuUs: (after.cpuUs - before.cpuUs) / messages,
    startCpuMs: before.cpuUs / 1_000,
    peakBytes: after.peakBytes,
    messagesPerSecond: messages / seconds,
  };
}

async function untilAcknowledged(box: ChildProcess): Promise<void> {
  while ((await nextMessage<FromBox>(box, "The box", TIMEOUT_MS)).type !== "acknowledged");
}

async function build([cwd, program = "", ...args]: readonly string[]): Promise<void> {
  await promisify(execFile)(program, args, { cwd, maxBuffer: 64 * 1_048_576 });
}

/** A contender's process group, and a count of what comes out of it. */
class Running {
  readonly pid: number;
  /** Rejects when it ends by itself. */
  readonly early: Promise<never>;
  readonly #child: ChildProcess;
  readonly #reading = new AbortController();
  #out = 0;
  #stderr = "";
  #isWanted = true;

  constructor(name: string, { file, args, cwd, env, output }: Start, home: string) {
    this.#child = spawn(file, args, {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: home, TMPDIR: home, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // One group: what it starts itself counts too.
      detached: true,
    });
    this.pid = this.#child.pid ?? 0;
    if (output.type === "stdout") this.#out = -output.otherLines;
    this.#child.stdout?.on("data", (bytes: Buffer) => {
      if (output.type === "stdout") this.#out += countOf(bytes, NEWLINE);
    });
    this.#child.stderr?.on("data", (bytes: Buffer) => {
      this.#stderr = (this.#stderr + bytes.toString()).slice(-2_000);
    });
    this.early = new Promise((_, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => {
        if (this.#isWanted) reject(new Error(`${name} ended early (${code}).\n${this.#stderr}`));
      });
    });
    this.early.catch(() => {});
    if (output.type === "sse") void this.#listen(output.url, output.key);
  }

  async untilOut(count: number): Promise<void> {
    for (let waited = 0; this.#out < count; waited += STEP_MS) {
      if (waited > TIMEOUT_MS)
        throw new Error(`Only ${this.#out} of ${count} messages came out.\n${this.#stderr}`);
      await pause(STEP_MS);
    }
    if (this.#out > count) throw new Error(`${this.#out} messages came out, and ${count} were sent.`);
  }

  async kill(): Promise<void> {
    this.#isWanted = false;
    this.#reading.abort();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    process.kill(-this.pid, "SIGKILL");
    await ended;
  }

  /** Counts the events that are messages. */
  async #listen(url: string, key: string): Promise<void> {
    const { signal } = this.#reading;
    while (!signal.aborted) {
      try {
        const response = await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal });
        let rest = "";
        for await (const bytes of response.body ?? []) {
          const text = rest + Buffer.from(bytes).toString("latin1");
          this.#out += text.split(MESSAGE).length - 1;
          // The mark may come in two pieces.
          rest = text.slice(1 - MESSAGE.length);
        }
      } catch {
        // It does not listen yet.
        await pause(STEP_MS);
      }
    }
  }
}

const NEWLINE = 0x0a;
/** How the data of a message begins, and that of `state` and `gap` does not. */
const MESSAGE = 'data: {"seq":';

function countOf(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
