import { exitCodeFor, type RunObserver, run } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import { leave } from "./route/leave.ts";
import { openLogRoute } from "./route/log-route.ts";
import { memoryRoute } from "./route/memory-route.ts";
import type { Outputs, Route, Service } from "./route/route.ts";
import type { Configuration } from "./settings/configuration.ts";
import { createStateFeed, type StreamStates } from "./state-feed.ts";
import type { Advice } from "./status/advice.ts";
import type { Colours } from "./status/colours.ts";
import { createStatus, type Status } from "./status/status.ts";
import { onStopSignals } from "./stop-signals.ts";

/** What a service is opened with. */
export interface ServiceContext {
  readonly log: TelemetryLog;
  /** How the stream that fills the log goes. */
  readonly stream: StreamStates;
  readonly status: Status;
}

/** What a program that streams is made of. It has outputs, or a service, or both. */
export interface StreamTelemetryOptions {
  readonly configuration: Configuration;
  /** Opens where messages are written, before the broker is called. @throws TesaError `output` */
  readonly openOutputs?: (status: Status) => Outputs | Promise<Outputs>;
  /** Opens what serves the log to others. With it there is always a log to read, if only in memory. */
  readonly openService?: (context: ServiceContext) => Promise<Service>;
  /** Ends after so many messages. @default never */
  readonly count?: number | undefined;
  /** Ends with `timeout` after so many milliseconds. @default never */
  readonly timeoutMs?: number | undefined;
  /** Whether to go on trying if the first attempt does not reach the broker. @default true */
  readonly wait?: boolean;
  /** Its abort ends the stream as a signal does. */
  readonly stop?: AbortController;
  readonly observer?: RunObserver;
  /** Of standard error. @default none */
  readonly colours?: Colours;
  /** @default none */
  readonly advice?: Advice;
}

/** How the stream of a program ended. */
export interface StreamTelemetryResult {
  readonly exitCode: number;
  readonly messages: number;
}

/**
 * Streams telemetry until a signal, `count` or trouble that stays ends it: messages go to the outputs, or by way of the
 * log to outputs, service, PostgreSQL and webhook; how it goes is told on standard error. At the end everything gets a
 * bounded time for what is left.
 *
 * @throws TesaError if something cannot be opened
 * @example
 * ```ts
 * const configuration = await readConfiguration(readEnvironment({ env: process.env }));
 * const { exitCode } = await streamTelemetry({ configuration, openOutputs: () => ndjsonOutput(process.stdout) });
 * ```
 */
export async function streamTelemetry(options: StreamTelemetryOptions): Promise<StreamTelemetryResult> {
  const { createMqttTransport, systemClock } = await import("@tesa/core/mqtt");
  const { settings, storage } = options.configuration;
  const { count, stop = new AbortController(), timeoutMs, wait = true } = options;
  let organisation = settings.firstToken.organisation;
  const status = openStatus(options, () => organisation);
  const outputs = await options.openOutputs?.(status);
  const states = createStateFeed();
  const route = await openRoute(options, { status, outputs, states, onOutputFailure: () => stop.abort() });
  let hasLeft = () => {};
  const release = onStopSignals({
    onStop: () => {
      hasLeft = leave(stop, status, { isDurable: storage.log.type === "sqlite" });
    },
    onInterrupt: () => status.passing.clear(),
  });
  const result = await run({
    config: settings.config,
    readToken: async () => {
      const token = await settings.readToken(status.warn);
      organisation = token.organisation;
      return token;
    },
    transport: createMqttTransport({ caCertificates: settings.caCertificates }),
    clock: systemClock,
    random: Math.random,
    log: route.log,
    sink: {
      write(messages) {
        status.onMessages();
        return route.sink.write(messages);
      },
    },
    observer: everyObserver([options.observer, status, states]),
    signal: stop.signal,
    wait,
    ...(count === undefined ? {} : { count }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const { error: routeError, ...report } = await route.finish();
  release();
  hasLeft();
  const error = result.error ?? routeError;
  if (!outputs?.isClosed) status.finish({ ...result, ...report, error });
  return { exitCode: exitCodeFor(error), messages: result.written };
}

function openStatus(
  { advice = {}, colours, configuration }: StreamTelemetryOptions,
  organisation: () => string,
): Status {
  const { environment, settings, storage } = configuration;
  const status = createStatus({
    stderr: process.stderr,
    ...(colours === undefined ? {} : { colours }),
    advice,
    brokerUrl: settings.config.brokerUrl,
    organisation,
    sensorSetting:
      environment.record.TESA_SENSOR === undefined ? undefined : environment.label("TESA_SENSOR"),
  });
  for (const warning of [...settings.firstToken.warnings, ...storage.warnings]) status.warn(warning);
  return status;
}

interface RouteParts {
  readonly status: Status;
  readonly outputs: Outputs | undefined;
  readonly states: StreamStates;
  readonly onOutputFailure: () => void;
}

async function openRoute(
  { configuration, count, openService }: StreamTelemetryOptions,
  { states: stream, ...parts }: RouteParts,
): Promise<Route> {
  const { settings, storage } = configuration;
  const { receiveMaximum } = settings.config;
  const { outputs, status } = parts;
  const needsLog = storage.log.type === "sqlite" || openService !== undefined || outputs === undefined;
  if (!needsLog) return memoryRoute(outputs, receiveMaximum);
  return await openLogRoute({
    ...parts,
    storage,
    receiveMaximum,
    count,
    openService: openService && ((log) => openService({ log, stream, status })),
  });
}

/** Tells each of them everything. */
function everyObserver(observers: readonly (RunObserver | undefined)[]): RunObserver {
  return {
    onState: (state) => {
      for (const observer of observers) observer?.onState?.(state);
    },
    onGap: (gap) => {
      for (const observer of observers) observer?.onGap?.(gap);
    },
    onLogTrouble: (trouble) => {
      for (const observer of observers) observer?.onLogTrouble?.(trouble);
    },
  };
}
