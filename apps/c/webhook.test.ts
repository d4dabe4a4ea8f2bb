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
    "lists dead letters, sends them again and discards them",
    async () => {
      await using log = await fillLog(["1", "2", "3", "4"]);
      await using receiver = await startReceiver();
      receiver.answer = ({ payloads }) => (payloads.some((one) => Number(one) > 1) ? 422 : 204);
      await using app = await log.start(receiver.url);
      await app.until("stderr", /seq 2: [\s\S]*seq 3: [\s\S]*seq 4: /);
      const webhook = async (...words: string[]) => {
        await using running = log.webhook(receiver.url, ...words);
        return await running.result;
      };
      const listed = await webhook("list");
      expect(listed.code).toBe(0);
      expect(
        listed.stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ).toMatchObject([
        { id: 1, reason: "answered 422", message: { seq: 2, payload: 2, deviceId: "g1" } },
        { id: 2, message: { seq: 3, payload: 3 } },
        { id: 3, message: { seq: 4, payload: 4 } },
      ]);
      // A stream may run while they are listed, and not while they are changed.
      expect(await webhook("replay", "--all")).toMatchObject({ code: 74 });
      expect(await stop(app)).toBe(0);
      receiver.answer = ({ payloads }) => (payloads.includes(3) ? 422 : 204);
      const some = await webhook("replay", "1", "2");
      expect(some).toMatchObject({ code: 74 });
      expect(some.stderr).toMatch(/2 was refused again: answered 422[\s\S]*1 delivered, 1 refused/);
      expect(log.deadLetters()).toMatchObject([{ seq: 3 }, { seq: 4 }]);
      receiver.answer = () => 503;
      expect(await webhook("replay", "--all")).toMatchObject({ code: 74 });
      expect(await webhook("replay", "1")).toMatchObject({ code: 64 });
      for (const wrong of [
        [],
        ["send"],
        ["replay"],
        ["replay", "1", "--all"],
        ["discard", "0"],
        ["list", "1"],
      ]) {
        expect(await webhook(...wrong)).toMatchObject({ code: 64 });
      }
      expect(await webhook("discard", "2")).toMatchObject({ code: 0 });
      receiver.answer = () => 204;
      expect(await webhook("replay", "--all")).toMatchObject({ code: 0 });
      expect(receiver.taken).toEqual([1, 2, 4]);
      expect((await webhook("list")).stderr).toContain("there are no dead letters");
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
    webhook: (url: string, ...words: string[]) =>
      run({ TESA_WEBHOOK_URL: url, TESA_WEBHOOK_SECRET: SECRET }, "webhook", ...words),
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
