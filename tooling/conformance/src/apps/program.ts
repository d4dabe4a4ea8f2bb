import { join } from "node:path";
import { freePort } from "@tesa/workspace/free-port";
import type { Manifest } from "./manifest.ts";
import { ROOT } from "./runtimes.ts";

/** The relay's secret in tests: 32 bytes and more of nothing. */
export const RELAY_SECRET = "FAKE-relay-secret-of-more-than-32-bytes";

/** How to start an app. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** What it needs besides the settings of a case. */
  readonly env: Readonly<Record<string, string>>;
  /** `http://127.0.0.1:<port>`, where it will listen if it is a relay. */
  readonly origin: string | undefined;
}

/** Reads it from the manifest; a relay gets a port that nobody listens on now. */
export async function programOf({ start, folder, output }: Manifest): Promise<Program> {
  const [program = "", ...args] = start;
  const port = output === "relay" ? await freePort() : undefined;
  const relayEnv = port === undefined ? {} : { PORT: String(port), TESA_RELAY_SECRET: RELAY_SECRET };
  return {
    file: program === "node" ? process.execPath : program,
    args,
    cwd: folder,
    env: { PATH: path(folder), ...relayEnv },
    origin: port === undefined ? undefined : `http://127.0.0.1:${port}`,
  };
}

/** The programs of the app, of the workspace, and of the machine. */
function path(folder: string): string {
  return [join(folder, "node_modules/.bin"), join(ROOT, "node_modules/.bin"), process.env.PATH ?? ""].join(
    ":",
  );
}
