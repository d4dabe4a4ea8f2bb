import type { TesaError } from "./errors.ts";

/**
 * Where a stream stands.
 *
 * ```
 * idle > connecting > subscribing > live > waiting > connecting ...
 *        any of them > draining > closed
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

type StateType = StreamState["type"];

const NEXT: Readonly<Record<StateType, readonly StateType[]>> = {
  idle: ["connecting", "draining", "closed"],
  // A broker that knows no MQTT 5 is asked again at once, with 3.1.1.
  connecting: ["connecting", "subscribing", "waiting", "draining", "closed"],
  subscribing: ["live", "waiting", "draining", "closed"],
  live: ["waiting", "draining", "closed"],
  waiting: ["connecting", "draining", "closed"],
  draining: ["closed"],
  closed: [],
};

/** The one place where the state of a stream changes. */
export interface StateMachine {
  readonly state: StreamState;
  /** Changes the state and announces it. @throws Error for a transition that does not exist: a defect in this package */
  change(next: StreamState): void;
  /** The present state, then each later one; ends after `closed`. A slow watcher gets every state. */
  watch(): AsyncIterableIterator<StreamState>;
}

/** Makes a state machine in state `idle`. */
export function createStateMachine(): StateMachine {
  let state: StreamState = { type: "idle" };
  const watchers = new Set<(state: StreamState) => void>();
  return {
    get state() {
      return state;
    },
    change(next) {
      if (!NEXT[state.type].includes(next.type)) {
        throw new Error(`A stream cannot go from ${state.type} to ${next.type}.`);
      }
      state = next;
      for (const watcher of [...watchers]) watcher(next);
    },
    async *watch() {
      const queue: StreamState[] = [state];
      let wake: (() => void) | undefined;
      const watcher = (next: StreamState) => {
        queue.push(next);
        wake?.();
      };
      watchers.add(watcher);
      try {
        for (;;) {
          const next = queue.shift();
          if (next === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          yield next;
          if (next.type === "closed") return;
        }
      } finally {
        watchers.delete(watcher);
      }
    },
  };
}
