import { fileURLToPath } from "node:url";
import { type Environment, readEnvironment, VARIABLES, type VariableName } from "@tesa/process";
import { RELAY_VARIABLES, type RelayVariableName } from "./relay-settings.ts";

/** The settings of the environment, and of `.env` in the folder where it was started, or else in the app's own. */
export function readServerEnvironment(): Environment<VariableName | RelayVariableName> {
  return readEnvironment({
    env: process.env,
    variables: [...VARIABLES, ...RELAY_VARIABLES],
    folders: [process.cwd(), fileURLToPath(new URL("..", import.meta.url))],
  });
}
