import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startProgram } from "@tesa/platform/testing";
import { expect, test } from "vitest";

/** What a copy of the app is started by. */
const START = fileURLToPath(new URL("../tesa.js", import.meta.url));
const APP = fileURLToPath(new URL("..", import.meta.url));

async function run(nodeArgs: readonly string[], args: readonly string[]) {
  await using program = startProgram({
    command: [process.execPath, "--conditions=tesa-source", ...nodeArgs, START, ...args],
    cwd: APP,
    env: {},
  });
  return await program.result;
}

test("tesa.js starts the program", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(await run([], ["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("tesa.js says in one line which Node is needed, where it is too old", async () => {
  const older = `Object.defineProperty(process, "versions", { value: { node: "20.19.5" } })`;
  const { code, stdout, stderr } = await run(
    ["--import", `data:text/javascript,${encodeURIComponent(older)}`],
    ["stream"],
  );
  expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
  expect(stderr).toMatch(/^tesa: Node 24 or newer is needed, and this is v\S+ \(.*\)\. Install it .*\n$/);
});
