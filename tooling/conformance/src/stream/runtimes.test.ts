import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { openBox, until } from "./harness.ts";

const require = createRequire(import.meta.url);
const PROGRAM = fileURLToPath(new URL("small-program.ts", import.meta.url));
const CONDITION = "--conditions=tesa-source";

/** Each as the lockfile has it: what `node_modules/.bin/deno` starts is a wrapper around another program. */
const RUNTIMES = {
  Node: [process.execPath, CONDITION],
  Bun: [join(dirname(require.resolve("bun/package.json")), "bin/bun.exe"), CONDITION],
  Deno: [
    join(dirname(require.resolve("deno/package.json")), "deno"),
    "run",
    CONDITION,
    "--no-prompt",
    "--allow-env",
    "--allow-read",
    "--allow-net=127.0.0.1",
  ],
} satisfies Record<string, readonly string[]>;

test.each(Object.entries(RUNTIMES))(
  "on %s, a stream over wss has every message once and in order, through a cut of its connection",
  async (_, command) => {
    await using box = await openBox({ broker: { maxQueue: 5_000 } });
    await using program = startProgram({
      command: [...command, PROGRAM, "1000"],
      cwd: import.meta.dirname,
      env: {
        MQTT_API_TOKEN: box.token,
        MQTT_BROKER_URL: box.platform.urls.wss,
        CA_CERT_PATH: box.platform.caCertPath,
        MQTT_RECONNECT_PERIOD: "20",
        TESA_BROKER_QUEUE: "5000",
      },
    });
    await program.until("stderr", "live");
    const publishing = box.publish(1_000);
    await until("messages flow", () => box.platform.ledger.entries({ event: "acknowledged" }).length > 100);
    expect(box.platform.faults.dropConnections()).toBe(1);
    await publishing;
    const { code, stderr, stdout } = await program.result;
    expect(code).toBe(0);
    const published = box.platform.ledger.published.map(({ payload }) => new TextDecoder().decode(payload));
    expect(stdout.trim().split("\n")).toEqual(published);
    expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({
      received: 1_000,
      reconnects: 1,
      gaps: 0,
    });
  },
  60_000,
);
