import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryLog, decode, type Log } from "@tesa/core";
import { openSqliteLog } from "@tesa/log/sqlite";
import { describe, expect, test } from "vitest";
import { type PayloadInput, payloadBytes, readVectors } from "./read-vectors.ts";

interface Message extends PayloadInput {
  /** `null` for QoS 0. */
  readonly packetId: number | null;
  readonly topic: string;
  readonly dup?: boolean;
}

type Step =
  | { readonly connected: { readonly sessionPresent: boolean } }
  | { readonly restart: true }
  | { readonly message: Message };

interface RedeliveryInput {
  readonly receiveMaximum: number;
  readonly steps: readonly Step[];
}

type Verdict = "new" | "redelivered";

const VECTORS = readVectors<RedeliveryInput, readonly Verdict[]>("redelivery");

describe("redelivery, the log in memory", () => {
  test.each(VECTORS.filter(({ needs }) => needs === undefined))("$name", async ({ input, expected }) => {
    const log = createMemoryLog({ random: () => 0, receiveMaximum: input.receiveMaximum });
    expect(await verdicts(input.steps, log)).toEqual(expected);
  });
});

describe("redelivery, the log in SQLite", () => {
  test.each(VECTORS)("$name", async ({ input, expected }) => {
    const folder = mkdtempSync(join(tmpdir(), "tesa-vectors-"));
    const open = () => openSqliteLog({ path: join(folder, "log.db"), receiveMaximum: input.receiveMaximum });
    let log = await open();
    try {
      const restart = async () => {
        await log.close();
        log = await open();
        return log;
      };
      expect(await verdicts(input.steps, log, restart)).toEqual(expected);
    } finally {
      await log.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

async function verdicts(
  steps: readonly Step[],
  first: Log,
  restart?: () => Promise<Log>,
): Promise<Verdict[]> {
  let log = first;
  const found: Verdict[] = [];
  for (const step of steps) {
    if ("connected" in step) await log.connected(step.connected);
    else if ("message" in step) found.push(await append(log, step.message));
    else if (restart !== undefined) log = await restart();
    else throw new Error("This log does not outlive its process.");
  }
  return found;
}

async function append(log: Log, message: Message): Promise<Verdict> {
  const { packetId, topic, dup = false } = message;
  const qos = packetId === null ? 0 : 1;
  const decoded = decode({ topic, payload: payloadBytes(message), qos, retained: false, receivedAt: 1 });
  const { redelivered } = await log.append([
    { message: decoded, packetId: packetId ?? undefined, duplicate: dup },
  ]);
  return redelivered.length === 0 ? "new" : "redelivered";
}
