import { statSync } from "node:fs";
import { join } from "node:path";
import { TesaError } from "@tesa/core";
import { type Environment, quote, type Variable } from "@tesa/process";
import { isLoopback, parseRelaySecrets, type RelayAccess } from "@tesa/relay";

/** The variables of the relay, beside those of every process. */
export type RelayVariableName =
  | "PORT"
  | "HOST"
  | "TESA_RELAY_SECRET"
  | "TESA_RELAY_OPEN"
  | "TESA_RELAY_ORIGINS"
  | "TESA_DASHBOARD";

/** In the order of the documentation. */
export const RELAY_VARIABLES: readonly Variable<RelayVariableName>[] = [
  { name: "PORT", description: "Port to serve on; 0 takes a free one", default: "8080" },
  { name: "HOST", description: "Address to serve on; 0.0.0.0 for every interface", default: "127.0.0.1" },
  {
    name: "TESA_RELAY_SECRET",
    description:
      "Secret that signs the keys of clients, 32 bytes or more; two, with a space between, while it is changed",
    default: undefined,
  },
  {
    name: "TESA_RELAY_OPEN",
    description: "1: no keys at all, for programs on this machine alone",
    default: undefined,
  },
  {
    name: "TESA_RELAY_ORIGINS",
    description: "Origins of web pages that may use the relay, separated by commas: https://app.example.com",
    default: undefined,
  },
  {
    name: "TESA_DASHBOARD",
    description: "Folder of static files to serve beside the relay, such as the built dashboard",
    default: undefined,
  },
];

/** How the relay is served, checked. */
export interface RelaySettings {
  readonly port: number;
  readonly hostname: string;
  /** Without the organisation, which the token names. */
  readonly access: RelayAccess;
  readonly origins: readonly string[];
  /** The folder of static files. */
  readonly dashboard: string | undefined;
}

type RelayEnvironment = Environment<RelayVariableName>;

/** Reads the relay's settings. What is wrong with them goes to `problems`, to be told with everything else. */
export async function readRelaySettings(
  environment: RelayEnvironment,
): Promise<{ readonly relay: RelaySettings; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const report = (name: RelayVariableName, problem: string) =>
    problems.push(`${environment.label(name)} ${problem}.`);
  const value = (name: RelayVariableName, ifNotSet: string) => {
    const text = environment.record[name]?.trim() ?? ifNotSet;
    if (text === "" && ifNotSet !== text) report(name, "is set but empty: give it a value, or remove it");
    return text === "" ? ifNotSet : text;
  };
  const hostname = value("HOST", "127.0.0.1");
  const relay = {
    hostname,
    port: readPort(value("PORT", "8080"), report),
    access: await readAccess(environment, hostname, report),
    origins: readOrigins(value("TESA_RELAY_ORIGINS", ""), report),
    dashboard: readFolder(value("TESA_DASHBOARD", ""), report),
  };
  return { relay, problems };
}

type Report = (name: RelayVariableName, problem: string) => void;

function readPort(text: string, report: Report): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  report("PORT", `${quote(text)} is no port: give a whole number from 0 to 65535`);
  return 0;
}

async function readAccess(
  { record }: RelayEnvironment,
  hostname: string,
  report: Report,
): Promise<RelayAccess> {
  const secret = record.TESA_RELAY_SECRET;
  const open = record.TESA_RELAY_OPEN?.trim();
  if (open !== undefined && open !== "1" && open !== "0") {
    report("TESA_RELAY_OPEN", `${quote(open)} is neither 1 nor 0`);
  }
  if (open === "1") {
    if (secret !== undefined) report("TESA_RELAY_OPEN", "and TESA_RELAY_SECRET are both set: remove one");
    if (!isLoopback(hostname)) {
      report(
        "TESA_RELAY_OPEN",
        `is for this machine alone, but HOST is ${quote(hostname)}: set TESA_RELAY_SECRET`,
      );
    }
    return { type: "open" };
  }
  if (secret === undefined) {
    report(
      "TESA_RELAY_SECRET",
      "is not set: clients come with keys that it signs. Make one with: openssl rand -hex 32; for a first look on this " +
        "machine alone, TESA_RELAY_OPEN=1 does without",
    );
    return { type: "open" };
  }
  try {
    return { type: "keys", secrets: await parseRelaySecrets(secret) };
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    report("TESA_RELAY_SECRET", `cannot be used: ${error.message.replace(/\.$/, "")}`);
    return { type: "open" };
  }
}

function readOrigins(text: string, report: Report): readonly string[] {
  const origins = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  for (const origin of origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    report("TESA_RELAY_ORIGINS", `has ${quote(origin)} in it: an origin looks like https://app.example.com`);
  }
  return origins;
}

function readFolder(path: string, report: Report): string | undefined {
  if (path === "") return undefined;
  if (statSync(join(path, "index.html"), { throwIfNoEntry: false })?.isFile() === true) return path;
  report("TESA_DASHBOARD", `${quote(path)} is no folder with an index.html: build the dashboard first`);
  return undefined;
}
