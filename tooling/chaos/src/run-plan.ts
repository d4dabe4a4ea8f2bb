import type { Rules } from "./judge.ts";

/** The names of the runs, in the order in which they are played. */
export const RUN_NAMES = ["A", "B", "C", "D"] as const;
export type RunName = (typeof RUN_NAMES)[number];

/** What makes one run differ from another. */
export interface RunPlan {
  readonly name: RunName;
  /** For people. */
  readonly description: string;
  readonly workers: number;
  /** How many messages the broker queues for a client, where that can be chosen. */
  readonly maxQueue: number;
  /** How far the CLI is from the broker, in milliseconds in each direction. */
  readonly delayMs: number;
  /** The table of its mirror. */
  readonly table: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly rules: Rules;
  /** As in the options of a schedule. */
  readonly longPauseEvery?: number;
}

/** EMQX's queue (`max_mqueue_len`), which is the CLI's own default too. */
const EMQX_QUEUE = 1_000;
/** A queue that holds every outage has at least this: on a busy machine a short run takes several times as long. */
const LONG_QUEUE = 100_000;

/**
 * With this delay, in milliseconds, acknowledgements are always on the way, and those are lost with their connection. With
 * a longer one a window of 32 messages would hardly let 2,000 per second through.
 */
const DELAY_MS = 2;

/** From another continent: a window of 32 lets 320 messages through in a second, far fewer than are published. */
const FAR_MS = 50;

/** What {@link planRun} goes by. */
export interface PlanOptions {
  /** Messages per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Whether the broker keeps books, and sends nothing twice under two packet ids. */
  readonly isBox: boolean;
}

/** Works out a run. */
export function planRun(name: RunName, { rate, seconds, isBox }: PlanOptions): RunPlan {
  const table = `chaos_${name.toLowerCase()}`;
  // Even if it were away from the first moment to the last, and the faults took twice as long as planned.
  const longQueue = Math.max(LONG_QUEUE, Math.ceil(rate * seconds * 2));
  const withLongQueue = {
    maxQueue: longQueue,
    env: isBox ? { TESA_BROKER_QUEUE: String(longQueue) } : {},
  };
  const mayDuplicate = !isBox;
  switch (name) {
    case "A":
      return {
        name,
        table,
        description: `one worker, a queue for every outage (${longQueue})`,
        workers: 1,
        delayMs: DELAY_MS,
        args: [],
        rules: { mayDrop: false, mayDuplicate },
        ...withLongQueue,
      };
    case "B":
      return {
        name,
        table,
        description: `one worker, EMQX's queue (${EMQX_QUEUE})`,
        workers: 1,
        delayMs: DELAY_MS,
        maxQueue: EMQX_QUEUE,
        args: [],
        env: {},
        rules: { mayDrop: true, mayDuplicate },
      };
    case "C":
      return {
        name,
        table,
        description: "two workers that share the messages, killed in turn",
        workers: 2,
        delayMs: DELAY_MS,
        args: ["--share", "chaos"],
        rules: { mayDrop: !isBox, mayDuplicate: true },
        longPauseEvery: 4,
        ...withLongQueue,
      };
    case "D":
      return {
        name,
        table,
        description: `one worker far from the broker (${FAR_MS} ms each way), EMQX's queue (${EMQX_QUEUE})`,
        workers: 1,
        delayMs: FAR_MS,
        maxQueue: EMQX_QUEUE,
        args: [],
        env: {},
        rules: { mayDrop: true, mayDuplicate },
      };
  }
}
