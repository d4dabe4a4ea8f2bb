import type { LinkState, Problem, Source, SourceListener } from "../source/source.ts";
import { FleetStore } from "./fleet-store.ts";
import { LagMeter } from "./lag-meter.ts";

/** What is told of the connection; a new object with each change. */
export interface SessionState {
  /** The page's own link. */
  readonly link: LinkState;
  /** That of the relay to the broker; `null` where there is none or it is not known. */
  readonly upstream: LinkState | null;
  /** Changes when live messages do not follow on those before: history has to be read anew. */
  readonly stretch: number;
}

/** A source and what came from it, from when the user connected until they leave. */
export class Session {
  readonly store: FleetStore;
  readonly lag = new LagMeter();
  #state: SessionState = { link: { type: "connecting", attempt: 1 }, upstream: null, stretch: 0 };
  #source: Source | undefined;
  #clockAheadMs = 0;
  readonly #watchers = new Set<() => void>();
  readonly #now: () => number;

  constructor({
    now,
    store = new FleetStore(),
  }: { readonly now: () => number; readonly store?: FleetStore }) {
    this.#now = now;
    this.store = store;
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  readonly getState = (): SessionState => this.#state;

  get source(): Source | undefined {
    return this.#source;
  }

  /** The time by the clock that stamps messages, as far as it is known. */
  now(): number {
    return this.#now() - this.#clockAheadMs;
  }

  /** The same, to be handed on. */
  readonly nowFor = (): number => this.now();

  /** What a source is to tell. */
  readonly listener: SourceListener = {
    onMessages: (messages) => {
      for (const message of messages) this.store.ingest(message);
      const newest = messages.at(-1);
      if (newest !== undefined) this.lag.note(newest.receivedAt, this.#now());
    },
    onGap: (gap) => {
      this.store.addGap(gap);
      if (gap.kind === "skipped") this.#change({ stretch: this.#state.stretch + 1 });
    },
    onRestart: () => this.#change({ stretch: this.#state.stretch + 1 }),
    // A refusal stands: what a source still tells while it ends is of no interest.
    onLink: (link) => {
      if (this.#state.link.type !== "refused") this.#change({ link });
    },
    onUpstream: (upstream) => this.#change({ upstream }),
  };

  setClockAhead(aheadMs: number): void {
    this.#clockAheadMs = aheadMs;
  }

  /** Takes over a source that was opened with this session's listener; it is closed with the session. */
  attach(source: Source): void {
    this.#source = source;
    for (const watcher of this.#watchers) watcher();
  }

  /** Gives the source up: whatever it tries, it cannot work. */
  refuse(problem: Problem): void {
    this.#source?.close();
    this.#change({ link: { type: "refused", problem }, upstream: null });
  }

  close(): void {
    this.#source?.close();
    this.#watchers.clear();
  }

  #change(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const watcher of [...this.#watchers]) watcher();
  }
}
