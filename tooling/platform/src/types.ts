/** Settings of the platform in a box. Each default is what EMQX, or the TESAIoT platform, has. */
export interface PlatformOptions {
  /** 0 takes any free port. The ws listener is off unless a port is given. @default mqtts 0, wss 0, ws off */
  readonly ports?: { readonly mqtts?: number; readonly wss?: number; readonly ws?: number };
  /** Where the local CA is kept between runs. @default a folder made for this run and removed at its end */
  readonly dataDir?: string;
  readonly broker?: BrokerOptions;
  /** Replaces the server certificate, to see clients refuse it. @default "valid" */
  readonly certificate?: "valid" | "expired" | "wrong-host" | "unknown-ca";
  /** The newest TLS version the listeners offer. @default "TLSv1.3" */
  readonly maxTlsVersion?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  /** `full` keeps every message until `ledger.clear()`, payloads included; `off` keeps nothing, for long runs. @default "full" */
  readonly ledger?: "full" | "off";
}

export interface BrokerOptions {
  /** Unacknowledged QoS 1 messages per client, sent as receive maximum too. @default 32 */
  readonly maxInflight?: number;
  /** Messages kept for an absent or slow client; beyond it the oldest is dropped. @default 1,000 */
  readonly maxQueue?: number;
  /** The longest session expiry, and that of MQTT 3.1.1 sessions, in seconds. @default 7,200 */
  readonly maxSessionExpirySeconds?: number;
  /** What a refused subscribe or publish leads to. @default "disconnect", the platform's setting */
  readonly denyAction?: "disconnect" | "ignore";
  /** In bytes. @default 10,485,760, the platform's setting */
  readonly maxPacketSize?: number;
  /** @default [4, 5] */
  readonly protocolVersions?: readonly (4 | 5)[];
  /** Cuts what goes to WebSocket clients into frames of so many bytes, to see clients put packets together. @default no limit */
  readonly maxFrameBytes?: number;
}

/** Username and password, as CONNECT carries them. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** An MQTT API token of the box. */
export interface IssuedToken {
  readonly organisation: string;
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly state: "active" | "expired" | "revoked";
}

export interface TokenStore {
  /** Makes a token `tesa_mqtt_<organisation>_<32 characters>`. @default 90 days */
  issue(options: { readonly organisation: string; readonly lifetimeMs?: number }): string;
  /** Ends a token's life now. As on the platform, an open connection stays; the next connect is refused. */
  expire(token: string): void;
  revoke(token: string): void;
  list(): readonly IssuedToken[];
}

export interface DeviceStore {
  /** Makes a device known; the credentials are what it connects with over MQTTS. */
  register(options: { readonly organisation: string; readonly deviceId: string }): Credentials;
  list(): readonly { readonly organisation: string; readonly deviceId: string }[];
}

/** Why CONNECT is refused on request: EMQX's codes on both protocol versions. */
export type ConnectRefusal =
  /** CONNACK 5; 0x87 */
  | "not-authorised"
  /** CONNACK 4; 0x86 */
  | "bad-password"
  /** CONNACK 3; 0x88 */
  | "unavailable"
  /** CONNACK 3; 0x89 */
  | "busy";

/** Faults concern the application listeners (wss, ws); devices go on publishing, except through a `restart`. */
export interface Faults {
  /** Refuses every CONNECT until `refuse(null)`. */
  refuse(refusal: ConnectRefusal | null): void;
  /** Answers no CONNECT at all until switched off: the TCP, TLS and WebSocket layers work. */
  ignoreConnects(on: boolean): void;
  /** Answers no SUBSCRIBE until switched off, as EMQX does while its ACL back end hangs. */
  ignoreSubscribes(on: boolean): void;
  /** Cuts the TCP connections of applications now, without a close frame. Gives how many. */
  dropConnections(options?: { readonly clientId?: string }): number;
  /** Ends connections in the broker's way: DISCONNECT 0x98 (v5) or close 1000 (v4). Gives how many. */
  kick(options?: { readonly clientId?: string }): number;
  /** Half-open: open connections get nothing more and are not read from, until they are ended or `goSilent(false)`. */
  goSilent(on: boolean): void;
  /** Delays each packet to applications by this long; 0 ends it. */
  slowDown(delayMs: number): void;
  /** Stops the listeners and forgets every session and retained message, as an EMQX restart does; starts on the same ports. */
  restart(options?: { readonly downMs?: number }): Promise<void>;
  /** Sends these bytes raw to every connected application (garbage after CONNACK). */
  inject(bytes: Uint8Array): number;
}

/** What became of one message for one client, in the order of events. */
export interface LedgerEntry {
  readonly at: number;
  /** `queued` only when it could not be sent at once. At QoS 0 nothing follows `sent`. */
  readonly event: "queued" | "sent" | "resent" | "acknowledged" | "dropped";
  /** Why it was dropped: the queue was full, the session ended, or it is larger than the client takes. */
  readonly reason?: "overflow" | "session-ended" | "too-large";
  readonly clientId: string;
  /** A number that the broker gave the message when it was published, from 1. */
  readonly messageId: number;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** The oracle of a run: every message queued, sent, acknowledged or dropped by overflow. */
export interface Ledger {
  /** What was acknowledged to publishers (PUBACK sent, or taken at QoS 0), in order. */
  readonly published: readonly {
    readonly messageId: number;
    readonly topic: string;
    readonly payload: Uint8Array;
  }[];
  entries(filter?: {
    readonly clientId?: string;
    readonly event?: LedgerEntry["event"];
  }): readonly LedgerEntry[];
  /** Forgets what was noted so far. */
  clear(): void;
}

/** One client as the broker sees it. */
export interface ClientInfo {
  readonly clientId: string;
  readonly organisation: string | null;
  readonly connected: boolean;
  readonly protocolVersion: 4 | 5;
  readonly subscriptions: readonly string[];
  readonly inflight: number;
  readonly queued: number;
}

/** What happened, for people and tests that want to watch. */
export type PlatformEvent =
  | {
      readonly type: "connect-attempt";
      readonly at: number;
      readonly clientId: string;
      readonly reasonCode: number;
    }
  | {
      readonly type: "connected";
      readonly at: number;
      readonly clientId: string;
      readonly sessionPresent: boolean;
    }
  | { readonly type: "disconnected"; readonly at: number; readonly clientId: string; readonly reason: string }
  | {
      readonly type: "subscribed";
      readonly at: number;
      readonly clientId: string;
      readonly filters: readonly string[];
      readonly reasonCodes: readonly number[];
    };

/** A running platform. Everything listens on 127.0.0.1 only. */
export interface Platform extends AsyncDisposable {
  readonly urls: { readonly wss: string; readonly mqtts: string; readonly ws: string | undefined };
  /** The PEM file of the CA that signed the listeners' certificate: `CA_CERT_PATH` of a client. */
  readonly caCertPath: string;
  readonly tokens: TokenStore;
  readonly devices: DeviceStore;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly version: string;
  clients(): readonly ClientInfo[];
  onEvent(listener: (event: PlatformEvent) => void): () => void;
  close(): Promise<void>;
}
