import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TesaError } from "@tesa/core";
import {
  type Configuration,
  type Environment,
  quote,
  readConfiguration,
  readEnvironment,
  VARIABLES,
  type Variable,
  type VariableName,
} from "@tesa/process";
import {
  parseConnectOrigins,
  RELAY_VARIABLES,
  type RelaySettings,
  type RelayVariableName,
  readRelaySettings,
} from "@tesa/relay";
import type { DashboardOptions } from "@tesa/relay/dashboard";

type ServerVariableName = VariableName | RelayVariableName | "TESA_DASHBOARD" | "TESA_DASHBOARD_CONNECT";

/** Everything that can be set; the last ones only this app has. */
export const SERVER_VARIABLES: readonly Variable<ServerVariableName>[] = [
  ...VARIABLES,
  ...RELAY_VARIABLES,
  {
    name: "TESA_DASHBOARD",
    description: "Folder of static files to serve beside the relay, such as the built dashboard",
    default: undefined,
  },
  {
    name: "TESA_DASHBOARD_CONNECT",
    description: "Origins of relays and brokers that the dashboard may connect to besides this server",
    default: undefined,
  },
];

/** The settings of the server, checked. */
export interface ServerSettings extends Configuration {
  readonly relay: RelaySettings;
  /** The page to serve. */
  readonly dashboard: DashboardOptions | undefined;
}

/**
 * Reads the environment, and `.env` of the folder where it was started, or else of the app's own.
 * @throws TesaError `config` with every problem
 */
export async function readServerSettings(): Promise<ServerSettings> {
  const environment = readEnvironment({
    env: process.env,
    variables: SERVER_VARIABLES,
    folders: [process.cwd(), fileURLToPath(new URL("..", import.meta.url))],
  });
  const { settings: relay, problems } = await readRelaySettings(environment);
  const { dashboard, problems: more } = readDashboard(environment);
  return {
    ...(await readConfiguration(environment, { config: [...problems, ...more] })),
    relay,
    dashboard,
  };
}

function readDashboard({ record, label }: Environment<ServerVariableName>) {
  const problems: string[] = [];
  const folder = record.TESA_DASHBOARD?.trim();
  if (folder !== undefined && !hasPage(folder)) {
    problems.push(
      `${label("TESA_DASHBOARD")} ${quote(folder)} is no folder with an index.html: build the dashboard first.`,
    );
  }
  const connect = readConnect(record.TESA_DASHBOARD_CONNECT, (problem) => {
    problems.push(`${label("TESA_DASHBOARD_CONNECT")} ${problem}.`);
  });
  return { dashboard: folder === undefined ? undefined : { folder, connect }, problems };
}

function readConnect(text: string | undefined, onProblem: (problem: string) => void) {
  try {
    return text === undefined ? undefined : parseConnectOrigins(text);
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    for (const problem of error.problems) onProblem(problem);
    return undefined;
  }
}

function hasPage(folder: string): boolean {
  return statSync(join(folder, "index.html"), { throwIfNoEntry: false })?.isFile() === true;
}
