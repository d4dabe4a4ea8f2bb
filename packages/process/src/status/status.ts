import type { RunObserver, StreamState } from "@tesa/core";
import type { Advice } from "./advice.ts";
import { type Colours, PLAIN } from "./colours.ts";
import { localDateTime, localTime } from "./local-time.ts";
import { printable } from "./printable.ts";
import { createQuietHint } from "./quiet-hint.ts";
import { type StreamReport, seconds, summary } from "./summary.ts";
import { createTeller, type Teller } from "./teller.ts";
import { createReasons } from "./waiting-reasons.ts";

/** What a status needs to know. */
export interface StatusOptions {
  readonly stderr: NodeJS.WriteStream;
  /** @default none */
  readonly colours?: Colours;
  /** @default none */
  readonly advice?: Advice;
  readonly brokerUrl: string;
  /** Asked when the stream is live: a token that is read anew may be of another organisation. */
  readonly organisation: () => string;
  /** What the user calls the setting that chooses sensors, where one does. */
  readonly sensorSetting?: string | undefined;
}

/** Tells on standard error how a run goes. */
export interface Status extends Required<RunObserver>, Teller {
  readonly advice: Advice;
  /** Some messages came. */
  onMessages(): void;
  /** Says how the run ended and what it counted. */
  finish(report: StreamReport): void;
}

/** A log that fails is tried again many times a minute; this often it is told, in milliseconds. */
const TROUBLE_INTERVAL_MS = 5_000;

/** Makes a {@link Status}. On a terminal a wait is counted down on a line that is written over; else it is one line. */
export function createStatus(options: StatusOptions): Status {
  const { stderr, colours = PLAIN, advice = {}, brokerUrl, organisation, sensorSetting } = options;
  const startedAt = performance.now();
  const teller = createTeller(stderr, colours);
  const { note: say, passing } = teller;
  const quiet = createQuietHint({ note: say, sensorSetting });
  const reasons = createReasons(advice);
  let wasLive = false;
  let troubleToldAt = Number.NEGATIVE_INFINITY;

  const onState = (state: StreamState) => {
    passing.set("stream", null);
    quiet.pause();
    switch (state.type) {
      case "connecting": {
        const text = `connecting to ${brokerUrl} (MQTT ${state.protocolVersion === 5 ? "5" : "3.1.1"})`;
        if (stderr.isTTY && state.attempt > 1) passing.set("stream", () => text);
        else say(text);
        break;
      }
      case "live": {
        const filters = state.filters.map(printable).join(", ");
        const session = wasLive && state.sessionPresent ? "; the broker kept the session" : "";
        wasLive = true;
        reasons.forget();
        quiet.onLive();
        say(`${colours.green("live")}: ${filters} of organisation ${organisation()}${session}`);
        break;
      }
      case "waiting": {
        const why = `${colours.yellow("waiting")}: ${reasons.describe(state.error)}`;
        if (stderr.isTTY) {
          say(why);
          passing.set(
            "stream",
            () => `next try in ${Math.max(0, Math.ceil((state.until - Date.now()) / 1_000))} s`,
          );
        } else say(`${why} Next try in ${seconds(state.delayMs)}.`);
        break;
      }
      default:
    }
  };

  return {
    onState,
    onGap({ kind, from, to }) {
      const span = `between ${localTimes(from, to)} may be missing`;
      const what =
        kind === "certain"
          ? `the broker no longer had the session: messages sent ${span}`
          : `messages ${span}: the broker's queue may have overflowed`;
      say(`${colours.yellow("gap")}: ${what}`);
    },
    onLogTrouble(trouble) {
      const now = performance.now();
      if (trouble === null) {
        say("the log stores again");
        troubleToldAt = Number.NEGATIVE_INFINITY;
      } else if (now - troubleToldAt >= TROUBLE_INTERVAL_MS) {
        troubleToldAt = now;
        say(`${colours.yellow("log")}: ${printable(trouble.error.message)}${timeLeft(trouble.secondsLeft)}`);
      }
    },
    ...teller,
    advice,
    onMessages: () => quiet.onMessage(),
    finish(report) {
      quiet.pause();
      passing.stop();
      if (report.error !== null) say(`${colours.red("ended")}: ${printable(report.error.message)}`);
      if (wasLive || report.error === null) say(summary(report, performance.now() - startedAt));
    },
  };
}

/** How long the broker's queue lasts at the recent rate; nothing where little comes. */
function timeLeft(secondsLeft: number): string {
  if (!Number.isFinite(secondsLeft)) return "";
  return ` The broker's queue may overflow in ${Math.max(0, Math.round(secondsLeft))} s.`;
}

/** As the lines of messages show the time; with the date where the time of day alone would not say enough. */
function localTimes(from: number, to: number): string {
  const isToday = [from, to].every((time) => new Date(time).toDateString() === new Date().toDateString());
  const write = isToday ? localTime : localDateTime;
  return `${write(from)} and ${write(to)}`;
}
