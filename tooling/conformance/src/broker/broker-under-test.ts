import type { Credentials, Platform } from "@tesa/platform";
import type { Capability } from "./capabilities.ts";

/** What a device connects with, and under which id it publishes (`device/<deviceId>/telemetry/...`). */
export interface DeviceCredentials extends Credentials {
  readonly deviceId: string;
}

/** Who connects in the tests. */
export interface RoleCredentials {
  /** A token of organisation A, to which `device` belongs. */
  readonly tokenA: Credentials;
  /** A token of another organisation. */
  readonly tokenB: Credentials;
  /** Shaped like a token of organisation A, and unknown to the broker. */
  readonly refused: Credentials;
  readonly device: DeviceCredentials;
  /** A device of organisation B, where the broker has one. */
  readonly deviceB: DeviceCredentials | undefined;
}

/** How to reach a broker and what to expect of it: everything that crosses from one process to another. */
export interface BrokerDescription {
  /** What `TESA_TEST_BROKER` chose. */
  readonly choice: "box" | "mosquitto" | "emqx" | "url";
  /** For people: `mosquitto`, `EMQX`. */
  readonly name: string;
  /** `unknown` where the broker does not tell. */
  readonly version: string;
  readonly urls: { readonly wss: string; readonly mqtts: string };
  /** PEM file of the CA that signed the listeners' certificates. */
  readonly caCertPath: string;
  readonly credentials: RoleCredentials;
  /** What this broker lacks of what EMQX does, each with the reason that a skipped test gives. */
  readonly lacks: Readonly<Partial<Record<Capability, string>>>;
}

/** A broker that was started, or found, for the tests. */
export interface BrokerUnderTest extends BrokerDescription, AsyncDisposable {
  readonly capabilities: ReadonlySet<Capability>;
  /** The platform in a box, with its faults and its ledger; `undefined` on every other broker. */
  readonly platform: Platform | undefined;
  /**
   * Stops the broker and starts it again on the same ports.
   * @throws Error where the capability `restart` is missing
   */
  restart(): Promise<void>;
  /** Ends what was started. May be called twice. */
  stop(): Promise<void>;
}

/** How a broker is to be started. */
export interface BrokerStartOptions {
  /**
   * What a refused subscribe or publish leads to. Where the broker cannot do it, starting fails: look at the
   * capabilities `deny-disconnect` and `deny-ignore` of the shared broker before.
   * @default what the broker does by itself, "disconnect" where it can
   */
  readonly denyAction?: "disconnect" | "ignore";
}

/** What starting a broker gives: its description, and the ways to restart and to end it. */
export interface StartedBroker extends BrokerDescription {
  readonly platform?: Platform;
  readonly restart?: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
