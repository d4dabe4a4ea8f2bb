import type { RunObserver, RunResult, StreamState } from "@tesa/core";
import type { Colours } from "./colours.ts";
import { printable } from "./doctor/printable.ts";
import { redact } from "./redact.ts";

/** What a status needs to know. */
export interface StatusOptions {
  readonly stderr: NodeJS.WriteStream;
  readonly colours: Colours;
  readonly brokerUrl: string;
  /** Asked when the stream is live: a token that is read anew may be of another organisation. */
  readonly organisation: () => string;
}

/** Tells on standard error how a run goes. Nothing of it is meant for programs. */
export interface Status extends Required<RunObserver> {
  /** A line that asks for attention. */
  warn(text: string): void;
  /** Takes the countdown off the screen, so that something else can be written there. */
  clear(): void;
  /** Says how the run ended and what it counted. */
  finish(result: RunResult): void;
}

const CLEAR_LINE = "\r\u001b[2K";

/** Makes a {@link Status}. On a terminal a wait is counted down on a line that is written over; else it is one line. */
export function createStatus(options: StatusOptions): Status {
  const { stderr, colours, brokerUrl, organisation } = options;
  const startedAt = performance.now();
  const countdown = createCountdown(stderr, colours);
  let wasLive = false;

  const say = (text: string) => {
    countdown.clear();
    stderr.write(`${colours.dim("tesa:")} ${redact(text)}\n`);
  };

  const onState = (state: StreamState) => {
    countdown.stop();
    switch (state.type) {
      case "connecting":
        if (!stderr.isTTY || state.attempt === 1) {
          say(`connecting to ${brokerUrl} (MQTT ${state.protocolVersion === 5 ? "5" : "3.1.1"})`);
        }
        break;
      case "live": {
        const filters = state.filters.map(printable).join(", ");
        const session = wasLive && state.sessionPresent ? "; the broker kept the session" : "";
        wasLive = true;
        say(`${colours.green("live")}: ${filters} of organisation ${organisation()}${session}`);
        break;
      }
      case "waiting": {
        const why = `${colours.yellow("waiting")}: ${printable(state.error.message)}`;
        if (stderr.isTTY) {
          say(why);
          countdown.start(state.until);
        } else say(`${why} Next try in ${seconds(state.delayMs)}.`);
        break;
      }
      default:
    }
  };

  return {
    onState,
    onGap({ kind, from, to }) {
      const certainty = kind === "certain" ? "are" : "may be";
      say(
        `${colours.yellow("gap")}: messages between ${isoTime(from)} and ${isoTime(to)} ${certainty} missing: ` +
          "the broker kept no session for that time.",
      );
    },
    warn: (text) => say(`${colours.yellow("warning")}: ${printable(text)}`),
    clear: () => countdown.clear(),
    finish(result) {
      countdown.stop();
      if (result.error !== null) say(`${colours.red("ended")}: ${printable(result.error.message)}`);
      if (wasLive || result.error === null) say(summary(result, performance.now() - startedAt));
    },
  };
}

/** `12 messages in 3.4 s; 1 reconnect, 0 redelivered, 0 gaps` */
export function summary({ written, counts }: RunResult, elapsedMs: number): string {
  const parts = [
    plural(counts.reconnects, "reconnect"),
    `${counts.redelivered} redelivered`,
    plural(counts.gaps, "gap"),
  ];
  if (counts.dropped > 0) parts.push(`${counts.dropped} dropped`);
  return `${plural(written, "message")} in ${seconds(elapsedMs)}; ${parts.join(", ")}`;
}

interface Countdown {
  start(until: number): void;
  clear(): void;
  stop(): void;
}

function createCountdown(stderr: NodeJS.WriteStream, colours: Colours): Countdown {
  let timer: NodeJS.Timeout | undefined;
  let isShown = false;
  const clear = () => {
    if (isShown) stderr.write(CLEAR_LINE);
    isShown = false;
  };
  return {
    clear,
    start(until) {
      const show = () => {
        const left = Math.max(0, Math.ceil((until - Date.now()) / 1_000));
        stderr.write(`${CLEAR_LINE}${colours.dim(`tesa: next try in ${left} s`)}`);
        isShown = true;
      };
      show();
      timer = setInterval(show, 1_000);
    },
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
