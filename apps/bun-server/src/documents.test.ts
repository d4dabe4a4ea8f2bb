import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readEnvironment, VARIABLES } from "@tesa/process";
import { expect, test } from "vitest";
import { RELAY_VARIABLES, readRelaySettings } from "./relay-settings.ts";

const APP = join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(join(APP, name), "utf8");
// The formatter aligns tables.
const readme = read("README.md").replaceAll(/ +/g, " ");
const variables = [...VARIABLES, ...RELAY_VARIABLES];

test.each([...RELAY_VARIABLES])("README and .env.example have $name with its default", (variable) => {
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
  expect(names.filter((name) => !variables.some((variable) => variable.name === name))).toEqual([]);
  const environment = readEnvironment({ env: {}, variables, envFile: join(APP, ".env.example") });
  const { problems } = await readRelaySettings(environment);
  expect(problems).toEqual([expect.stringContaining("TESA_RELAY_SECRET")]);
});
