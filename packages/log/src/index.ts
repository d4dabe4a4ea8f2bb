export { type FollowQuery, follow } from "./follow.ts";
export {
  createMemoryTelemetryLog,
  DEFAULT_MEMORY_RETENTION,
  type MemoryTelemetryLogOptions,
} from "./memory.ts";
export type * from "./reader.ts";
export type * from "./telemetry-log.ts";
