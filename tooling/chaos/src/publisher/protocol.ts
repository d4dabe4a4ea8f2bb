import type { DeviceReport, PublishingDevice } from "./device-link.ts";

/** Whom the publisher publishes for, where to, and how fast. */
export interface PublisherSettings {
  /** `mqtts://host:port` */
  readonly url: string;
  readonly caCertPath: string;
  /** At least one; they publish in turns. */
  readonly devices: readonly PublishingDevice[];
  /** Messages per second over all devices. */
  readonly rate: number;
}

/** What the publisher's process is told. */
export type PublisherCommand =
  | { readonly type: "open"; readonly settings: PublisherSettings }
  | { readonly type: "start" }
  | { readonly type: "stop" };

/** What it tells. */
export type PublisherEvent =
  | { readonly type: "opened" }
  | { readonly type: "done"; readonly devices: readonly DeviceReport[]; readonly elapsedMs: number }
  | { readonly type: "failed"; readonly reason: string };
