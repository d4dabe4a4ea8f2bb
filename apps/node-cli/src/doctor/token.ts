import { readFile } from "node:fs/promises";
import { parseToken, TesaError, type Token } from "@tesa/core";
import { printable } from "@tesa/process";
import type { Configuration } from "./configuration.ts";
import { type Failed, formatDuration, type Outcome, type Step } from "./step.ts";

export interface TokenInput {
  readonly configuration: Configuration;
  readonly label: (name: string) => string;
}

/** How a setting is mended stands in the problem itself. */
const IF_IT_IS_LOST =
  "A token is shown once, when it is made: if yours is not at hand, make another in the Admin UI. Then run this again.";

/** Step 2: the token's shape. Whether the platform knows it, only the CONNACK tells. */
export const tokenStep: Step<TokenInput, Token> = {
  name: "token",
  async run({ configuration, label }, { signal }) {
    const { config, tokenProblems } = configuration;
    if (tokenProblems.length > 0) return wrongShape(tokenProblems, "MQTT_API_TOKEN");
    if (config.token.type === "value") return describe(config.token.token, label("MQTT_API_TOKEN"));
    const { path } = config.token;
    const text = await readFile(path, { encoding: "utf8", signal }).catch((error: NodeJS.ErrnoException) => {
      if (signal.aborted) throw signal.reason;
      return error;
    });
    if (typeof text !== "string") return unreadable(path, text, label("TESA_TOKEN_FILE"));
    try {
      // Editors and `echo` end a file with a line break; it is no part of the token.
      return describe(
        parseToken(text.replace(/\r?\n$/, "")),
        `${label("TESA_TOKEN_FILE")}, ${printable(path)}`,
      );
    } catch (error) {
      if (!(error instanceof TesaError)) throw error;
      const problems = error.problems.length > 0 ? error.problems : [error.message];
      return wrongShape(problems, `the file ${printable(path)}`);
    }
  },
  timedOut: ({ configuration: { config }, label }, timeoutMs) => ({
    status: "failed",
    code: "config",
    detail: `the token file could not be read within ${formatDuration(timeoutMs)}`,
    cause: `${config.token.type === "file" ? printable(config.token.path) : "The file"} is a pipe, or on a file system that does not answer.`,
    action: `Let ${label("TESA_TOKEN_FILE")} name a plain file.`,
  }),
};

function describe(token: Token, source: string): Outcome<Token> {
  const detail = `${token.redacted} of organisation ${token.organisation}, from ${source}`;
  const data = { organisation: token.organisation, redacted: token.redacted, warnings: token.warnings };
  if (token.warnings.length === 0) return { status: "ok", value: token, detail, data };
  return {
    status: "warning",
    value: token,
    detail,
    cause: token.warnings.join("\n"),
    action: "If the broker refuses it below, copy the token again, all of it.",
    data,
  };
}

function wrongShape(problems: readonly string[], source: string): Failed {
  return {
    status: "failed",
    code: "config",
    detail: `no usable token in ${source}`,
    cause: problems.join("\n"),
    action: IF_IT_IS_LOST,
    data: { problems },
  };
}

function unreadable(path: string, error: NodeJS.ErrnoException, source: string): Failed {
  return {
    status: "failed",
    code: "config",
    detail: `${printable(path)} cannot be read (${error.code ?? error.name})`,
    cause:
      error.code === "ENOENT"
        ? `There is no such file. A relative path starts at the folder in which you call tesa.`
        : error.code === "EACCES"
          ? "This user may not read the file."
          : printable(error.message),
    action: `Let ${source} name a file that holds the token and nothing else.`,
  };
}
