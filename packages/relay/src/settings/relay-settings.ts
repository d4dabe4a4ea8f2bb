import { TesaError } from "@tesa/core";
import { isLoopback } from "../http/loopback.ts";
import { parseRelaySecrets } from "../keys/secrets.ts";
import type { RelayAccess } from "../options.ts";
import type { RelayVariableName } from "./relay-variables.ts";

/** How a relay is served, checked. */
export interface RelaySettings {
  readonly port: number;
  readonly hostname: string;
  /** Without the organisation, which the token names. */
  readonly access: RelayAccess;
  readonly origins: readonly string[];
}

/** Where settings come from: the environment, a read `.env`, or the `Environment` of `@tesa/process`. */
export interface RelaySettingsSource {
  readonly record: Readonly<Partial<Record<RelayVariableName, string>>>;
  /** How to call a setting so that the user finds it. @default its name */
  readonly label?: (name: RelayVariableName) => string;
}

/**
 * Reads a relay's settings. What is wrong with them goes to `problems`, a sentence each and without a secret, to be told
 * with everything else; the settings mean something only if there are none.
 */
export async function readRelaySettings({ record, label = (name) => name }: RelaySettingsSource): Promise<{
  readonly settings: RelaySettings;
  readonly problems: readonly string[];
}> {
  const problems: string[] = [];
  const report: Report = (name, problem) => problems.push(`${label(name)} ${problem}.`);
  const read = (name: RelayVariableName) => {
    const text = record[name]?.trim();
    if (text === "") report(name, "is set but empty: give it a value, or remove it");
    return text === "" ? undefined : text;
  };
  const hostname = read("HOST") ?? "127.0.0.1";
  const settings: RelaySettings = {
    hostname,
    port: readPort(read("PORT") ?? "8080", report),
    access: await readAccess({
      secret: record.TESA_RELAY_SECRET,
      open: read("TESA_RELAY_OPEN"),
      hostname,
      report,
      readSecrets: (text) => readSecrets(text, label("TESA_RELAY_SECRET"), problems),
    }),
    origins: readOrigins(read("TESA_RELAY_ORIGINS") ?? "", report),
  };
  return { settings, problems };
}

type Report = (name: RelayVariableName, problem: string) => void;

function readPort(text: string, report: Report): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  report("PORT", `${quoted(text)} is no port: give a whole number from 0 to 65535`);
  return 0;
}

/** What stands for an access that cannot be used; nobody gets to see it. */
const NONE: RelayAccess = { type: "keys", secrets: [] };

interface AccessParts {
  readonly secret: string | undefined;
  readonly open: string | undefined;
  readonly hostname: string;
  readonly report: Report;
  readonly readSecrets: (text: string) => Promise<RelayAccess>;
}

async function readAccess(parts: AccessParts): Promise<RelayAccess> {
  const { secret, open, hostname, report } = parts;
  if (open !== undefined && open !== "1" && open !== "0") {
    report("TESA_RELAY_OPEN", `${quoted(open)} is neither 1 nor 0`);
  }
  if (open === "1") {
    if (secret !== undefined) report("TESA_RELAY_OPEN", "and TESA_RELAY_SECRET are both set: remove one");
    if (!isLoopback(hostname)) {
      report(
        "TESA_RELAY_OPEN",
        `is for this machine alone, but HOST is ${quoted(hostname)}: set TESA_RELAY_SECRET`,
      );
    }
    return { type: "open" };
  }
  if (secret !== undefined) return await parts.readSecrets(secret);
  report(
    "TESA_RELAY_SECRET",
    "is not set: clients come with keys that it signs. Make one with: openssl rand -hex 32; for a first look on this " +
      "machine alone, TESA_RELAY_OPEN=1 does without",
  );
  return NONE;
}

async function readSecrets(text: string, setting: string, problems: string[]): Promise<RelayAccess> {
  try {
    return { type: "keys", secrets: await parseRelaySecrets(text, setting) };
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    problems.push(error.message);
    return NONE;
  }
}

function readOrigins(text: string, report: Report): readonly string[] {
  const origins = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  for (const origin of origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    report("TESA_RELAY_ORIGINS", `has ${quoted(origin)} in it: an origin looks like https://app.example.com`);
  }
  return origins;
}

/** JSON escapes what a terminal would act on, but for C1, format characters and separators. */
function quoted(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return JSON.stringify(shown.replaceAll(/[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu, "?"));
}
