// In the order in which a process comes to them: settings, status, log and readers, output, the end.

export { asTesaError } from "./as-tesa-error.ts";
export {
  type Environment,
  type EnvironmentOptions,
  type FlagValue,
  readEnvironment,
  whereSearched,
} from "./environment/environment.ts";
export {
  STORAGE_VARIABLES,
  type StorageVariableName,
  VARIABLES,
  type Variable,
  type VariableName,
} from "./environment/variables.ts";
export type { Destination } from "./output/destination.ts";
export { ndjsonOutput } from "./output/ndjson-output.ts";
export { escapeForTerminal, ndjsonSink } from "./output/ndjson-sink.ts";
export { type StandardOutput, standardOutput, writeUntilClosed } from "./output/standard-output.ts";
export {
  INTERNAL_ERROR,
  problemsError,
  type ReportErrorOptions,
  reportError,
  usageError,
} from "./report-error.ts";
export { type LogRouteOptions, openLogRoute } from "./route/log-route.ts";
export { memoryRoute } from "./route/memory-route.ts";
export { type OpenLogOptions, openLog } from "./route/open-log.ts";
export { ReaderStatus, type ReaderStatusOptions } from "./route/reader-status.ts";
export { type NamedReader, openReaders, openWebhook } from "./route/readers.ts";
export type { Outputs, Route, RouteReport, Service } from "./route/route.ts";
export { type RunProgramOptions, runProgram } from "./run-program.ts";
export { type CaFile, readCaFile, type UnusableCaFile } from "./settings/ca-file.ts";
export {
  type Configuration,
  type ReadConfigurationOptions,
  readConfiguration,
} from "./settings/configuration.ts";
export { readSettings, type Settings, searching } from "./settings/settings.ts";
export type { StreamStates } from "./state-feed.ts";
export type { Advice } from "./status/advice.ts";
export { type Colours, PLAIN } from "./status/colours.ts";
export { localDateTime, localTime } from "./status/local-time.ts";
export type { PassingLine } from "./status/passing-line.ts";
export { printable, printableJson, quote } from "./status/printable.ts";
export { redact, redactKeys } from "./status/redact.ts";
export { createStatus, type Status, type StatusOptions } from "./status/status.ts";
export { plural, type StreamReport, seconds, summary } from "./status/summary.ts";
export { createTeller, type Teller } from "./status/teller.ts";
export { displayWidth, pad, truncate } from "./status/width.ts";
export { wrap, wrapFor } from "./status/wrap.ts";
export { onStopSignals, type StopSignalOptions } from "./stop-signals.ts";
export type { LogLocation } from "./storage/log-location.ts";
export {
  type PostgresSettings,
  StorageReader,
  type StorageReaderOptions,
  type StorageSettings,
  type WebhookSettings,
} from "./storage/storage-settings.ts";
export {
  type ServiceContext,
  type StreamTelemetryOptions,
  type StreamTelemetryResult,
  streamTelemetry,
} from "./stream-telemetry.ts";
