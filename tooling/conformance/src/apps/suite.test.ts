import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CASES } from "./cases/index.ts";
import type { Manifest } from "./manifest.ts";
import { attempt } from "./suite.ts";

/** It waits in vain, up to its own limit. */
const TIMEOUT_MS = 90_000;
const FOLDER = fileURLToPath(new URL("./testing", import.meta.url));

const CARELESS: Manifest = {
  folder: FOLDER,
  client: "careless",
  title: "Careless",
  requires: "node",
  start: ["node", "careless-client.ts"],
  capabilities: ["stream", "faults"],
  lacks: {},
  output: "stdout",
  store: "sqlite",
};

const run = async (name: string) => {
  const found = Object.values(CASES)
    .flat()
    .find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no case "${name}".`);
  return await attempt(CARELESS, found);
};

test.concurrent("The suite passes a careless client where its carelessness does not show", async () => {
  expect(await run("receives nothing of another organisation")).toBeNull();
  expect(await run("comes back after a dropped connection")).toBeNull();
});

test.concurrent.for([
  ["reads a bare number, text and bytes", /ended/],
  ["ends with 78 over a bad configuration, and names every variable at once", /no end of the app/],
  ["loses nothing that devices send while a connection is lost", /4 messages/],
  [
    "doubles its waits from MQTT_RECONNECT_PERIOD on; chance takes at most half away and adds nothing",
    /greater/,
  ],
  ["shows the token nowhere, whatever is told to talk", /token is in the output/],
  [
    "refuses a certificate for another host, also where the environment says that it need not be verified",
    /no word about TLS|to deeply equal \[\]/,
  ],
  ["ends with 0 at SIGTERM, after it has written everything that it acknowledged", /SIGTERM/],
] as const)("The suite finds out a careless client: %s", { timeout: TIMEOUT_MS }, async ([name, message]) => {
  const failure = await run(name);
  expect(failure).toBeInstanceOf(Error);
  expect(failure?.message).toMatch(message);
});
