export type * from "./telemetry-log.ts";
