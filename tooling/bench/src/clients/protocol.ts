/** What a client needs to reach the box. */
export interface BoxAddress {
  readonly wss: string;
  readonly mqtts: string;
  readonly caCertPath: string;
  readonly token: string;
}

/** What the box's process tells the bench. */
export type FromBox =
  | ({ readonly type: "ready" } & BoxAddress)
  /** A client has subscribed. */
  | { readonly type: "subscribed" }
  /** Every message of the run has been acknowledged by the client. */
  | { readonly type: "acknowledged" };

/** What the bench tells the box's process. */
export interface ToBox {
  readonly type: "publish";
  readonly count: number;
}
