import type { RunObserver, RunResult, StreamState } from "@tesa/core";
import type { Colours } from "./colours.ts";
import { truncate } from "./output/width.ts";
import { printable } from "./printable.ts";
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
  /** A line among the others. */
  note(text: string): void;
  /** A line that asks for attention. */
  warn(text: string): void;
  /** Takes off the screen what is there for the moment, so that something else can be written. */
  clear(): void;
  /** Says how the run ended and what it counted. */
  finish(result: RunResult): void;
}

const CLEAR_LINE = "\r\u001b[2K";

/** Makes a {@link Status}. On a terminal a wait is counted down on a line that is written over; else it is one line. */
export function createStatus(options: StatusOptions): Status {
  const { stderr, colours, brokerUrl, organisation } = options;
  const startedAt = performance.now();
  const passing = createPassingLine(stderr, colours);
  let wasLive = false;

  const say = (text: string) => {
    passing.clear();
    stderr.write(`${colours.dim("tesa:")} ${redact(text)}\n`);
  };

  const onState = (state: StreamState) => {
    passing.stop();
    switch (state.type) {
      case "connecting": {
        const text = `connecting to ${brokerUrl} (MQTT ${state.protocolVersion === 5 ? "5" : "3.1.1"})`;
        if (stderr.isTTY && state.attempt > 1) passing.show(() => text);
        else say(text);
        break;
      }
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
          passing.show(() => `next try in ${Math.max(0, Math.ceil((state.until - Date.now()) / 1_000))} s`);
        } else say(`${why} Next try in ${seconds(state.delayMs)}.`);
        break;
      }
      default:
    }
  };

  return {
    onState,
    onGap({ kind, from, to }) {
      const span = `messages between ${isoTime(from)} and ${isoTime(to)}`;
      const what =
        kind === "certain"
          ? `${span} are missing: the broker had not kept the session`
          : `${span} may be missing: the broker's queue may have overflowed`;
      say(`${colours.yellow("gap")}: ${what}`);
    },
    onLogTrouble(trouble) {
      if (trouble === null) say("the log stores again");
      else
        say(`${colours.yellow("log")}: ${printable(trouble.error.message)}${timeLeft(trouble.secondsLeft)}`);
    },
    note: say,
    warn: (text) => say(`${colours.yellow("warning")}: ${printable(text)}`),
    clear: () => passing.clear(),
    finish(result) {
      passing.stop();
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
  if (counts.rejected > 0) parts.push(`${counts.rejected} rejected`);
  return `${plural(written, "message")} in ${seconds(elapsedMs)}; ${parts.join(", ")}`;
}

/** The last line of a terminal, written over every second. */
interface PassingLine {
  show(text: () => string): void;
  clear(): void;
  stop(): void;
}

function createPassingLine(stderr: NodeJS.WriteStream, colours: Colours): PassingLine {
  let timer: NodeJS.Timeout | undefined;
  let isShown = false;
  const clear = () => {
    if (isShown) stderr.write(CLEAR_LINE);
    isShown = false;
  };
  return {
    clear,
    show(text) {
      const write = () => {
        stderr.write(`${CLEAR_LINE}${colours.dim(truncate(`tesa: ${text()}`, (stderr.columns || 80) - 1))}`);
        isShown = true;
      };
      write();
      timer = setInterval(write, 1_000);
    },
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}

/** How long the broker's queue lasts at the recent rate; nothing where little comes. */
function timeLeft(secondsLeft: number): string {
  if (!Number.isFinite(secondsLeft)) return "";
  return ` The broker's queue may overflow in ${Math.max(0, Math.round(secondsLeft))} s.`;
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
