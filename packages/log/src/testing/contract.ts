import type { TesaError } from "@tesa/core";
import type { Retention, TelemetryLog } from "../telemetry-log.ts";
import { describeAppending } from "./contract-appending.ts";
import { describeLasting } from "./contract-lasting.ts";
import { describeReaders } from "./contract-readers.ts";
import { describeReading } from "./contract-reading.ts";
import { describeRedelivery } from "./contract-redelivery.ts";
import { describeRetention } from "./contract-retention.ts";

/** The functions of vitest that the suite is made of. */
export type Vitest = Pick<typeof import("vitest"), "describe" | "expect" | "test">;

/** How a test wants its log. */
export interface ContractLogOptions {
  /** @default no limit */
  readonly retention?: Retention;
  /** @default 100 */
  readonly receiveMaximum?: number;
  /** @default always 1,000,000 */
  readonly now?: () => number;
}

/** A log under test, made for one test alone. */
export interface ContractLog extends AsyncDisposable {
  readonly log: TelemetryLog;
  /** Closes it and opens it again; `null` for a log that lasts no longer than the process. */
  readonly reopen: ((options?: ContractLogOptions) => Promise<TelemetryLog>) | null;
}

/** What the contract suite needs. */
export interface LogContractOptions {
  readonly open: (options: ContractLogOptions) => Promise<ContractLog>;
  readonly vitest: Vitest;
}

/** What each part of the suite is given. */
export interface ContractContext extends Vitest {
  readonly open: (options?: ContractLogOptions) => Promise<ContractLog>;
  /** The code of the error that it rejects with. */
  readonly codeOf: (failing: Promise<unknown>) => Promise<string | undefined>;
}

/**
 * What every log promises, as tests.
 *
 * @example
 * ```ts
 * describeLogContract("the log in memory", { open: openForTest, vitest: { describe, expect, test } });
 * ```
 */
export function describeLogContract(name: string, { open, vitest }: LogContractOptions): void {
  const context: ContractContext = { ...vitest, open: (options = {}) => open(options), codeOf };
  vitest.describe(name, () => {
    describeAppending(context);
    describeReading(context);
    describeReaders(context);
    describeRedelivery(context);
    describeRetention(context);
    describeLasting(context);
  });
}

async function codeOf(failing: Promise<unknown>): Promise<string | undefined> {
  return failing.then(
    () => undefined,
    (error: TesaError) => error.code,
  );
}
