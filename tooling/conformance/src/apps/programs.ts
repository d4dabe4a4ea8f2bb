// What other tools need to start the apps, without the suite.
export { type Manifest, readManifest } from "./manifest.ts";
export { type Program, programOf, RELAY_SECRET } from "./program.ts";
export { relayKey } from "./relay-reader.ts";
export { findRuntime, ROOT, type Runtime } from "./runtimes.ts";
