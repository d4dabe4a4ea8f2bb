export type * from "./reader.ts";
export type * from "./telemetry-log.ts";
