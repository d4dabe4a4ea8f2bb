import { readFile } from "node:fs/promises";
import { parseToken, TesaError, type Token } from "@tesa/core";
import { type Config, parseConfig } from "@tesa/core/config";
import { type Environment, whereSearched } from "../environment/environment.ts";
import { quote } from "../status/printable.ts";
import { readCaFile } from "./ca-file.ts";

/** Everything that a stream needs of its settings, checked. */
export interface Settings {
  readonly config: Config;
  /** The contents of `CA_CERT_PATH`. */
  readonly caCertificates: string | undefined;
  /**
   * The token as it is now. A file is read anew, so that a rotated token needs no restart; while it cannot be read,
   * the last token goes on to be used, and `warn` is told.
   */
  readonly readToken: (warn: (text: string) => void) => Promise<Token>;
  /** The token as it was at the start. */
  readonly firstToken: Token;
}

/**
 * Checks all settings, and the files that they name.
 * @param others What is wrong with the rest: told together with everything else.
 * @throws TesaError `config`, or `usage` where there are usage problems, with every problem
 */
export async function readSettings(
  environment: Environment,
  others: { readonly usage?: readonly string[]; readonly config?: readonly string[] } = {},
): Promise<Settings> {
  const { record, label } = environment;
  const [config, ca, token] = await Promise.all([
    attempt(() => parseConfig(record, { label })),
    attempt(() => readCaCertificates(record.CA_CERT_PATH, label)),
    attempt(() => readFirstToken(record, label)),
  ]);
  const found = [config, ca, token].flatMap(({ problems }) => problems).map(searching(environment));
  const { usage = [], config: otherConfig = [] } = others;
  const problems = [...usage, ...found, ...otherConfig];
  if (problems.length > 0 || config.value === undefined) {
    const code = usage.length > 0 ? "usage" : "config";
    throw new TesaError(code, problems.join("\n"), { problems });
  }
  const source = config.value.token;
  const firstToken = source.type === "value" ? source.token : token.value;
  if (firstToken === undefined) throw new TesaError("config", "There is no token.");
  return {
    config: config.value,
    caCertificates: ca.value,
    firstToken,
    readToken: source.type === "value" ? async () => source.token : tokenFileReader(source.path, firstToken),
  };
}

/** Adds to the complaint about a token that is not set where it was looked for. */
export function searching(environment: Pick<Environment, "searched">): (problem: string) => string {
  return (problem) =>
    problem.startsWith("MQTT_API_TOKEN is not set") ? problem + whereSearched(environment) : problem;
}

function tokenFileReader(path: string, firstToken: Token): Settings["readToken"] {
  let last = firstToken;
  return async (warn) => {
    try {
      last = await readTokenFile(path);
    } catch (error) {
      if (!(error instanceof TesaError)) throw error;
      warn(`${error.message} The token that was read last is used.`);
    }
    return last;
  };
}

type Attempt<T> = { readonly value: T | undefined; readonly problems: readonly string[] };

async function attempt<T>(action: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await action(), problems: [] };
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    return { value: undefined, problems: error.problems.length > 0 ? error.problems : [error.message] };
  }
}

/** An empty path is a problem that the configuration reports. */
async function readCaCertificates(
  path: string | undefined,
  label: Environment["label"],
): Promise<string | undefined> {
  if (path === undefined || path.trim() === "") return undefined;
  const setting = label("CA_CERT_PATH");
  const file = await readCaFile(path, setting, new AbortController().signal);
  if (!("status" in file)) return file.pem;
  throw new TesaError("config", `${setting}: ${file.detail}. ${file.cause} ${file.action}`);
}

async function readFirstToken(
  record: Environment["record"],
  label: Environment["label"],
): Promise<Token | undefined> {
  const path = record.TESA_TOKEN_FILE;
  // Both a token and a file are a problem that the configuration reports, and so is an empty path.
  if (path === undefined || path.trim() === "" || record.MQTT_API_TOKEN !== undefined) return undefined;
  return await readTokenFile(path, label("TESA_TOKEN_FILE"));
}

async function readTokenFile(path: string, setting = "TESA_TOKEN_FILE"): Promise<Token> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new TesaError(
      "config",
      `${setting}: the token file ${quote(path)} cannot be read (${error.code}).`,
    );
  });
  // Editors and `echo` end a file with a line break; it is no part of the token.
  return parseToken(text.replace(/\r?\n$/, ""));
}
