export type { DurableStorage, StorageCursor, StoredValue } from "./durable-storage.ts";
export { type DurableObjectLogOptions, openDurableObjectLog } from "./open-durable-object-log.ts";
