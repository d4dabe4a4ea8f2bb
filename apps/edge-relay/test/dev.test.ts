import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBox } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { appFolder } from "../scripts/bundle.ts";
import { makeKey, SECRET, until } from "./edge.ts";
import { openEvents } from "./event-client.ts";

test("`dev` runs the Worker with the settings of a file, against the platform in a box over wss, and ends when told to", async () => {
  await using box = await openBox();
  const folder = mkdtempSync(join(tmpdir(), "tesa-edge-dev-"));
  const vars = { ...box.env, TESA_RELAY_SECRET: SECRET };
  const file = join(folder, "vars");
  writeFileSync(
    file,
    Object.entries(vars)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
  const settings = [
    "--env-file",
    file,
    "--persist-to",
    folder,
    "--ip",
    "127.0.0.1",
    "--port",
    "0",
    "--inspector-port",
    "0",
  ];
  const child = spawn(process.execPath, ["--conditions=tesa-source", "scripts/dev.ts", ...settings], {
    cwd: appFolder,
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: process.env.TMPDIR },
  });
  const ended = once(child, "exit");
  let output = "";
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on("data", (chunk) => {
      output += chunk;
    });
  }
  try {
    const ready = () => /Ready on (http:\S+)/.exec(output)?.[1];
    await until("ready", () => ready() !== undefined || child.exitCode !== null, 60_000).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${output}`);
      },
    );
    await using client = openEvents(new URL("/v1/stream", ready()), await makeKey());
    await until("live", () => client.notices.some(({ data }) => data.type === "live"));
    await box.publish("device/g1/telemetry/temperature", '{"value":7}');
    await until("the event", () => client.events.length > 0);
    expect(client.events[0]?.data.payload).toEqual({ value: 7 });
  } finally {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  expect(output).not.toContain(box.token);
}, 120_000);
