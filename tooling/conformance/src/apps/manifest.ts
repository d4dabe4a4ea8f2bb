import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";

/** What an app can do beyond what every app does. */
export const CAPABILITIES = ["stream", "faults", "durable", "webhook", "relay"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Parts of the process contract that an app may lack for a reason that lies in what it runs on. */
export const TRAITS = {
  "exit-codes": "a process that ends with the contract's exit codes",
  signals: "an orderly end at SIGTERM and SIGINT",
  lines: "standard output with one JSON object per line",
  backoff: "waits that double, by MQTT_RECONNECT_PERIOD",
  filters: "MQTT_TOPIC, TESA_DEVICE and TESA_SENSOR",
  "kept-session": "a session that is kept over a reconnect without a log that lasts",
  "both-versions": "MQTT 5, and 3.1.1 where the broker knows no 5 or TESA_PROTOCOL_VERSION says so",
  "token-file": "TESA_TOKEN_FILE",
  "back-pressure": "acknowledgements that wait for the output, so that a slow reader slows it down",
  "large-packets": "packets of up to 10 MiB, as the platform allows them",
} as const;
export type Trait = keyof typeof TRAITS;

/** The words of `TESA_REQUIRE`. */
export const RUNTIMES = ["node", "bun", "deno", "edge", "python", "rust", "c", "node-red"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

const traitNames = Object.keys(TRAITS) as [Trait, ...Trait[]];

const SCHEMA = z.looseObject({
  client: z.string(),
  title: z.string().min(1),
  requires: z.enum(RUNTIMES),
  start: z.array(z.string()).min(1),
  build: z.array(z.string()).min(1).optional(),
  check: z.array(z.string()).min(1).optional(),
  measured: z
    .strictObject({ start: z.array(z.string()).min(1), build: z.array(z.string()).min(1) })
    .optional(),
  capabilities: z.array(z.enum(CAPABILITIES)),
  lacks: z.partialRecord(z.enum(traitNames), z.string().min(1)).default({}),
  output: z.enum(["stdout", "relay"]),
  store: z.enum(["sqlite", "history"]).default("sqlite"),
  storage: z
    .string()
    .regex(/^[A-Z_]+$/)
    .optional(),
});

/** `conformance.json` of an app; the README says what each key means. */
export interface Manifest {
  readonly folder: string;
  readonly client: string;
  readonly title: string;
  readonly requires: RuntimeName;
  readonly start: readonly string[];
  readonly build?: readonly string[] | undefined;
  readonly check?: readonly string[] | undefined;
  /** What is measured in their place, where the tests run on a build of their own. */
  readonly measured?: { readonly start: readonly string[]; readonly build: readonly string[] } | undefined;
  readonly capabilities: readonly Capability[];
  /** What it lacks, and why. */
  readonly lacks: Readonly<Partial<Record<Trait, string>>>;
  readonly output: "stdout" | "relay";
  readonly store: "sqlite" | "history";
  /** The variable that names the folder of a log that is read by its history. */
  readonly storage?: string | undefined;
}

/** A case that an app is known to fail, and why. */
export interface KnownFailing {
  readonly case: string;
  readonly reason: string;
}

const KNOWN_FAILING = z.array(z.strictObject({ case: z.string().min(1), reason: z.string().min(1) }));

/** Reads the `conformance.json` of an app. @throws Error that names the file and each problem */
export function readManifest(folder: string): Manifest {
  const manifest: Manifest = { ...readChecked(join(folder, "conformance.json"), SCHEMA), folder };
  if (manifest.client !== basename(folder)) {
    throw new Error(`${folder}/conformance.json: client "${manifest.client}" is not the folder's name.`);
  }
  for (const always of ["stream", "faults"] as const) {
    if (!manifest.capabilities.includes(always)) {
      throw new Error(`${folder}/conformance.json: every app has the capability ${always}.`);
    }
  }
  return manifest;
}

/** Reads the `known-failing.json` beside it; empty if there is none. Those of test vectors are `FILE/NAME`. */
export function readKnownFailing(folder: string): readonly KnownFailing[] {
  const path = join(folder, "known-failing.json");
  return existsSync(path) ? readChecked(path, KNOWN_FAILING) : [];
}

function readChecked<Schema extends z.ZodType>(path: string, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new Error(`${path} cannot be used:\n${z.prettifyError(parsed.error)}`);
}
