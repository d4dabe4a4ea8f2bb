#!/usr/bin/env node
import { silenceDebugOutput } from "@tesa/process/silence";

silenceDebugOutput();
// Only now: what this imports looks at the environment as it is imported.
const { main } = await import("./program.ts");
await main(process.argv.slice(2));
