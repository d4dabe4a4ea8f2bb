import { inject } from "vitest";
import type { BrokerDescription } from "./broker-under-test.ts";
import { type Capability, capabilitiesWithout } from "./capabilities.ts";

declare module "vitest" {
  interface ProvidedContext {
    brokerUnderTest: BrokerDescription;
  }
}

/** The one broker that all test files of a run share. It is not theirs to stop or restart. */
export interface SharedBroker extends BrokerDescription {
  readonly capabilities: ReadonlySet<Capability>;
}

/** Gives a test file the broker that `globalSetup` started. */
export function sharedBroker(): SharedBroker {
  const description = inject("brokerUnderTest");
  return { ...description, capabilities: capabilitiesWithout(description.lacks) };
}
