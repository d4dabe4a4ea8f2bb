import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appFolder } from "../scripts/bundle.ts";
import { SECRET, until } from "./edge.ts";

/** Node's own, so that no variable of the runner of these tests is taken for one of the command's. */
const start = [process.execPath, "--conditions=tesa-source", "scripts/start.ts"];

test.each([
  ["node", start],
  ["npm", ["npm", "start"]],
  ["npm and its shell in another npm", ["npm", "exec", "--offline", "-c", "npm start"]],
])(
  "SIGTERM to %s ends the relay and workerd",
  async (_, [program = "", ...args]) => {
    const folder = mkdtempSync(join(tmpdir(), "tesa-edge-start-"));
    const child = spawn(program, args, {
      cwd: appFolder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        TMPDIR: process.env.TMPDIR,
        PORT: "0",
        MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
        TESA_RELAY_SECRET: SECRET,
        TESA_EDGE_STORAGE: folder,
      },
      // A group of its own: what is left of it can be ended, whatever becomes of this test.
      detached: true,
    });
    let output = "";
    // Closed when the last process that could write there has ended: workerd, too.
    const closed = Promise.all([child.stdout, child.stderr].map((pipe) => once(pipe, "close")));
    for (const pipe of [child.stdout, child.stderr]) {
      pipe.on("data", (chunk) => {
        output += chunk;
      });
    }
    try {
      const url = () => /listens on (http:\S+)/.exec(output)?.[1];
      await until("ready", () => url() !== undefined || child.exitCode !== null, 60_000);
      expect((await fetch(new URL("/healthz", url()))).status).toBe(200);
      child.kill("SIGTERM");
      const end = await Promise.race([
        closed.then(() => "all have ended"),
        new Promise((resolve) => setTimeout(resolve, 15_000, "somebody goes on")),
      ]);
      expect(end, output).toBe("all have ended");
      await expect(fetch(new URL("/healthz", url()))).rejects.toThrow();
    } finally {
      endGroup(child.pid ?? 0);
      await closed;
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nothing is left of it.
  }
}
