import type { Clock, TelemetryStream } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import type { RelayCounts } from "../counts.ts";
import { EventRing, type RingLimits } from "./event-ring.ts";
import { Fanout } from "./fanout.ts";
import type { Feed } from "./feed.ts";
import { flushDelayMs, flushWindowMs } from "./flush-window.ts";
import { GapList } from "./gap-list.ts";
import { LatestView } from "./latest-view.ts";
import { LiveEvent } from "./live-event.ts";
import type { Member, Place } from "./subscriber.ts";
import { sweep } from "./sweep.ts";
import { followUpstream, type Upstream } from "./upstream.ts";
import { frameWire, sseWire } from "./wire.ts";

/** What a {@link Hub} is made with. */
export interface HubOptions {
  readonly log: TelemetryLog;
  readonly clock: Clock;
  readonly stream: Pick<TelemetryStream, "state" | "status"> | undefined;
  readonly ring: RingLimits;
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly counts: RelayCounts;
  readonly onFailure: (error: unknown) => void;
}

/** Whether the log is being read: only while somebody is there to read for. */
type Reading =
  | { readonly type: "resting" }
  | { readonly type: "starting"; readonly started: Promise<void> }
  | { readonly type: "reading" }
  | { readonly type: "closed" };

const SWEEP_MS = 1_000;
/** After the log could not be read. */
const RETRY_MS = 1_000;
const PAGE_ROWS = 1_000;
/** So many events waiting are written without waiting longer. */
const MAX_WAITING = 2_000;

/** Reads the log as it grows, for all clients together, and hands on what comes: in order, several in one write when busy. */
export class Hub implements Feed {
  readonly log: TelemetryLog;
  readonly clock: Clock;
  readonly ring: EventRing;
  readonly gaps: GapList;
  readonly upstream: Upstream;
  readonly sse: {
    readonly all: Fanout<Uint8Array<ArrayBuffer>>;
    readonly latest: LatestView<Uint8Array<ArrayBuffer>>;
  };
  readonly frames: { readonly all: Fanout<string>; readonly latest: LatestView<string> };
  place: Place = { seq: 0, gaps: 0 };
  readonly #options: HubOptions;
  readonly #counts: RelayCounts;
  /** Each with what is to be called when it has gone. */
  readonly #members = new Map<Member, () => void>();
  readonly #cancel = new Map<"flush" | "sweep" | "retry", () => void>();
  readonly #forgetAppend: () => void;
  #reading: Reading = { type: "resting" };
  /** How many clients are there or about to be. */
  #holds = 0;
  #isPumping = false;
  #hasNews = false;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #waitingSince: number | null = null;

  constructor(options: HubOptions) {
    const { log, clock, stream, ring, counts, onFailure } = options;
    this.#options = options;
    this.#counts = counts;
    this.log = log;
    this.clock = clock;
    this.ring = new EventRing(ring);
    this.gaps = new GapList(log);
    this.upstream = followUpstream(stream, { now: () => clock.now(), onChange: () => this.#tellState() });
    this.sse = {
      all: new Fanout(sseWire, this, onFailure),
      latest: new LatestView(sseWire, this, onFailure),
    };
    this.frames = {
      all: new Fanout(frameWire, this, onFailure),
      latest: new LatestView(frameWire, this, onFailure),
    };
    this.#forgetAppend = log.onAppend(() => {
      this.#counts.batches += 1;
      this.#hasNews = true;
      void this.#pump();
    });
  }

  get clients(): number {
    return this.#members.size;
  }

  /**
   * Reads on, for a client that is about to come; only behind this is there a place to begin at. The returned function
   * takes it back and may be called twice.
   *
   * @throws TesaError `log`
   */
  async hold(): Promise<() => void> {
    let isHeld = true;
    this.#holds += 1;
    const release = () => {
      if (isHeld) this.#holds -= 1;
      isHeld = false;
      if (this.#holds === 0) this.#rest();
    };
    try {
      await this.#started();
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** Fulfils when live clients have been written everything up to there, which the log has. */
  async passed(seq: number): Promise<void> {
    while (this.place.seq < seq && this.#reading.type === "reading") {
      this.#lookForNews();
      this.#flush();
      await new Promise<void>((resolve) => this.clock.setTimer(5, resolve));
    }
  }

  /** Keeps watch over a client until it has gone; `onLeft` is then called once. */
  join(member: Member, onLeft: () => void): void {
    this.#members.set(member, onLeft);
    if (!this.#cancel.has("sweep")) this.#sweepLater();
  }

  /** May be called twice. */
  leave(member: Member): void {
    const onLeft = this.#members.get(member);
    if (onLeft === undefined) return;
    this.#members.delete(member);
    member.isGone = true;
    member.wake();
    onLeft();
  }

  /** Ends all clients. */
  close(): void {
    this.#forgetAppend();
    for (const member of [...this.#members.keys()]) {
      member.outlet.close();
      this.leave(member);
    }
    this.#rest();
    this.#reading = { type: "closed" };
  }

  async #started(): Promise<void> {
    if (this.#reading.type === "resting") this.#reading = { type: "starting", started: this.#begin() };
    if (this.#reading.type === "starting") await this.#reading.started;
  }

  async #begin(): Promise<void> {
    try {
      await this.gaps.poll(this.clock.now());
      const { lastSeq } = await this.log.bounds();
      this.ring.restart(lastSeq);
      this.place = { seq: lastSeq, gaps: this.gaps.length };
      this.#reading = { type: "reading" };
      this.#lookForNews();
    } catch (error) {
      this.#reading = { type: "resting" };
      throw error;
    }
  }

  #rest(): void {
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
    this.#waitingSince = null;
    this.sse.latest.close();
    this.frames.latest.close();
    if (this.#reading.type === "reading") this.#reading = { type: "resting" };
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#hasNews && this.#reading.type === "reading") await this.#readOn(this.#reading);
    } catch (error) {
      this.#options.onFailure(error);
      this.#hasNews = true;
      this.#later("retry", RETRY_MS, () => void this.#pump());
    } finally {
      this.#isPumping = false;
    }
  }

  async #readOn(reading: Reading): Promise<void> {
    this.#hasNews = false;
    const after = this.ring.lastSeq;
    const page = await this.log.read({ after, limit: PAGE_ROWS });
    // After the messages: a gap is in the log before the message behind it.
    await this.gaps.poll(this.clock.now());
    // All clients may have gone meanwhile, and another have come for whom it begins anew.
    if (this.#reading !== reading) return;
    this.#hasNews ||= page.more;
    const first = page.messages[0];
    if (first !== undefined && first.seq > after + 1) this.#skip(first.seq, first.receivedAt);
    for (const message of page.messages) this.ring.push(new LiveEvent(message, this.log.epoch));
    this.#flushInTime();
  }

  /** The log dropped messages before they were read: whoever is live misses them. */
  #skip(seq: number, receivedAt: number): void {
    this.gaps.add({ kind: "removed", from: null, to: receivedAt, afterSeq: this.ring.lastSeq });
    this.#flush();
    this.ring.restart(seq - 1);
    this.place = { seq: seq - 1, gaps: this.place.gaps };
  }

  #flushInTime(): void {
    const now = this.clock.now();
    const windowMs = flushWindowMs(this.#members.size);
    const timing = { now, windowMs, flushedAt: this.#flushedAt, waitingSince: this.#waitingSince };
    const delayMs = this.ring.lastSeq - this.place.seq >= MAX_WAITING ? 0 : flushDelayMs(timing);
    if (delayMs === 0) this.#flush();
    else if (this.#waitingSince === null && this.ring.lastSeq > this.place.seq) {
      this.#waitingSince = now;
      this.#later("flush", delayMs, () => this.#flush());
    }
  }

  #flush(): void {
    this.#cancel.get("flush")?.();
    this.#cancel.delete("flush");
    this.#waitingSince = null;
    const from = this.place;
    const to = this.ring.lastSeq;
    let gaps = from.gaps;
    while ((this.gaps.at(gaps)?.afterSeq ?? Number.POSITIVE_INFINITY) <= to) gaps += 1;
    if (to === from.seq && gaps === from.gaps) return;
    const now = this.clock.now();
    const events = [...this.ring.between(from.seq, to)];
    const writes =
      this.sse.all.flush({ from, events, to, now }) + this.frames.all.flush({ from, events, to, now });
    this.sse.latest.flush({ events, now });
    this.frames.latest.flush({ events, now });
    this.place = { seq: to, gaps };
    this.ring.trim(to);
    this.#flushedAt = now;
    this.#counts.flushed(events, writes, now);
  }

  #tellState(): void {
    const now = this.clock.now();
    for (const member of this.#members.keys()) member.tellState(this.upstream.current, now);
    // A gap is written down at a reconnect, maybe long before the next message.
    this.#lookForNews();
  }

  #lookForNews(): void {
    this.#hasNews = true;
    void this.#pump();
  }

  #sweepLater(): void {
    this.#later("sweep", SWEEP_MS, () => {
      const { heartbeatMs, stallMs } = this.#options;
      const state = this.upstream.current;
      const rules = { now: this.clock.now(), heartbeatMs, stallMs, state };
      for (const { member, reason } of sweep(this.#members.keys(), rules)) {
        if (reason === "stalled") this.#counts.drops += 1;
        if (reason === "stalled") member.outlet.abort();
        else member.outlet.close();
        this.leave(member);
      }
      this.#lookForNews();
      if (this.#members.size > 0) this.#sweepLater();
    });
  }

  #later(name: "flush" | "sweep" | "retry", delayMs: number, callback: () => void): void {
    if (this.#reading.type === "closed") return;
    this.#cancel.get(name)?.();
    const cancel = this.clock.setTimer(delayMs, () => {
      this.#cancel.delete(name);
      callback();
    });
    this.#cancel.set(name, cancel);
  }
}
