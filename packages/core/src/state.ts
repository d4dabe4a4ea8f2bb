import type { TesaError } from "./errors.ts";

/**
 * Where a stream stands.
 *
 * ```
 * idle > connecting > subscribing > live > waiting > connecting ...
 *                                any of them > draining > closed
 * ```
 */
export type StreamState =
  | { readonly type: "idle" }
  /** `attempt` counts from 1 since the last connection that lasted. */
  | { readonly type: "connecting"; readonly attempt: number; readonly protocolVersion: 4 | 5 }
  | { readonly type: "subscribing"; readonly attempt: number; readonly sessionPresent: boolean }
  | {
      readonly type: "live";
      readonly since: number;
      readonly sessionPresent: boolean;
      readonly protocolVersion: 4 | 5;
      readonly filters: readonly string[];
    }
  /** `until` is the epoch millisecond of the next attempt. */
  | {
      readonly type: "waiting";
      readonly attempt: number;
      readonly delayMs: number;
      readonly until: number;
      readonly error: TesaError;
    }
  | { readonly type: "draining" }
  /** `error` is `null` when the stream was closed by its owner. */
  | { readonly type: "closed"; readonly error: TesaError | null };
