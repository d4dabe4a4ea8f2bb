// What users need first, in the order in which data flows.

export { type BackoffPolicy, backoffDelayMs, DEFAULT_BACKOFF } from "./backoff.ts";
// What other packages build on: the ports, and the parts a stream is made of.
export type { Clock } from "./clock.ts";
export type { LogTrouble, TelemetryBatch } from "./committer.ts";
export {
  CONFIG_VARIABLES,
  type Config,
  type ConfigRecord,
  type ConfigVariable,
  type ConfigVariableName,
  type ParseConfigOptions,
  parseConfig,
  type TokenSource,
} from "./config.ts";
export {
  type DecodedMessage,
  type DecodedTelemetry,
  type DecodeInput,
  decode,
  type MessageDecoder,
} from "./decode.ts";
export { Decoder } from "./decoder.ts";
export { TesaError, type TesaErrorCode, type TesaErrorOptions } from "./errors.ts";
export { EXIT_CODES, exitCodeFor } from "./exit-code.ts";
export type { Appended, Gap, Log, LogEntry, SessionRecord } from "./log.ts";
export { createMemoryLog, type MemoryLogOptions, randomClientId } from "./memory-log.ts";
export { toNdjson } from "./ndjson.ts";
export { contentHash, RedeliveryWindow, type StoredMark } from "./redelivery.ts";
export { type RunObserver, type RunOptions, type RunResult, run, type Sink } from "./run.ts";
export type { StreamState } from "./state.ts";
export { openStream, type StreamCounts, type StreamOptions, type TelemetryStream } from "./stream.ts";
export type { StreamConfig, StreamParts } from "./stream-parts.ts";
export type { PayloadFormat, Reading, Telemetry, TelemetryWarning } from "./telemetry.ts";
export { parseToken, type Token, tokenFingerprint } from "./token.ts";
export { type ParsedTopic, parseTopic, telemetryFilter, telemetryTopic } from "./topic.ts";
export { findFilterProblems, matchesFilter, type TokenAccess, tokenAccess } from "./topic-filter.ts";
export type { Connection, ConnectionEnd, ConnectRequest, Publish, Transport } from "./transport.ts";
export { type ConnectionHistory, type Treatment, treatmentOf } from "./treatment.ts";
