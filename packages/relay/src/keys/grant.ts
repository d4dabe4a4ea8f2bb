import type { RelayScope } from "./claims.ts";

/** What the holder of a key may do. */
export interface Grant {
  readonly organisation: string | null;
  /** `null`: all. */
  readonly devices: ReadonlySet<string> | null;
  readonly scope: ReadonlySet<RelayScope>;
  /** Epoch milliseconds. */
  readonly endsAt: number;
  /** Equal for the same key, and for no other; not the key itself. */
  readonly holder: string;
}

/** Of a relay that asks for no key. */
export const OPEN_GRANT: Grant = {
  organisation: null,
  devices: null,
  scope: new Set<RelayScope>(["stream", "history", "metrics"]),
  endsAt: Number.POSITIVE_INFINITY,
  holder: "open",
};
