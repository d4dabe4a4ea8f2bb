import type { DeviceRegistry } from "./devices.ts";
import type { Identity } from "./identity.ts";
import type { Filter } from "./topics.ts";

/** Some material of the platform spells the first level `devices`. */
const FIRST_LEVELS = ["device", "devices"];

/**
 * Whether a client may subscribe to a filter; the share group does not count. An application: to telemetry of one
 * device of its organisation, or of all by `+`. A device: to what is below its own id.
 */
export function maySubscribe(identity: Identity, filter: Filter, devices: DeviceRegistry): boolean {
  const [first = "", device = "", kind] = filter.levels;
  if (!FIRST_LEVELS.includes(first)) return false;
  if (identity.type === "device") return device === identity.deviceId;
  if (kind !== "telemetry") return false;
  return device === "+" || devices.find(device)?.organisation === identity.organisation;
}

/** Whether a client may publish to a topic: a device below its own id, an application nowhere. */
export function mayPublish(identity: Identity, topic: readonly string[]): boolean {
  const [first = "", device] = topic;
  return identity.type === "device" && FIRST_LEVELS.includes(first) && device === identity.deviceId;
}
