import { readFileSync } from "node:fs";
import { parseConfig } from "@tesa/core/config";
import { readEnvironment, VARIABLES } from "@tesa/process";
import { expect, test } from "vitest";
import { runCli } from "./testing/cli.ts";

const file = (name: string) => new URL(`../${name}`, import.meta.url).pathname;
// The formatter aligns tables.
const readme = readFileSync(file("README.md"), "utf8").replaceAll(/ +/g, " ");
const example = readFileSync(file(".env.example"), "utf8");

test.each([...VARIABLES])("README and .env.example have $name with its default", (variable) => {
  const row = readme.split("\n").find((line) => line.startsWith(`| \`${variable.name}\` |`));
  expect(row).toBeDefined();
  const line = new RegExp(`^(?:# )?${variable.name}=(.*)$`, "m").exec(example);
  expect(line).not.toBeNull();
  if (variable.default !== undefined) {
    expect(row).toContain(`| \`${variable.default}\` |`);
    expect(line?.[1]).toBe(variable.default);
  }
});

test(".env.example is right but for the token, which is yours to put in", () => {
  const { record } = readEnvironment({ flags: {}, env: {}, envFile: file(".env.example") });
  expect(() => parseConfig(record)).toThrow(/has a problem:\nMQTT_API_TOKEN is a placeholder/);
  const token = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
  expect(parseConfig({ ...record, MQTT_API_TOKEN: token }).filters).toEqual(["device/+/telemetry/#"]);
});

const rowsOf = (text: string) =>
  /A line of JSON has these keys:\n\n((?:\|.*\n)+)/
    .exec(text)?.[1]
    ?.replaceAll(/ +/g, " ")
    .replaceAll(/-{3,}/g, "---");

test.each(["python", "rust", "c"])(
  "the README of %s, which is all that a copy has, knows the same keys",
  (app) => {
    const keys = rowsOf(readFileSync(file(`../${app}/README.md`), "utf8"));
    expect(keys).toContain("| `seq` |");
    expect(keys).toBe(rowsOf(readme));
  },
);

test("every flag that the README names exists", async () => {
  const commands = [
    ["stream"],
    ["history"],
    ["replay"],
    ["webhook", "list"],
    ["webhook", "replay"],
    ["relay", "key"],
  ];
  const help = await Promise.all(commands.map((args) => runCli({ args: [...args, "--help"] })));
  const text = help.map(({ stdout }) => stdout).join("");
  const flags = new Set([...readme.matchAll(/(?<=[ `])--[a-z][a-z-]+/g)].map(([flag]) => flag));
  // pnpm's own.
  flags.delete("--silent");
  flags.delete("--help");
  // Node's own.
  flags.delete("--env-file");
  expect(flags.size).toBeGreaterThan(8);
  for (const flag of flags) expect(text).toContain(flag);
});
