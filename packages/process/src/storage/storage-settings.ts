import { readFile } from "node:fs/promises";
import { TesaError } from "@tesa/core";
import type { Retention } from "@tesa/log";
import type { Environment } from "../environment/environment.ts";
import { STORAGE_VARIABLES, type StorageVariableName } from "../environment/variables.ts";
import { quote } from "../status/printable.ts";
import { type LogLocation, parseLogLocation } from "./log-location.ts";
import type { Parsed } from "./parsed.ts";
import { parseRetention } from "./retention.ts";

/** The PostgreSQL database to mirror into. */
export interface PostgresSettings {
  readonly connectionString: string;
  readonly table: string;
}

/** The webhook to send to. */
export interface WebhookSettings {
  readonly url: string;
  /** Each signs. */
  readonly secret: readonly string[];
  readonly name: string | undefined;
}

/** Where messages are kept, and where they go from there; checked as far as can be without opening anything. */
export interface StorageSettings {
  readonly log: LogLocation;
  readonly retention: Retention;
  readonly postgres: PostgresSettings | undefined;
  readonly webhook: WebhookSettings | undefined;
  /** What works but should not stay so. */
  readonly warnings: readonly string[];
}

/** Options of {@link StorageReader}. */
export interface StorageReaderOptions {
  /** @default `TESA_LOG=sqlite:./telemetry.db` */
  readonly logExample?: string;
}

/** Reads the settings and gathers what is wrong with them, so that all of it is told at once. */
export class StorageReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #environment: Environment;
  readonly #example: string;

  /** @param options How the user of this program names a log, in what the problems advise. */
  constructor(
    environment: Environment,
    { logExample = "TESA_LOG=sqlite:./telemetry.db" }: StorageReaderOptions = {},
  ) {
    this.#environment = environment;
    this.#example = logExample;
    for (const { name } of STORAGE_VARIABLES) {
      if (this.#is(name, "")) this.#report(name, "is set but empty: give it a value, or remove it");
    }
  }

  /** Everything that `tesa stream` needs. Meaningful only if there are no problems. */
  async all(): Promise<StorageSettings> {
    const log = this.#parsed("TESA_LOG", parseLogLocation, { type: "memory" });
    const retention = this.#parsed("TESA_KEEP", parseRetention, {}) ?? {};
    const [postgres, webhook] = await Promise.all([this.#postgres(), this.webhook()]);
    if (log?.type === "memory") this.#refuseWithoutLog();
    return { log: log ?? { type: "memory" }, retention, postgres, webhook, warnings: this.warnings };
  }

  /** The file of the log, for commands that are about what is in it. */
  logFile(): string {
    const log = this.#parsed("TESA_LOG", parseLogLocation, { type: "memory" });
    if (log?.type === "sqlite") return log.path;
    if (log !== undefined) {
      this.#report("TESA_LOG", `is needed: name the log of tesa stream, as in ${this.#example}`);
    }
    return "";
  }

  /** The webhook, if there is one. */
  async webhook(): Promise<WebhookSettings | undefined> {
    const url = this.#value("TESA_WEBHOOK_URL");
    if (url === undefined) return undefined;
    const { parseTarget } = await import("@tesa/webhook");
    for (const problem of parseTarget(url, { checksAddresses: true }).problems) {
      this.#report("TESA_WEBHOOK_URL", problem.replace(/^url /, ""));
    }
    const name = this.#value("TESA_WEBHOOK_NAME");
    if (name !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
      this.#report("TESA_WEBHOOK_NAME", `${quote(name)} is no name: use 1 to 64 letters, digits, . _ and -`);
    }
    return { url, name, secret: await this.#secret() };
  }

  async #secret(): Promise<readonly string[]> {
    const setting = this.#value("TESA_WEBHOOK_SECRET");
    const path = this.#value("TESA_WEBHOOK_SECRET_FILE");
    if (setting !== undefined && path !== undefined) {
      const other = this.#label("TESA_WEBHOOK_SECRET_FILE");
      this.#report("TESA_WEBHOOK_SECRET", `and ${other} are both set, but only one can apply: remove one`);
      return [];
    }
    if (path !== undefined)
      return this.#checkedSecret("TESA_WEBHOOK_SECRET_FILE", await this.#readFile(path));
    if (setting !== undefined) return this.#checkedSecret("TESA_WEBHOOK_SECRET", setting);
    if (!this.#is("TESA_WEBHOOK_SECRET", "") && !this.#is("TESA_WEBHOOK_SECRET_FILE", "")) {
      this.#report(
        "TESA_WEBHOOK_SECRET",
        'is not set: what a webhook gets is signed. Make a secret with: echo "whsec_$(openssl rand -base64 32)"; put ' +
          "it into .env, or name a file that holds it by TESA_WEBHOOK_SECRET_FILE, and give it to the receiver",
      );
    }
    return [];
  }

  async #checkedSecret(name: StorageVariableName, text: string | undefined): Promise<readonly string[]> {
    if (text === undefined) return [];
    const secret = text.split(/\s+/).filter((part) => part !== "");
    const { findSecretProblems } = await import("@tesa/webhook");
    for (const problem of findSecretProblems(secret)) this.#report(name, `cannot be used: ${problem}`);
    return secret;
  }

  async #readFile(path: string): Promise<string | undefined> {
    return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      this.#report("TESA_WEBHOOK_SECRET_FILE", `: the file ${quote(path)} cannot be read (${error.code})`);
      return undefined;
    });
  }

  async #postgres(): Promise<PostgresSettings | undefined> {
    const connectionString = this.#value("TESA_POSTGRES_URL");
    const table = this.#value("TESA_POSTGRES_TABLE") ?? "telemetry";
    if (connectionString === undefined) return undefined;
    const { parseConnectionString, parseTableName } = await import("@tesa/postgres");
    const target = this.#attempt("TESA_POSTGRES_URL", () => parseConnectionString(connectionString));
    this.#attempt("TESA_POSTGRES_TABLE", () => parseTableName(table));
    const label = this.#label("TESA_POSTGRES_URL");
    if (target?.password !== undefined && label.startsWith("--")) {
      this.warnings.push(
        `${label} has a password in it, which everybody on this machine can see in the process list. ` +
          "Put the URL into TESA_POSTGRES_URL, or the password into ~/.pgpass or PGPASSWORD.",
      );
    }
    return { connectionString, table };
  }

  /** What goes on where it stopped needs a log that is still there. */
  #refuseWithoutLog(): void {
    const needs = {
      TESA_POSTGRES_URL: "a mirror goes on there where it stopped",
      TESA_WEBHOOK_URL: "a webhook goes on there where it stopped",
      TESA_KEEP: "only that has something to keep",
    } as const;
    for (const [name, reason] of Object.entries(needs) as [keyof typeof needs, string][]) {
      if (this.#value(name) === undefined) continue;
      this.#report(name, `needs a log that lasts, since ${reason}: add ${this.#example}`);
    }
  }

  #parsed<T>(
    name: StorageVariableName,
    parse: (text: string) => Parsed<T>,
    whenNotSet: NoInfer<T>,
  ): T | undefined {
    const text = this.#value(name);
    if (text === undefined) return whenNotSet;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    this.#report(name, parsed.problem);
    return undefined;
  }

  #attempt<T>(name: StorageVariableName, action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof TesaError)) throw error;
      this.#report(name, `: ${error.message.replace(/\.$/, "")}`);
      return undefined;
    }
  }

  /** An empty value is reported by itself. */
  #value(name: StorageVariableName): string | undefined {
    const value = this.#environment.record[name];
    return value === undefined || value.trim() === "" ? undefined : value.trim();
  }

  #is(name: StorageVariableName, value: string): boolean {
    return this.#environment.record[name]?.trim() === value;
  }

  #label(name: StorageVariableName): string {
    return this.#environment.label(name);
  }

  #report(name: StorageVariableName, problem: string): void {
    this.problems.push(`${this.#label(name)}${problem.startsWith(":") ? "" : " "}${problem}.`);
  }
}
