import type { ReaderState } from "@tesa/log";
import type { Advice } from "../status/advice.ts";
import { printable } from "../status/printable.ts";
import { plural, seconds } from "../status/summary.ts";
import type { Teller } from "../status/teller.ts";
import type { NamedReader } from "./readers.ts";

/** Where progress is looked at, in milliseconds. */
const TICK_MS = 1_000;
/** How often progress is told where it cannot be written over, in milliseconds. */
const PROGRESS_INTERVAL_MS = 5_000;
/** How often trouble that stays the same, and further dead letters, are told, in milliseconds. */
const TROUBLE_INTERVAL_MS = 60_000;
/** A reader that lies further behind than this is catching up. */
const FAR_BEHIND = 1_000;
/** How often what is paused is tried again, at the least; see `openWebhook()`, and the mirror's longest wait. */
const RETRIED: Readonly<Record<NamedReader["kind"], string>> = {
  webhook: "five minutes",
  mirror: "30 seconds",
};

/** What a watch is told with. */
export interface ReaderStatusOptions {
  readonly teller: Teller;
  readonly advice: Advice;
  readonly isTerminal: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Trouble {
  readonly message: string;
  readonly toldAt: number;
  /** What had been delivered when it began. */
  readonly delivered: number;
}

/** Tells on standard error how a reader fares: what it waits for, what has to be mended, how it catches up. */
export class ReaderStatus {
  readonly #named: NamedReader;
  readonly #options: ReaderStatusOptions;
  readonly #forget: () => void;
  readonly #timer: NodeJS.Timeout;
  #trouble: Trouble | null = null;
  #toldProgressAt: number;
  #missed = 0;
  #deadLetters = 0;
  #toldDeadLettersAt: number | null = null;

  constructor(named: NamedReader, options: ReaderStatusOptions) {
    this.#named = named;
    this.#options = options;
    this.#toldProgressAt = options.now();
    this.#forget = named.reader.onState((state) => this.#onState(state));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#onState(named.reader.state);
  }

  /** Ends the watch. */
  end(): void {
    clearInterval(this.#timer);
    this.#forget();
    this.#options.teller.passing.set(this.#named.label, null);
  }

  /** Tells what was given up since the last time: for good, at the end of the run. */
  tellLosses(): void {
    this.#tellMissed();
    this.#tellDeadLetters();
  }

  #tellMissed(): void {
    const { missed } = this.#named.reader.counts;
    if (missed > this.#missed) {
      const count = plural(missed - this.#missed, "message");
      this.#options.teller.warn(`${this.#named.label}: the log had removed ${count} before their turn came.`);
    }
    this.#missed = missed;
  }

  #tellDeadLetters(): void {
    const { deadLetters } = this.#named.reader.counts;
    if (deadLetters === this.#deadLetters) return;
    const { deadLetters: command } = this.#options.advice;
    // How to see them is no news the second time.
    const isFirst = this.#toldDeadLettersAt === null;
    const advice = command === undefined || !isFirst ? "" : `. To see them: ${command}`;
    this.#note(`${plural(deadLetters, "dead letter")} in this run${advice}`);
    this.#deadLetters = deadLetters;
    this.#toldDeadLettersAt = this.#options.now();
  }

  #onState(state: ReaderState): void {
    const { yellow } = this.#options.teller.colours;
    if (state.type === "waiting") {
      const delay = seconds(Math.max(0, state.until - this.#options.now()));
      this.#tellTrouble(state, `${yellow("waiting")}: `, `Next try in ${delay}.`);
    } else if (state.type === "paused") {
      const retried = `It is tried again every ${RETRIED[this.#named.kind]}.`;
      this.#tellTrouble(state, `${yellow("paused")}: `, retried);
    } else this.#tellRecovery(state);
  }

  #tellTrouble(
    { error, behind }: ReaderState & { type: "waiting" | "paused" },
    kind: string,
    what: string,
  ): void {
    const now = this.#options.now();
    const known = this.#trouble;
    const isToldAlready = known?.message === error.message && now - known.toldAt < TROUBLE_INTERVAL_MS;
    if (isToldAlready) return;
    const { delivered } = this.#named.reader.counts;
    this.#trouble = { message: error.message, toldAt: now, delivered: known?.delivered ?? delivered };
    this.#note(`${kind}${printable(error.message)} ${what}${behindText(behind)}`);
  }

  #tellRecovery(state: ReaderState): void {
    if (this.#trouble === null || (state.type !== "reading" && state.type !== "caught-up")) return;
    const { delivered } = this.#named.reader.counts;
    // A state of reading may be no more than the next try.
    if (state.type === "reading" && delivered === this.#trouble.delivered) return;
    this.#trouble = null;
    this.#note(`goes on.${state.type === "reading" ? behindText(state.behind) : ""}`);
  }

  #tick(): void {
    const { state } = this.#named.reader;
    this.#tellRecovery(state);
    this.#tellMissed();
    const toldAt = this.#toldDeadLettersAt;
    if (toldAt === null || this.#options.now() - toldAt >= TROUBLE_INTERVAL_MS) this.#tellDeadLetters();
    const isFar = state.type === "reading" && state.behind >= FAR_BEHIND;
    this.#options.teller.passing.set(this.#named.label, isFar ? () => this.#progress() : null);
    const now = this.#options.now();
    if (!isFar || this.#options.isTerminal) this.#toldProgressAt = isFar ? this.#toldProgressAt : now;
    else if (now - this.#toldProgressAt >= PROGRESS_INTERVAL_MS) {
      this.#toldProgressAt = now;
      this.#options.teller.note(this.#progress());
    }
  }

  #progress(): string {
    const { state } = this.#named.reader;
    const behind = "behind" in state ? state.behind : 0;
    return `${this.#named.label}: ${behind} behind`;
  }

  #note(text: string): void {
    this.#options.teller.note(`${this.#named.label}: ${text}`);
  }
}

function behindText(behind: number): string {
  return behind > 0 ? ` ${behind} behind.` : "";
}
