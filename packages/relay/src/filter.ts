import type { Telemetry } from "@tesa/core";

/** Which messages a client gets: of any of these devices and any of these sensors; `null` is all of them. */
export interface Filter {
  readonly devices: ReadonlySet<string> | null;
  readonly sensors: ReadonlySet<string> | null;
}

/** What the log can look for by itself, so that it hands out less: one device, one sensor. */
export interface LogFilter {
  readonly device?: string;
  readonly sensor?: string;
}

/** Whether a message is one of those. A sensor is that of the topic or one of the readings', as in the log. */
export function matchesFilter({ devices, sensors }: Filter, message: Telemetry): boolean {
  if (devices !== null && (message.deviceId === null || !devices.has(message.deviceId))) return false;
  if (sensors === null) return true;
  if (message.sensor !== null && sensors.has(message.sensor)) return true;
  return message.readings.some((reading) => sensors.has(reading.sensor));
}

/** Equal for filters that let through the same. */
export function filterKey({ devices, sensors }: Filter): string {
  const sorted = (names: ReadonlySet<string> | null) => (names === null ? null : [...names].sort());
  return JSON.stringify([sorted(devices), sorted(sensors)]);
}

/** The part of a filter that the log can apply; {@link matchesFilter} is still to be asked. */
export function logFilter({ devices, sensors }: Filter): LogFilter {
  const device = only(devices);
  const sensor = only(sensors);
  return { ...(device === undefined ? {} : { device }), ...(sensor === undefined ? {} : { sensor }) };
}

function only(names: ReadonlySet<string> | null): string | undefined {
  return names?.size === 1 ? [...names][0] : undefined;
}
