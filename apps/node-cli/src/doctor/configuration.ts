import { randomBytes } from "node:crypto";
import { TesaError } from "@tesa/core";
import { type Config, parseConfig } from "@tesa/core/config";
import { readCaFile } from "@tesa/process";
import type { Failed, Step } from "./step.ts";
import { parseTarget, type Target } from "./target.ts";

export interface ConfigurationInput {
  readonly record: Readonly<Record<string, string | undefined>>;
  /** How a setting is called where the user gave it, such as `MQTT_TOPIC (.env)`. */
  readonly label: (name: string) => string;
  /** Adds to a problem what helps to find it. */
  readonly explain?: ((problem: string) => string) | undefined;
}

export interface Configuration {
  readonly config: Config;
  readonly target: Target;
  /** What is wrong with the token's setting. With any, `config.token` is not the user's and must not be used. */
  readonly tokenProblems: readonly string[];
}

/** Step 1: the settings, the token aside, which is the next step's. */
export const configurationStep: Step<ConfigurationInput, Configuration> = {
  name: "configuration",
  async run({ record, label, explain = String }, { signal }) {
    const parsed = parse(record, label);
    const problems = parsed.problems.map((problem) => explain(problem));
    const withoutToken = parsed.problems.length === 0 ? parsed : parse(withStandInToken(record), label);
    const caProblem = await findCaProblem(record, label, signal);
    if (caProblem !== undefined && problems.length === 0) return caProblem;
    if (withoutToken.config === undefined || caProblem !== undefined) {
      if (caProblem !== undefined) problems.push(`${caProblem.detail}. ${caProblem.cause}`);
      return {
        status: "failed",
        code: "config",
        detail: problems.length === 1 ? "1 problem" : `${problems.length} problems`,
        cause: problems.join("\n"),
        action:
          "Correct the values where you set them: a flag wins over the environment, that wins over .env.",
        data: { problems },
      };
    }
    const config = withoutToken.config;
    const filters = config.filters.join(", ");
    return {
      status: "ok",
      value: {
        config,
        target: parseTarget(config.brokerUrl, label("MQTT_BROKER_URL")),
        tokenProblems: problems,
      },
      detail: `${config.brokerUrl}, ${config.filters.length === 1 ? "topic" : "topics"} ${filters}`,
      data: {
        brokerUrl: config.brokerUrl,
        filters: config.filters,
        protocolVersion: config.protocolVersion,
        keepAliveSeconds: config.keepAliveSeconds,
        caCertPath: config.caCertPath ?? null,
      },
    };
  },
  timedOut: (_input, timeoutMs) => ({
    status: "failed",
    code: "config",
    detail: `not read within ${timeoutMs} ms`,
    cause: "This computer is too busy.",
    action: "Try again with a longer --timeout.",
  }),
};

/** What is wrong with the CA file, where TLS will need one. It is read again then; now it is told with all the rest. */
async function findCaProblem(
  record: ConfigurationInput["record"],
  label: ConfigurationInput["label"],
  signal: AbortSignal,
): Promise<Failed | undefined> {
  const path = record.CA_CERT_PATH ?? "";
  if (path.trim() === "" || /^ws:/i.test(record.MQTT_BROKER_URL ?? "")) return undefined;
  const file = await readCaFile(path, label("CA_CERT_PATH"), signal);
  return "status" in file ? file : undefined;
}

type Parsed =
  | { readonly config: Config; readonly problems: readonly [] }
  | { readonly config: undefined; readonly problems: readonly string[] };

function parse(record: ConfigurationInput["record"], label: ConfigurationInput["label"]): Parsed {
  try {
    return { config: parseConfig(record, { label }), problems: [] };
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    return { config: undefined, problems: error.problems.length > 0 ? error.problems : [error.message] };
  }
}

/**
 * The record with a token of the right shape in place of the user's. What is still wrong then is not the token's
 * fault. It is never sent: where it was needed, the next step fails.
 */
function withStandInToken(record: ConfigurationInput["record"]): Record<string, string | undefined> {
  const standIn = `tesa_mqtt_standin_${randomBytes(16).toString("hex")}`;
  return { ...record, MQTT_API_TOKEN: standIn, TESA_TOKEN_FILE: undefined };
}
