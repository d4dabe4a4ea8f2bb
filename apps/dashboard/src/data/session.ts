import type { LinkState, Problem, Source, SourceListener } from "../source/source.ts";
import { FleetStore } from "./fleet-store.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import { LagMeter } from "./lag-meter.ts";
import type { Pace } from "./pace.ts";

/** What is told of the connection; a new object with each change. */
export interface SessionState {
  /** The page's own link. */
  readonly link: LinkState;
  /** That of the relay to the broker; `null` where there is none or it is not known. */
  readonly upstream: LinkState | null;
  /** Changes when live messages do not follow on those before: history has to be read anew. */
  readonly stretch: number;
}

/** A relay from which not even a sign of life came for so long may well be gone. */
const SUSPECT_MS = 20_000;

/** A source and what came from it, from when the user connected until they leave. */
export class Session {
  readonly store: FleetStore;
  readonly lag = new LagMeter();
  #state: SessionState = { link: { type: "connecting", attempt: 1 }, upstream: null, stretch: 0 };
  #source: Source | undefined;
  #clockAheadMs = 0;
  /** When messages came last, by this machine's clock. */
  #messagesAt = Number.NEGATIVE_INFINITY;
  readonly #watchers = new Set<() => void>();
  readonly #ended = new AbortController();
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

  /** Aborts when the session is closed. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get source(): Source | undefined {
    return this.#source;
  }

  /** The time by the clock that stamps messages, as far as it is known. */
  now(): number {
    return this.#now() - this.#clockAheadMs;
  }

  /** The same, to be handed on. */
  readonly nowFor = (): number => this.now();

  /** Whether what is sent now would be seen here, as far as is known. */
  get isReceiving(): boolean {
    const heardAt = this.#source?.heardAt;
    if (heardAt !== undefined && this.#now() - heardAt > SUSPECT_MS) return false;
    return this.store.reception.isUp;
  }

  /** How fresh a device or a sensor is; `unknown` while nothing is being received. */
  freshnessOf(pace: Pace): Freshness {
    return this.isReceiving ? freshnessOf(pace, this.now(), this.store.reception) : "unknown";
  }

  /** The page was stopped for so long, until now. */
  noteSleep(ms: number): void {
    this.store.reception.missed(this.now() - ms, this.now());
  }

  /** What a source is to tell. */
  readonly listener: SourceListener = {
    onMessages: (messages) => {
      for (const message of messages) this.store.ingest(message);
      const newest = messages.at(-1);
      if (newest === undefined) return;
      this.#messagesAt = this.#now();
      this.lag.note(newest.receivedAt, this.#messagesAt);
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
    this.#ended.abort();
    this.#watchers.clear();
  }

  #change(change: Partial<SessionState>): void {
    const heardUntil = this.#heardUntil(change.link);
    this.#state = { ...this.#state, ...change };
    const { reception } = this.store;
    const { link, upstream } = this.#state;
    const receives = link.type === "live" && (upstream === null || upstream.type === "live");
    if (receives && !reception.isUp) reception.resumed(this.now());
    else if (!receives && reception.isUp) reception.lost(heardUntil);
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Until when the page was surely receiving if it is no longer: a dead connection is found out later. */
  #heardUntil(next: LinkState | undefined): number {
    const now = this.#now();
    const { link } = this.#state;
    if (link.type !== "live" || next === undefined || next.type === "live") return this.now();
    const isDead = next.type === "waiting" && next.problem.code === "keep-alive-timeout";
    const heardAt = this.#source?.heardAt ?? (isDead ? Math.max(link.since, this.#messagesAt) : now);
    return Math.min(heardAt, now) - this.#clockAheadMs;
  }
}
