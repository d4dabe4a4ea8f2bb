import type { StoredGap } from "../data/fleet-store.ts";
import type { Incoming } from "../data/incoming.ts";

/** Why something does not work, as a closed set of codes that the page has words for, and the words of the other side. */
export interface Problem {
  readonly code: string;
  readonly message: string | null;
}

/** Where one link stands: that of the page to the relay or broker, or that of the relay to the broker. */
export type LinkState =
  | { readonly type: "connecting"; readonly attempt: number }
  | { readonly type: "live"; readonly since: number }
  /** `retryAt` is the epoch millisecond of the next try; `null` where it is not known. */
  | { readonly type: "waiting"; readonly problem: Problem; readonly retryAt: number | null }
  /** Somebody has to do something before it goes on. */
  | { readonly type: "refused"; readonly problem: Problem }
  | { readonly type: "closed"; readonly problem: Problem | null };

/** What a source tells. */
export interface SourceListener {
  /** In the order of `seq`; none comes twice. */
  onMessages(messages: readonly Incoming[]): void;
  onGap(gap: StoredGap): void;
  /** What comes from now on does not follow on what came: the log behind the relay is another one. */
  onRestart(): void;
  /** The page's own link. */
  onLink(state: LinkState): void;
  /** The link behind it; `null` where there is none of its own. */
  onUpstream(state: LinkState | null): void;
}

/** A stretch of history to read; `to` is not part of it. */
export interface HistoryQuery {
  readonly device: string;
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
}

/**
 * Why a connection is looked at: the page came into sight; or it, or the machine, was asleep or offline, so that the
 * connection may well be dead.
 */
export type Occasion = "shown" | "woken";

/** Where messages come from: a relay, or the broker itself. */
export interface Source {
  readonly kind: "relay" | "direct";
  /** Where it is, as the user would name it; never with a key. */
  readonly address: string;
  /**
   * When anything came last, a sign of life included, by this machine's clock; something has to every 15 s. `undefined`
   * where the source looks after that itself.
   */
  readonly heardAt?: number | undefined;
  /** Ends a wait: at once, or where a broker would ban who comes so soon, a second after it began. */
  retryNow(): void;
  /** Ends a wait; else looks whether the connection is still there. */
  checkNow(occasion: Occasion): void;
  close(): void;
  /** What the relay still has of a device, oldest first, in pages; not there in direct mode. */
  readonly history?: (query: HistoryQuery) => AsyncIterable<readonly Incoming[]>;
}
