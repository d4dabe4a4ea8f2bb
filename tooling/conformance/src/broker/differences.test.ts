import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BOX_LACKS } from "./brokers/box.ts";
import { MOSQUITTO_LACKS } from "./brokers/mosquitto.ts";
import { allCapabilities, CAPABILITIES } from "./capabilities.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The rows of the README's table of differences, by capability: it is the one table of four columns. */
const ROWS = new Map(
  README.split("\n")
    .filter((line) => /^\| `[a-z0-9-]+` +\|/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 6)
    .map(([, name = "", ...cells]) => [name.replaceAll("`", ""), cells] as const),
);

describe("the README's table of differences", () => {
  test("has a row for each capability, and no other", () => {
    expect([...ROWS.keys()]).toEqual(allCapabilities());
  });

  test.each(allCapabilities())("says of %s what it is, and where box and mosquitto differ", (capability) => {
    const [meaning, box, mosquitto] = ROWS.get(capability) ?? [];
    expect(meaning).toBe(CAPABILITIES[capability]);
    expect(box).toBe(BOX_LACKS[capability] ?? "as EMQX");
    expect(mosquitto).toBe(MOSQUITTO_LACKS[capability] ?? "as EMQX");
  });
});
