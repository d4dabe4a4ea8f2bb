import { backoffDelayMs, type Clock, DEFAULT_BACKOFF } from "@tesa/core";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { type Incoming, parseIncoming } from "../data/incoming.ts";
import { again, type Ending, endingOf } from "./relay-ending.ts";
import {
  type RelayAccess,
  RelayRefusal,
  readGaps,
  readHistory,
  readRoster,
  requestRelay,
  toGap,
} from "./relay-http.ts";
import { toUpstream } from "./relay-state.ts";
import type { LinkState, Occasion, Source, SourceListener } from "./source.ts";

/** What a relay source is made of. */
export interface RelaySourceOptions extends RelayAccess {
  readonly clock: Clock;
  readonly random: () => number;
  readonly listener: SourceListener;
  /** Told once the relay's clock is known: how far this page's is ahead, in milliseconds. */
  readonly onClock: (aheadMs: number) => void;
}

/** The relay sends a comment every 15 s: after three of them went missing the connection is gone. */
const SILENCE_MS = 45_000;
/** After sleep or in a new network one missing comment is enough. */
const SUSPECT_SILENCE_MS = 20_000;
/** And where that was shorter, something has to come soon: a stream cannot be pinged, and a new one misses nothing. */
const SIGN_MS = 5_000;
const WATCH_MS = 5_000;
/** How much of the past is asked for at the beginning, for sparklines. */
const RECENT_MS = 120_000;
/** Whoever was away for longer begins anew: views ask for history themselves. */
const MAX_REPLAY_MS = 600_000;
/** A connection that lasted this long was a good one (design: reset after it has lasted). */
const LASTED_MS = 30_000;

/** Follows a relay: begins with what it knows of the fleet, then its stream, and comes back by itself from any outage. */
export function openRelaySource(options: RelaySourceOptions): Source {
  const source = new RelaySource(options);
  void source.run();
  return source;
}

class RelaySource implements Source {
  readonly kind = "relay";
  readonly address: string;
  readonly history: NonNullable<Source["history"]>;
  readonly #options: RelaySourceOptions;
  readonly #closed = new AbortController();
  #lastId: string | null = null;
  #last: { readonly epoch: string; readonly seq: number } | null = null;
  /** Until when the stream was there: what comes after `#lastId` came later, however long ago that is. */
  #followedUntil = 0;
  #lastByteAt = 0;
  #newestReceivedAt = Number.NEGATIVE_INFINITY;
  /** Ends the connection or the wait that is under way. */
  #step = new AbortController();
  #isWaiting = false;
  /** Calls off the wait for a sign of life. */
  #cancelSign: (() => void) | undefined;

  constructor(options: RelaySourceOptions) {
    this.#options = options;
    this.address = options.baseUrl;
    this.history = (query) => readHistory(options, query);
  }

  get heardAt(): number {
    return this.#lastByteAt;
  }

  retryNow(): void {
    if (this.#isWaiting) this.#step.abort();
  }

  checkNow(occasion: Occasion): void {
    if (this.#isWaiting || this.#isSilentFor(SUSPECT_SILENCE_MS)) this.#step.abort();
    else if (occasion === "woken") this.#awaitSign();
  }

  close(): void {
    this.#closed.abort();
    this.#step.abort();
  }

  async run(): Promise<void> {
    const { clock, random, listener } = this.#options;
    let attempt = 0;
    while (!this.#closed.signal.aborted) {
      this.#tell({ type: "connecting", attempt: attempt + 1 });
      const startedAt = clock.now();
      const ending = await this.#connect();
      if (this.#closed.signal.aborted) break;
      listener.onUpstream(null);
      if (ending.type === "refused") {
        this.#tell(ending);
        return;
      }
      if (clock.now() - startedAt >= LASTED_MS) attempt = 0;
      attempt += 1;
      const delayMs = ending.afterMs ?? backoffDelayMs(attempt, DEFAULT_BACKOFF, random);
      if (delayMs === 0) continue;
      this.#tell({ type: "waiting", problem: ending.problem, retryAt: clock.now() + delayMs });
      // A try that somebody asked for makes no later wait longer.
      if (!(await this.#wait(delayMs))) attempt -= 1;
    }
  }

  /** One connection, from the first request to its end. */
  async #connect(): Promise<Ending> {
    const step = new AbortController();
    this.#step = step;
    this.#lastByteAt = this.#options.clock.now();
    const stopWatching = this.#watch(step);
    try {
      const response = await this.#openStream(step.signal);
      await this.#read(response, step.signal);
      return again("relay-ended");
    } catch (error) {
      if (error instanceof RelayRefusal) return endingOf(error);
      if (step.signal.aborted) return { ...again("relay-silent"), afterMs: 0 };
      return again("relay-unreachable");
    } finally {
      stopWatching();
      this.#cancelSign?.();
      step.abort();
    }
  }

  async #openStream(signal: AbortSignal): Promise<Response> {
    const { clock, listener } = this.#options;
    if (this.#lastId !== null && clock.now() - this.#followedUntil <= MAX_REPLAY_MS) {
      return this.#request("/v1/stream", signal, { "Last-Event-ID": this.#lastId });
    }
    const { latest, clockAheadMs } = await readRoster(this.#options, () => clock.now(), signal);
    this.#options.onClock(clockAheadMs);
    // Told once the relay is there again: until then nobody knows how long it is.
    if (this.#lastId !== null) {
      const [from, to] = [this.#followedUntil - clockAheadMs, clock.now() - clockAheadMs];
      listener.onGap({ kind: "skipped", from, to });
    }
    this.#lastId = null;
    for (const gap of await readGaps(this.#options, signal).catch(noGaps)) listener.onGap(gap);
    const newest = latest.reduce((time, { receivedAt }) => Math.max(time, receivedAt), 0);
    const from = (newest || clock.now() - clockAheadMs) - RECENT_MS;
    // A device that was silent since is known by its last message; of the others everything comes in its order.
    const known = this.#last === null ? Number.NEGATIVE_INFINITY : this.#newestReceivedAt;
    listener.onMessages(latest.filter(({ receivedAt }) => receivedAt < from && receivedAt > known));
    return this.#request(`/v1/stream?from=${Math.floor(from)}`, signal);
  }

  #request(path: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    return requestRelay(this.#options, path, {
      signal,
      headers: { ...headers, Accept: "text/event-stream" },
    });
  }

  async #read(response: Response, signal: AbortSignal): Promise<void> {
    const { clock, listener } = this.#options;
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
    this.#tell({ type: "live", since: clock.now() });
    const decoder = new TextDecoder();
    let batch: Incoming[] = [];
    const parser = createParser({
      onEvent: (event) => this.#onEvent(event, batch),
    });
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      this.#lastByteAt = clock.now();
      this.#followedUntil = this.#lastByteAt;
      parser.feed(decoder.decode(value, { stream: true }));
      if (batch.length > 0) {
        listener.onMessages(batch);
        batch = [];
      }
    }
    if (signal.aborted) throw signal.reason;
  }

  #onEvent({ event, id, data }: EventSourceMessage, batch: Incoming[]): void {
    const { listener } = this.#options;
    if (event === "gap") {
      const gap = toGap(parsed(data));
      // What came before the gap belongs before it.
      listener.onMessages(batch.splice(0));
      if (gap !== null) listener.onGap(gap);
    } else if (event === "state") {
      const upstream = toUpstream(parsed(data));
      if (upstream !== undefined) listener.onUpstream(upstream);
    } else {
      const message = parseIncoming(data);
      if (message !== null && this.#isNew(id, batch)) {
        this.#newestReceivedAt = message.receivedAt;
        batch.push(message);
      }
    }
  }

  /** Notes an event's id (`EPOCH:SEQ`). What was replayed although it had come is not new. */
  #isNew(id: string | undefined, batch: Incoming[]): boolean {
    const [, epoch = "", seq = "0"] = /^(.*):(\d+)$/.exec(id ?? "") ?? [];
    const next = { epoch, seq: Number(seq) };
    if (this.#last !== null && this.#last.epoch !== epoch) {
      const { listener } = this.#options;
      listener.onMessages(batch.splice(0));
      listener.onRestart();
    } else if (this.#last !== null && next.seq <= this.#last.seq) return false;
    this.#last = next;
    this.#lastId = id ?? null;
    return true;
  }

  /** Cuts a connection on which nothing has come for too long. Gives how to stop watching. */
  #watch(step: AbortController): () => void {
    const { clock } = this.#options;
    let cancel: () => void = () => {};
    const look = () => {
      if (this.#isSilentFor(SILENCE_MS)) step.abort();
      else cancel = clock.setTimer(WATCH_MS, look);
    };
    cancel = clock.setTimer(WATCH_MS, look);
    return () => cancel();
  }

  /** Cuts the connection unless something comes within a few seconds. */
  #awaitSign(): void {
    if (this.#cancelSign !== undefined || this.#closed.signal.aborted) return;
    const { clock } = this.#options;
    const since = clock.now();
    const cancel = clock.setTimer(SIGN_MS, () => {
      this.#cancelSign = undefined;
      if (this.#lastByteAt <= since) this.#step.abort();
    });
    this.#cancelSign = () => {
      this.#cancelSign = undefined;
      cancel();
    };
  }

  #isSilentFor(ms: number): boolean {
    return this.#options.clock.now() - this.#lastByteAt > ms;
  }

  /** Gives whether all of it went by. */
  async #wait(delayMs: number): Promise<boolean> {
    const step = new AbortController();
    this.#step = step;
    this.#isWaiting = true;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.setTimer(delayMs, resolve);
      step.signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
    this.#isWaiting = false;
    return !step.signal.aborted;
  }

  #tell(state: LinkState): void {
    if (!this.#closed.signal.aborted) this.#options.listener.onLink(state);
  }
}

/** The stream tells gaps too; a relay that cannot list the earlier ones is no reason to show nothing. */
function noGaps(error: unknown): [] {
  if (error instanceof RelayRefusal) return [];
  throw error;
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    // Not an event of a relay that we know.
    return null;
  }
}
