import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningProgram } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { runCli, startCli } from "../testing/cli.ts";

test("tesa demo --duration ends by itself with 0, and its last lines say how many messages came", async () => {
  const { code, messages, stderr } = await runCli({ args: ["demo", "--duration", "3", "--rate", "20"] });
  expect(code).toBe(0);
  expect(messages.length).toBeGreaterThan(20);
  expect(new Set(messages.map(({ deviceId }) => deviceId)).size).toBe(8);
  const lines = stderr.trimEnd().split("\n");
  expect(lines.at(-1)).toContain(`${messages.length} messages came from 8 simulated devices`);
  expect(lines.at(-2)).toMatch(new RegExp(`^tesa: ${messages.length} messages in `));
});

test("tesa demo says first what is seen and what to do next", async () => {
  const { stderr } = await runCli({ args: ["demo", "--duration", "0.5", "--rate", "50"] });
  const introduction = stderr.slice(0, stderr.indexOf("tesa: connecting"));
  for (const part of ["MQTT_API_TOKEN", "tesa stream", "tesa doctor", "tesa platform", "Ctrl-C"]) {
    expect(introduction).toContain(part);
  }
});

test("the link in the first screen of tesa demo leads to the dashboard and to a relay with the devices' messages", async () => {
  await using cli = startCli({ args: ["demo", "--rate", "20"] });
  await cli.until("stdout", "\n");
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(cli.stderr)?.[0] ?? "";
  const listed = async () => (await (await fetch(`${url}/v1/devices`)).json()) as { devices: unknown[] };
  await expect.poll(async () => (await listed()).devices.length, { timeout: 10_000 }).toBe(8);
  const page = await fetch(url);
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  expect(await page.text()).toContain('<div id="root">');
}, 60_000);

test("the settings of this machine have no part in tesa demo", async () => {
  const env = {
    MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
    MQTT_BROKER_URL: "wss://broker.invalid/mqtt",
    MQTT_TOPIC: "device/mine/telemetry/#",
    TESA_PROTOCOL_VERSION: "9",
  };
  const { code, messages } = await runCli({ args: ["demo", "--duration", "1", "--rate", "20"], env });
  expect(code).toBe(0);
  expect(messages.length).toBeGreaterThan(5);
});

test("tesa demo fails when no message came in the time given", async () => {
  const { code, stderr } = await runCli({
    args: ["demo", "--duration", "0.1", "--rate", "0.1", "--devices", "1"],
  });
  expect(code).toBe(69);
  expect(stderr).toContain("No message came in that time.");
});

/** Processes are looked at by /proc, which Linux has. */
const onLinux = test.runIf(existsSync("/proc/self/stat"));

onLinux.each(["SIGINT", "SIGTERM"] as const)(
  "%s to tesa demo alone ends its child too, with 0",
  async (signal) => {
    await using cli = await liveDemo();
    const children = childrenOf(cli.child.pid);
    expect(children).toHaveLength(1);
    cli.child.kill(signal);
    const { code, stderr } = await cli.result;
    expect(code).toBe(0);
    expect(stderr).toMatch(/\d+ messages came/);
    expect(children.filter(isAlive)).toEqual([]);
  },
);

onLinux("Ctrl-C, which reaches every process of a terminal, ends tesa demo with 0", async () => {
  await using cli = await liveDemo();
  const [child = 0] = childrenOf(cli.child.pid);
  process.kill(child, "SIGINT");
  cli.child.kill("SIGINT");
  const { code, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/\d+ messages came/);
  expect(isAlive(child)).toBe(false);
});

onLinux("closing the terminal ends tesa demo, and its data folder goes", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "tesa-demo-test-"));
  await using cli = startCli({ args: ["demo", "--rate", "20"], env: { TMPDIR: temporary } });
  await cli.until("stdout", "\n");
  const folders = () => readdirSync(temporary).filter((name) => name.startsWith("tesa-platform-"));
  expect(folders()).toHaveLength(1);
  const [child = 0] = childrenOf(cli.child.pid);
  process.kill(child, "SIGHUP");
  cli.child.kill("SIGHUP");
  await cli.result;
  expect(folders()).toEqual([]);
  expect(isAlive(child)).toBe(false);
  rmSync(temporary, { recursive: true });
});

onLinux("when tesa demo is killed, its child ends by itself", async () => {
  await using cli = await liveDemo();
  const [child = 0] = childrenOf(cli.child.pid);
  expect(isAlive(child)).toBe(true);
  cli.child.kill("SIGKILL");
  await expect.poll(() => isAlive(child), { timeout: 5_000 }).toBe(false);
});

async function liveDemo(): Promise<RunningProgram> {
  const cli = startCli({ args: ["demo", "--rate", "20"] });
  await cli.until("stdout", "\n");
  return cli;
}

/** The children of a process. */
function childrenOf(parent: number | undefined): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    // The name before it, in parentheses, may hold spaces.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(parent);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
