import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readEnvironment, VARIABLES } from "@tesa/process";
import { readRelaySettings } from "@tesa/relay";
import { expect, test } from "vitest";
import { SERVER_VARIABLES } from "./settings.ts";

const APP = join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(join(APP, name), "utf8");
// The formatter aligns tables.
const readme = read("README.md").replaceAll(/ +/g, " ");
const own = SERVER_VARIABLES.slice(VARIABLES.length);

test.each(own)("README and .env.example have $name with its default", (variable) => {
  const row = readme.split("\n").find((line) => line.startsWith(`| \`${variable.name}\` |`));
  expect(row).toBeDefined();
  const line = new RegExp(`^(?:# )?${variable.name}=(.*)$`, "m").exec(read(".env.example"));
  expect(line).not.toBeNull();
  if (variable.default !== undefined) {
    expect(row).toContain(`| \`${variable.default}\` |`);
    expect(line?.[1]).toBe(variable.default);
  }
});

test(".env.example sets nothing that is not known, and is right but for the secret, which is yours to put in", async () => {
  const names = [...read(".env.example").matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(names.filter((name) => !SERVER_VARIABLES.some((variable) => variable.name === name))).toEqual([]);
  const environment = readEnvironment({
    env: {},
    variables: SERVER_VARIABLES,
    envFile: join(APP, ".env.example"),
  });
  const { problems } = await readRelaySettings(environment);
  expect(problems).toEqual([expect.stringContaining("TESA_RELAY_SECRET")]);
});
