import {
  type Config,
  createMemoryLog,
  openStream,
  parseConfig,
  parseToken,
  type StreamState,
  type Telemetry,
  TesaError,
  toNdjson,
} from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt/web";
import type { Incoming } from "../data/incoming.ts";
import { SETTING_LABELS, SETTINGS, type SettingProblem } from "./settings.ts";
import type { LinkState, Problem, Source, SourceListener } from "./source.ts";

/** What a direct source needs. The token is asked for at each connect. */
export interface DirectSourceOptions {
  readonly brokerUrl: string;
  readonly topic: string;
  readonly readToken: () => string;
  readonly listener: SourceListener;
}

/** What was typed in cannot be used. */
export class DirectSettingsError extends Error {
  override readonly name = "DirectSettingsError";
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(({ detail }) => detail).join("\n"));
    this.problems = problems;
  }
}

/**
 * Connects to the broker itself, over WSS, with the core's own lifecycle. This file is loaded only for that: it brings all
 * of MQTT.
 *
 * @throws DirectSettingsError if the URL, the topic or the token cannot be right
 */
export function openDirectSource(options: DirectSourceOptions): Source {
  const config = checkedConfig(options);
  const { listener } = options;
  const stream = openStream({
    config,
    readToken: () => parseToken(options.readToken()),
    transport: createMqttTransport(),
    clock: systemClock,
    random: Math.random,
    log: createMemoryLog({ random: Math.random }),
    onGap: ({ kind, from, to }) => listener.onGap({ kind, from, to }),
  });
  void follow(stream.status(), listener);
  void read(stream.batches(), listener);
  return {
    kind: "direct",
    address: config.brokerUrl,
    retryNow: () => stream.check(),
    checkNow: () => stream.check(),
    close: () => void stream.close(),
  };
}

function checkedConfig({ brokerUrl, topic, readToken }: DirectSourceOptions): Config {
  try {
    return parseConfig(
      { MQTT_BROKER_URL: brokerUrl, MQTT_TOPIC: topic, MQTT_API_TOKEN: readToken() },
      {
        label: (name) =>
          SETTING_LABELS[
            name === "MQTT_BROKER_URL" ? "brokerUrl" : name === "MQTT_TOPIC" ? "topic" : "token"
          ],
      },
    );
  } catch (error) {
    if (error instanceof TesaError) throw new DirectSettingsError(error.problems.map(toSettingProblem));
    throw error;
  }
}

/** The core begins each problem with the name of the setting. */
function toSettingProblem(detail: string): SettingProblem {
  return { setting: SETTINGS.find((setting) => detail.startsWith(SETTING_LABELS[setting])) ?? null, detail };
}

async function follow(states: AsyncIterable<StreamState>, listener: SourceListener): Promise<void> {
  for await (const state of states) {
    const link = toLink(state);
    if (link !== null) listener.onLink(link);
  }
}

/** The state of a stream, as the page tells it; `null` for those that are over at once. */
export function toLink(state: StreamState): LinkState | null {
  switch (state.type) {
    case "connecting":
    case "subscribing":
      return { type: "connecting", attempt: state.attempt };
    case "live":
      return { type: "live", since: state.since };
    case "waiting":
      return { type: "waiting", problem: problemOf(state.error), retryAt: state.until };
    case "closed":
      return state.error === null
        ? { type: "closed", problem: null }
        : { type: "refused", problem: problemOf(state.error) };
    default:
      return null;
  }
}

function problemOf({ code, message }: { readonly code: string; readonly message: string }): Problem {
  return { code, message };
}

async function read(
  batches: AsyncIterable<{ readonly messages: readonly Telemetry[]; done(): void }>,
  listener: SourceListener,
): Promise<void> {
  try {
    for await (const batch of batches) {
      listener.onMessages(batch.messages.map(toIncomingMessage));
      batch.done();
    }
  } catch {
    // Its end is told as a state.
  }
}

function toIncomingMessage(message: Telemetry): Incoming {
  const { payload: _, qos: __, ...rest } = message;
  return { ...rest, line: () => toNdjson(message) };
}
