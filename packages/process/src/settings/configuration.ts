import type { Environment } from "../environment/environment.ts";
import {
  StorageReader,
  type StorageReaderOptions,
  type StorageSettings,
} from "../storage/storage-settings.ts";
import { readSettings, type Settings } from "./settings.ts";

/** Everything that a process which streams needs to know, checked. */
export interface Configuration {
  readonly environment: Environment;
  readonly settings: Settings;
  readonly storage: StorageSettings;
}

/** Options of {@link readConfiguration}. */
export interface ReadConfigurationOptions extends StorageReaderOptions {
  /** What is wrong with the command line, told together with everything else. @default nothing */
  readonly usage?: readonly string[];
  /** What is wrong with settings of the program's own. @default nothing */
  readonly config?: readonly string[];
}

/**
 * Checks every setting of the connection, the log and its readers, and the files that they name.
 * @throws TesaError `config`, or `usage` where there are usage problems, with every problem
 */
export async function readConfiguration(
  environment: Environment,
  { usage = [], config = [], ...options }: ReadConfigurationOptions = {},
): Promise<Configuration> {
  const reader = new StorageReader(environment, options);
  const storage = await reader.all();
  const settings = await readSettings(environment, { usage, config: [...reader.problems, ...config] });
  return { environment, settings, storage };
}
