import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLog } from "@tesa/log/sqlite";
import { expect, test } from "vitest";
import { type Box, openBox, startCli } from "../testing/cli.ts";

const TEMPERATURE = "device/g1/telemetry/temperature";

/** A folder that goes with the test. */
function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tesa-log-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** The payloads in a log, in order. */
async function stored(path: string): Promise<string[]> {
  await using log = await openSqliteLog({ path, readOnly: true });
  const { messages } = await log.read({ limit: 10_000 });
  return messages.map(({ payload }) => Buffer.from(payload).toString());
}

function acknowledged(box: Box): string[] {
  const entries = box.platform.ledger.entries({ event: "acknowledged" });
  return entries.map(({ payload }) => Buffer.from(payload).toString());
}

test("tesa stream --log keeps every message, shows those of this run, and says so at the end", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const path = join(folder.path, "telemetry.db");
  for (const run of [1, 2]) {
    await using cli = startCli({ args: ["stream", "--count", "2", "--log", `sqlite:${path}`], env: box.env });
    await cli.until("stderr", "live");
    await box.publish(TEMPERATURE, String(2 * run - 1));
    await box.publish(TEMPERATURE, String(2 * run));
    const { code, messages, stderr } = await cli.result;
    expect(code).toBe(0);
    expect(messages.map(({ seq, payload }) => [seq, payload])).toEqual([
      [2 * run - 1, 2 * run - 1],
      [2 * run, 2 * run],
    ]);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
      /^tesa: 2 messages in [\d.]+ s; 2 received, 2 stored, 0 redelivered, 0 reconnects, 0 gaps$/,
    );
  }
  expect(await stored(path)).toEqual(["1", "2", "3", "4"]);
  expect(acknowledged(box)).toEqual(["1", "2", "3", "4"]);
});
