import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openBox, until } from "./harness.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** The first TypeScript example of a Markdown file. */
function exampleOf(path: string): string {
  const example = /```ts\n(?<code>.*?)```/su.exec(readFileSync(`${root}/${path}`, "utf8"))?.groups?.code;
  if (example === undefined) throw new Error(`${path} has no example.`);
  return example;
}

const READMES = ["README.md", "packages/core/README.md"];

/** How an example is run, with no more in its environment than is given. */
function runExample(path: string, env: NodeJS.ProcessEnv, stderr: number | "pipe") {
  return spawn(
    process.execPath,
    ["--conditions=tesa-source", "--input-type=module-typescript", "--eval", exampleOf(path)],
    {
      cwd: `${root}/tooling/conformance`,
      stdio: ["ignore", "pipe", stderr],
      env: { PATH: process.env.PATH, ...env },
    },
  );
}

test.each(READMES)(
  "the example of %s prints readings, and the token nowhere, DEBUG=* included",
  async (path) => {
    await using box = await openBox();
    const folder = mkdtempSync(join(tmpdir(), "tesa-readme-"));
    // Into a file, since what is on its way through a pipe is lost when the process is ended.
    const stderrPath = join(folder, "stderr");
    const stderr = openSync(stderrPath, "w");
    const child = runExample(
      path,
      {
        MQTT_API_TOKEN: box.token,
        MQTT_BROKER_URL: box.platform.urls.wss,
        NODE_EXTRA_CA_CERTS: box.platform.caCertPath,
        DEBUG: "*",
        NODE_DEBUG: "*",
      },
      stderr,
    );
    closeSync(stderr);
    const closed = once(child, "close");
    let stdout = "";
    try {
      child.stdout?.on("data", (chunk) => {
        stdout += chunk;
      });
      // Whoever starts it sees that it is on its way before the first message comes.
      await until("told that it is live", () => readFileSync(stderrPath, "utf8").includes("\nlive\n"));
      await until("subscribed", () =>
        box.platform.clients().some(({ subscriptions }) => subscriptions.length > 0),
      );
      await box.publish(3);
      await until("three messages printed", () => (stdout.match(/press-1/g) ?? []).length >= 3);
    } finally {
      child.kill();
      await closed;
    }
    const output = stdout + readFileSync(stderrPath, "utf8");
    rmSync(folder, { recursive: true });
    // The debug output of everything else is there; only the token is not.
    expect(output.length).toBeGreaterThan(10_000);
    for (const form of [
      box.token,
      Buffer.from(box.token).toString("base64"),
      Buffer.from(box.token).toString("hex"),
    ]) {
      expect(output).not.toContain(form);
    }
  },
);

test.each(READMES)(
  "the example of %s ends with one line and the exit code for a refused token",
  async (path) => {
    await using box = await openBox();
    const { code, stderr } = await outcomeOf(path, {
      MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
      MQTT_BROKER_URL: box.platform.urls.wss,
      CA_CERT_PATH: box.platform.caCertPath,
    });
    expect(stderr).toMatch(/^connecting\n(?:.*\n)*The broker refused the token: .*\n$/m);
    expect(stderr.match(/refused/g)).toHaveLength(1);
    expect(stderr).not.toContain("FAKE");
    expect(code).toBe(77);
  },
);

test.each(READMES)("the example of %s says what is missing in its configuration", async (path) => {
  const { code, stderr } = await outcomeOf(path, {});
  expect(stderr).toMatch(/^The configuration has .*\nMQTT_API_TOKEN is not set: .*\n$/);
  expect(code).toBe(78);
});

async function outcomeOf(path: string, env: NodeJS.ProcessEnv) {
  const child = runExample(path, env, "pipe");
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code, stderr };
}
