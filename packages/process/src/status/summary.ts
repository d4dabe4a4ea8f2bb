import type { RunResult } from "@tesa/core";

/** What became of messages behind the log; what there is none of is left out. */
export interface Onward {
  /** Rows that PostgreSQL has. */
  readonly mirrored?: number;
  /** Messages that the webhook has. */
  readonly delivered?: number;
  readonly deadLetters?: number;
}

/** How a stream went. */
export interface StreamReport extends Pick<RunResult, "written" | "counts" | "error"> {
  /** Where there is a log that lasts. */
  readonly onward?: Onward;
}

/**
 * `12 messages in 3.4 s; 1 reconnect, 0 redelivered, 0 gaps`, and with a log that lasts `12 messages in 3.4 s; 14
 * received, 12 stored, 2 redelivered, 12 mirrored, 12 delivered, 0 dead letters, 1 reconnect, 0 gaps`.
 */
export function summary({ written, counts, onward }: StreamReport, elapsedMs: number): string {
  const reconnects = plural(counts.reconnects, "reconnect");
  const redelivered = `${counts.redelivered} redelivered`;
  const gaps = plural(counts.gaps, "gap");
  const parts =
    onward === undefined
      ? [reconnects, redelivered, gaps]
      : [
          `${counts.received + counts.redelivered + counts.rejected} received`,
          `${counts.received} stored`,
          redelivered,
          ...onwardParts(onward),
          reconnects,
          gaps,
        ];
  if (counts.dropped > 0) parts.push(`${counts.dropped} dropped`);
  if (counts.rejected > 0) parts.push(`${counts.rejected} rejected`);
  return `${plural(written, "message")} in ${seconds(elapsedMs)}; ${parts.join(", ")}`;
}

function* onwardParts({ mirrored, delivered, deadLetters }: Onward): Generator<string> {
  if (mirrored !== undefined) yield `${mirrored} mirrored`;
  if (delivered !== undefined) yield `${delivered} delivered`;
  if (deadLetters !== undefined) yield plural(deadLetters, "dead letter");
}

/** `1 message`, `2 messages` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `3.4 s` */
export function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}
