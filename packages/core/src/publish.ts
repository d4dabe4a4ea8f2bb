/** A PUBLISH packet as it came off the wire. */
export interface Publish {
  readonly topic: string;
  /** Belongs to the receiver: the transport copies what it would overwrite. */
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retained: boolean;
  /** Whether the broker says that it may have sent it before (DUP). */
  readonly duplicate: boolean;
  /** The packet id (1 to 65,535) to acknowledge it by; `undefined` at QoS 0. */
  readonly packetId: number | undefined;
  /** When it came, in epoch milliseconds. */
  readonly receivedAt: number;
}
