import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { findRuntime, programOf, readManifest } from "@tesa/conformance/apps/programs";
import { openBox, type RunningProgram, SECRET, startProgram, startReceiver } from "@tesa/platform/testing";
import { beforeAll, describe, expect, test } from "vitest";

const BUILD_MS = 300_000;
const TEST_MS = 60_000;
const manifest = readManifest(import.meta.dirname);
const isHere = (await findRuntime(manifest)).type === "present";

/** What the black-box suite does not ask of a webhook. */
describe.skipIf(!isHere)("the webhook of the C client", () => {
  beforeAll(async () => {
    const [program = "", ...args] = manifest.build ?? [];
    await promisify(execFile)(program, args, { cwd: manifest.folder });
  }, BUILD_MS);

  test(
    "parts a refused batch until the bad message stands alone, and buries that",
    async () => {
      await using log = await fillLog(["1", "2", '"bad"', "4", "5"]);
      await using receiver = await startReceiver();
      receiver.answer = ({ payloads }) => (payloads.includes("bad") ? 422 : 204);
      await using app = await log.start(receiver.url);
      await expect.poll(() => receiver.taken, { timeout: TEST_MS }).toEqual([1, 2, 4, 5]);
      await app.until("stderr", "1 dead letters, from seq 3: answered 422");
      expect(await stop(app)).toBe(0);
      expect(log.deadLetters()).toEqual([{ seq: 3, reason: "answered 422" }]);
      expect(app.stderr).not.toContain("PATHSECRET");
    },
    TEST_MS,
  );

  test(
    "asks no other place where a redirect leads, and says that it waits",
    async () => {
      await using log = await fillLog(["1"]);
      await using elsewhere = await startReceiver();
      await using webhook = await listen((_, response) =>
        response.writeHead(302, { location: elsewhere.url }).end(),
      );
      await using app = await log.start(webhook.url);
      await app.until("stderr", "answered 302. Next try in 300 s.");
      expect(await stop(app)).toBe(0);
      expect(elsewhere.requests).toEqual([]);
    },
    TEST_MS,
  );

  test(
    "ends with 0 while a webhook does not answer",
    async () => {
      await using log = await fillLog(["1"]);
      let asked = 0;
      await using webhook = await listen(() => {
        asked += 1;
      });
      await using app = await log.start(webhook.url);
      await expect.poll(() => asked, { timeout: TEST_MS }).toBe(1);
      expect(await stop(app)).toBe(0);
    },
    TEST_MS,
  );
});

/** A log that a run without a webhook has filled, so that the next run finds all of it at once. */
async function fillLog(payloads: readonly string[]) {
  const box = await openBox();
  const folder = mkdtempSync(join(tmpdir(), "tesa-c-webhook-"));
  const path = join(folder, "log.db");
  const { file } = await programOf(manifest);
  const run = (env: Readonly<Record<string, string>>, ...args: string[]) =>
    startProgram({
      command: [file, ...args],
      cwd: manifest.folder,
      env: { ...box.env, TESA_LOG: `sqlite:${path}`, ...env },
    });
  await using app = run({}, "--count", String(payloads.length));
  await app.until("stderr", "live:");
  for (const payload of payloads) await box.publish("device/g1/telemetry/t", payload);
  expect((await app.result).code).toBe(0);
  return {
    start: async (url: string) => run({ TESA_WEBHOOK_URL: url, TESA_WEBHOOK_SECRET: SECRET }),
    deadLetters() {
      using db = new DatabaseSync(path, { readOnly: true });
      return db
        .prepare("SELECT seq, reason FROM dead_letter")
        .all()
        .map((row) => ({ ...row }));
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      await box[Symbol.asyncDispose]();
    },
  };
}

async function stop(app: RunningProgram): Promise<number | null> {
  app.child.kill("SIGTERM");
  return (await app.result).code;
}

async function listen(handler: RequestListener) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
