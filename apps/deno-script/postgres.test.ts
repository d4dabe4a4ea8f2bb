import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openBox, startProgram } from "@tesa/platform/testing";
import { mirroredPayloads, startPostgres } from "@tesa/postgres/testing";
import { expect, onTestFinished, test } from "vitest";

const APP = import.meta.dirname;
const DENO = join(dirname(createRequire(import.meta.url).resolve("deno/package.json")), "deno");
const TOPIC = "device/g1/telemetry/temperature";

/** The task `log`, with the hosts and files of a test in the place of those that are in it. */
function command(hosts: readonly string[], folder: string, ca: string): string[] {
  const { tasks } = JSON.parse(readFileSync(join(APP, "deno.json"), "utf8"));
  const [, ...args] = tasks.log.command.split(" ") as string[];
  return [
    DENO,
    ...args.map((arg) => {
      if (arg.startsWith("--allow-net=")) return `--allow-net=${hosts.join(",")}`;
      if (arg.startsWith("--allow-read=")) return `--allow-read=.env,${ca},${folder}`;
      return arg.startsWith("--allow-write=") ? `--allow-write=${folder}` : arg;
    }),
  ];
}

test("PostgreSQL has each message as one row, although the script is killed and the server stops in the middle", async () => {
  await using postgres = await startPostgres();
  await using box = await openBox();
  const folder = mkdtempSync(join(tmpdir(), "tesa-deno-postgres-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const hosts = [new URL(box.platform.urls.wss).host, `${postgres.host}:${postgres.port}`];
  const env = {
    ...box.env,
    NO_COLOR: "1",
    TESA_LOG: `sqlite:${join(folder, "telemetry.db")}`,
    TESA_POSTGRES_URL: postgres.connectionString,
  };
  const start = () =>
    startProgram({ command: command(hosts, folder, box.platform.caCertPath), cwd: APP, env });
  await using first = start();
  await first.until("stderr", "live");
  for (let value = 1; value <= 20; value += 1) await box.publish(TOPIC, String(value));
  await expect.poll(() => mirroredPayloads(postgres.connectionString), { timeout: 20_000 }).not.toEqual([]);
  first.child.kill("SIGKILL");
  await first.result;
  await postgres.stop();
  for (let value = 21; value <= 40; value += 1) await box.publish(TOPIC, String(value));
  await using second = start();
  await second.until("stdout", '"payload":40');
  await postgres.start();
  const all = Array.from({ length: 40 }, (_, index) => index + 1);
  await expect
    .poll(() => mirroredPayloads(postgres.connectionString), { timeout: 60_000, interval: 200 })
    .toEqual(all);
  second.child.kill("SIGTERM");
  const { code, stderr } = await second.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/\d+ mirrored/);
}, 120_000);
