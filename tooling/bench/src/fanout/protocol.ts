// What the processes of the bench say to each other over Node's IPC channel.
import type { Variant } from "./plan.ts";

/** What a server is to do. It is handed over as JSON, in the first argument. */
export interface ServerTask {
  readonly variant: Variant;
  readonly clients: number;
  readonly ratePerSecond: number;
  /** How many events come before the measurement begins. */
  readonly warmUp: number;
  /** How many are measured. */
  readonly events: number;
}

export type ToServer = { readonly type: "publish" } | { readonly type: "report" };

export type FromServer =
  | { readonly type: "listening"; readonly port: number }
  /** When each event was published, the warm-up first, in epoch milliseconds with their fraction. */
  | { readonly type: "published"; readonly times: readonly number[] }
  | {
      readonly type: "measured";
      /** CPU time of the whole process, user and system, from the first measured event to now, in microseconds. */
      readonly cpuUs: number;
      readonly version: string;
    };

/** What a process of clients is to do. */
export interface ClientTask {
  readonly port: number;
  readonly clients: number;
  /** How many events will come. */
  readonly events: number;
}

export interface ToClients {
  readonly type: "finish";
  readonly times: readonly number[];
  readonly warmUp: number;
}

export type FromClients =
  | { readonly type: "connected" }
  | {
      readonly type: "counted";
      /** Measured events that did not come to a client, added up over the clients. */
      readonly missing: number;
      readonly bytes: number;
      /** How many arrivals took so long: pairs of a bin's number and a count. */
      readonly latencies: readonly (readonly [bin: number, count: number])[];
    };

/** What was found out in one run. */
export interface Measurement {
  /** Events times clients. */
  readonly deliveries: number;
  readonly missing: number;
  readonly cpuUs: number;
  /** From publishing to the arrival at a client, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Bytes of a delivery, with the share of all framing. */
  readonly bytesPerDelivery: number;
}
