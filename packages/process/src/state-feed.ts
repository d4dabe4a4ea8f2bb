import type { StreamState } from "@tesa/core";

/** The states of a stream, for whoever serves its log to others and tells them how it goes. */
export interface StreamStates {
  readonly state: StreamState;
  /** The present state, then each later one, up to `closed`. Any number of watchers. */
  status(): AsyncIterableIterator<StreamState>;
}

/** {@link StreamStates} that an observer fills. */
export interface StateFeed extends StreamStates {
  onState(state: StreamState): void;
}

/** Makes a feed at the state `idle`. */
export function createStateFeed(): StateFeed {
  let state: StreamState = { type: "idle" };
  // Replaced at each change: whoever waits on the old one is told by it.
  let changed = Promise.withResolvers<void>();
  return {
    get state() {
      return state;
    },
    onState(next) {
      state = next;
      const { resolve } = changed;
      changed = Promise.withResolvers<void>();
      resolve();
    },
    async *status() {
      for (let told: StreamState | undefined; told?.type !== "closed"; ) {
        if (told === state) await changed.promise;
        told = state;
        yield told;
      }
    },
  };
}
