import { type ConfigRecord, parseConfig, TesaError } from "@tesa/core";
import { readEnvironment, StorageReader } from "@tesa/process";
import { expect, test } from "vitest";
import { readVectors } from "./read-vectors.ts";

type ExpectedConfig =
  | { readonly config: Readonly<Record<string, unknown>> }
  | {
      readonly problems: readonly string[];
      readonly endsWith?: readonly string[];
      readonly neverShown?: readonly string[];
    };

test.each(readVectors<ConfigRecord, ExpectedConfig>("config"))("config: $name", async (vector) => {
  const { input, expected } = vector;
  const storage = new StorageReader(readEnvironment({ env: input, envFile: false }));
  const stored = await storage.all();
  const { config, problems } = attempt(input);
  const found = [...problems, ...storage.problems];
  if ("problems" in expected) {
    expect([...new Set(found.flatMap(namesIn))].sort()).toEqual([...expected.problems].sort());
    for (const end of expected.endsWith ?? []) {
      expect(
        found.some((problem) => problem.endsWith(end)),
        found.join(),
      ).toBe(true);
    }
    for (const secret of expected.neverShown ?? []) expect(found.join()).not.toContain(secret);
    return;
  }
  expect(found).toEqual([]);
  if (config === null) throw new Error("There is no configuration.");
  const version = { auto: "auto", 4: "3.1.1", 5: "5" }[config.protocolVersion];
  const { log, webhook } = stored;
  expect({
    brokerUrl: config.brokerUrl,
    tokenFile: config.token.type === "file" ? config.token.path : null,
    filters: config.filters,
    clientId: config.clientId ?? null,
    keepAliveSeconds: config.keepAliveSeconds,
    firstBackoffMs: config.backoff.firstMs,
    caCertPath: config.caCertPath ?? null,
    protocolVersion: version,
    receiveMaximum: config.receiveMaximum,
    sessionExpirySeconds: config.sessionExpirySeconds,
    brokerQueue: config.brokerQueue,
    share: config.share ?? null,
    log: log.type === "memory" ? "memory:" : `sqlite:${log.path}`,
    webhookUrl: webhook?.url ?? null,
  }).toMatchObject(expected.config);
});

function attempt(record: ConfigRecord) {
  try {
    return { config: parseConfig(record), problems: [] };
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    return { config: null, problems: error.problems };
  }
}

/** The variables that a problem is about: it begins with one, or with two of which only one may be set. */
function namesIn(problem: string): string[] {
  const [, first = "", second] = /^(\w+)(?: and (\w+) are both set)?/.exec(problem) ?? [];
  return second === undefined ? [first] : [first, second];
}
