import { fileURLToPath } from "node:url";

/**
 * The ways to break the CLI on purpose, by the variable that asks for each: with any of them a run has to fail, or it
 * proves nothing. They live here alone. The program itself knows nothing of them: a module that is loaded before it
 * changes what it is made of.
 */
const SABOTAGES: Readonly<Record<string, { readonly file: string; readonly says: string }>> = {
  TESA_TEST_ACK_AT_RECEIVE: {
    file: "./ack-at-receive.ts",
    says: "messages are acknowledged when they are received",
  },
  TESA_TEST_NO_REDELIVERY_CHECK: {
    file: "./no-redelivery-check.ts",
    says: "nothing is taken for a redelivery",
  },
};

/** What is broken on purpose. */
export interface Sabotage {
  /** Modules for `--import`. */
  readonly preload: readonly string[];
  /** For people, one item each. */
  readonly says: readonly string[];
}

/** Reads the variables; each counts as set unless it is empty or 0. */
export function readSabotage(env: Readonly<Record<string, string | undefined>>): Sabotage {
  const chosen = Object.entries(SABOTAGES).filter(([name]) => !["", "0"].includes(env[name] ?? ""));
  return {
    preload: chosen.map(([, { file }]) => fileURLToPath(new URL(file, import.meta.url))),
    says: chosen.map(([name, { says }]) => `${name}: ${says}`),
  };
}
