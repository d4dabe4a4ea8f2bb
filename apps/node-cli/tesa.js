#!/usr/bin/env node
// JavaScript that old versions of Node read, too: one that cannot run TypeScript gets this far, and says so.
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const [needed] = /\d+/.exec(engines.node) ?? [];

if (Number.parseInt(process.versions.node, 10) >= Number(needed)) {
  await import("./src/main.ts");
} else {
  process.stderr.write(
    `tesa: Node ${needed} or newer is needed, and this is ${process.version} (${process.execPath}). ` +
      `Install it from https://nodejs.org, or change to it, such as by: nvm install ${needed}\n`,
  );
  process.exitCode = 78;
}
