import type { Case } from "../case.ts";
import { BAD_INPUT } from "./bad-input.ts";
import { CONFIGURATION } from "./configuration.ts";
import { DURABILITY } from "./durability.ts";
import { RECONNECTING } from "./reconnecting.ts";
import { REFUSALS } from "./refusals.ts";
import { RELAY } from "./relay.ts";
import { SECRECY } from "./secrecy.ts";
import { STOPPING } from "./stopping.ts";
import { STREAMING } from "./streaming.ts";
import { WEBHOOK } from "./webhook.ts";

/** All cases, by what they are about, in the order of the report. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  Streaming: STREAMING,
  Configuration: CONFIGURATION,
  Refusals: REFUSALS,
  Reconnecting: RECONNECTING,
  Stopping: STOPPING,
  "Secrets and certificates": SECRECY,
  "Bad input": BAD_INPUT,
  Durability: DURABILITY,
  Webhook: WEBHOOK,
  Relay: RELAY,
};
