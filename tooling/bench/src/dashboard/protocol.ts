// What the bench and the process that feeds the pages say to each other over Node's IPC channel.

/** What the feeder is to do. It is handed over as JSON, in the first argument. */
export interface FeederTask {
  readonly devices: number;
  /** The folder of the built dashboard. */
  readonly dashboardFolder: string;
  /** The folder of the built peer. */
  readonly peerFolder: string;
}

/** So many readings for the page that opened the stream last. */
export interface ToFeeder {
  readonly type: "feed";
  readonly readings: number;
  /** `null`: as fast as the page takes them, received in the past two minutes, as what a relay replays. */
  readonly ratePerSecond: number | null;
}

export type FromFeeder =
  | { readonly type: "listening"; readonly port: number }
  /** A page has opened the stream. */
  | { readonly type: "opened" }
  /** All readings that were asked for are due. Those that the page was too slow for follow as it takes them. */
  | { readonly type: "due" };
