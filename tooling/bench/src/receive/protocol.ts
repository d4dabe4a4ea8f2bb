// What the processes of the bench say to each other over Node's IPC channel.

/** How the next connection is to be fed. */
export interface FeedPlan {
  /** How many messages may be unacknowledged at once. */
  readonly window: number;
  /** So many first, as fast as the window lets them out. */
  readonly warmUp: number;
  /** So many in all. */
  readonly total: number;
  /** What comes after the warm-up; `null`: as fast as the window lets it out. */
  readonly pace: Pace | null;
}

/** Messages per second, and whether those of a millisecond come together or each by itself. */
export interface Pace {
  readonly ratePerSecond: number;
  readonly arrival: "ticks" | "scattered";
}

/** What the source sent, and what it was told of it. */
export interface FeedOutcome {
  readonly sent: number;
  readonly acknowledged: number;
  /** The sum of the readings that were sent. */
  readonly sum: number;
  /** What the receiver did that MQTT does not allow, such as an acknowledgement out of order. */
  readonly faults: readonly string[];
}

export type ToSource =
  | { readonly type: "listen"; readonly key: string; readonly certificate: string }
  | { readonly type: "prepare"; readonly plan: FeedPlan; readonly protocolVersion: 4 | 5 }
  | { readonly type: "report" };

export type FromSource =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "prepared" }
  | { readonly type: "reported"; readonly outcome: FeedOutcome };

/** What a receiver is to do. It is handed over as JSON, in the first argument. */
export interface ReceiverTask {
  readonly url: string;
  readonly caCertPath: string;
  readonly protocolVersion: 4 | 5;
  /** How many messages will come. */
  readonly total: number;
  /** How many come before the measurement begins. */
  readonly from: number;
  /** An empty folder of its own. */
  readonly folder: string;
}

/** What a receiver measured, between two moments at which `from` and `total` messages had been dealt with. */
export interface Measurement {
  /** CPU time of the whole process, user and system, all threads, in microseconds. */
  readonly cpuUs: number;
  readonly wallUs: number;
  /** Messages dealt with in that time. */
  readonly messages: number;
}

/** What a receiver tells at its end. */
export interface ReceiverReport {
  readonly measurement: Measurement;
  readonly received: number;
  /** The sum of the readings; `null` from a receiver that does not look into messages. */
  readonly sum: number | null;
  /** How many messages are in its database afterwards; `null` where it has none. */
  readonly stored: number | null;
}
