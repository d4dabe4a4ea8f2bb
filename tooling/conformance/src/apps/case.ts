import type { PlatformOptions } from "@tesa/platform";
import type { Bed } from "./bed.ts";
import type { Capability, Trait } from "./manifest.ts";

/** One thing that every app must do, or every app that declares what the case needs. */
export interface Case {
  /** A sentence about the app, unique among all cases: `known-failing.json` names a case by it. */
  readonly name: string;
  /** Capabilities that an app must declare, and traits that it must not lack. @default none */
  readonly needs?: readonly (Capability | Trait)[];
  /** The platform that it runs against. @default as it is */
  readonly platform?: PlatformOptions;
  readonly run: (bed: Bed) => Promise<void>;
}
