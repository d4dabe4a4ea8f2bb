import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

const copyApp = (...args: string[]) => {
  const command = ["--conditions=tesa-source", "--", MAIN, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, stdout, stderr };
};

test.each(["--help", "-h"])("copy-app %s shows how it is used, and ends with 0", (flag) => {
  const { status, stdout, stderr } = copyApp(flag);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^Usage: copy-app <app> <folder>[\s\S]*node-cli/);
});

test.each<[string, string[]]>([
  ["nothing", []],
  ["no folder", ["node-cli"]],
  ["an unknown flag", ["--force", "node-cli"]],
])("copy-app with %s is wrong usage: 64", (_, args) => {
  const { status, stdout, stderr } = copyApp(...args);
  expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
  expect(stderr).toMatch(/^Usage: copy-app <app> <folder>/);
});
