import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Configuration,
  quote,
  readConfiguration,
  readEnvironment,
  VARIABLES,
  type Variable,
  type VariableName,
} from "@tesa/process";
import { RELAY_VARIABLES, type RelaySettings, type RelayVariableName, readRelaySettings } from "@tesa/relay";

/** Everything that can be set, and the one variable that only this app has. */
export const SERVER_VARIABLES: readonly Variable<VariableName | RelayVariableName | "TESA_DASHBOARD">[] = [
  ...VARIABLES,
  ...RELAY_VARIABLES,
  {
    name: "TESA_DASHBOARD",
    description: "Folder of static files to serve beside the relay, such as the built dashboard",
    default: undefined,
  },
];

/** The settings of the server, checked. */
export interface ServerSettings extends Configuration {
  readonly relay: RelaySettings;
  /** The folder of static files. */
  readonly dashboard: string | undefined;
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
  const dashboard = environment.record.TESA_DASHBOARD?.trim();
  const config = [...problems, ...findFolderProblems(dashboard, environment.label("TESA_DASHBOARD"))];
  return { ...(await readConfiguration(environment, { config })), relay, dashboard };
}

function findFolderProblems(folder: string | undefined, label: string): string[] {
  if (folder === undefined) return [];
  if (statSync(join(folder, "index.html"), { throwIfNoEntry: false })?.isFile()) return [];
  return [`${label} ${quote(folder)} is no folder with an index.html: build the dashboard first.`];
}
