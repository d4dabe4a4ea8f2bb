import { TesaError } from "./errors.ts";
import { findStringProblems } from "./mqtt-string.ts";

/** What a topic says. */
export type ParsedTopic =
  | {
      readonly kind: "telemetry";
      readonly deviceId: string;
      /** `"motor/2/rpm"` where it has several levels; `null` where it has none. */
      readonly sensor: string | null;
    }
  /** Anything but `device/<id>/telemetry[/<sensor>]`. */
  | { readonly kind: "other" };

/** The first level. The platform has `device`; some of its material spells it `devices`. */
export type TopicRoot = "device" | "devices";

const OTHER: ParsedTopic = { kind: "other" };

/**
 * Reads a topic. Empty levels of the sensor are kept as they are (`device/g1/telemetry/` has the sensor `""`); a topic
 * with an empty device, and any topic that begins with `$`, is no telemetry.
 *
 * @example
 * ```ts
 * parseTopic("device/g1/telemetry/motor/rpm"); // { kind: "telemetry", deviceId: "g1", sensor: "motor/rpm" }
 * parseTopic("device/g1/status"); // { kind: "other" }
 * ```
 */
export function parseTopic(topic: string): ParsedTopic {
  const start = topic.startsWith("device/") ? 7 : topic.startsWith("devices/") ? 8 : -1;
  if (start < 0) return OTHER;
  const slash = topic.indexOf("/", start);
  if (slash <= start || !topic.startsWith("telemetry", slash + 1)) return OTHER;
  const deviceId = topic.slice(start, slash);
  const end = slash + "/telemetry".length;
  if (topic.length === end) return { kind: "telemetry", deviceId, sensor: null };
  if (topic.charAt(end) !== "/") return OTHER;
  return { kind: "telemetry", deviceId, sensor: topic.slice(end + 1) };
}

/** What {@link telemetryTopic} builds a topic from. */
export interface TelemetryTopicParts {
  readonly deviceId: string;
  /** May have several levels, joined by `/`. `null`: none. @default null */
  readonly sensor?: string | null;
  /** @default "device" */
  readonly root?: TopicRoot;
}

/**
 * The topic under which a device publishes; {@link parseTopic} reads it back.
 *
 * @throws TesaError `usage` if a part cannot stand in a topic
 * @example
 * ```ts
 * telemetryTopic({ deviceId: "g1", sensor: "temperature" }); // "device/g1/telemetry/temperature"
 * ```
 */
export function telemetryTopic({ deviceId, sensor = null, root = "device" }: TelemetryTopicParts): string {
  refuse("The device id", findDeviceProblems(deviceId));
  if (sensor !== null) refuse("The sensor", findWildcardProblems(sensor));
  const topic = `${root}/${deviceId}/telemetry${sensor === null ? "" : `/${sensor}`}`;
  refuse("The topic", findStringProblems(topic));
  return topic;
}

/** What {@link telemetryFilter} builds a filter from. */
export interface TelemetryFilterParts {
  /** One device. @default every device */
  readonly device?: string;
  /** One sensor, such as `temperature` or `motor/2/rpm`. @default every sensor */
  readonly sensor?: string;
  /** @default "device" */
  readonly root?: TopicRoot;
}

/**
 * The topic filter for all telemetry, or that of one device, one sensor, or one sensor of one device. The parts are
 * taken literally, so that two filters with different parts never match the same topic: a broker sends a message once
 * for each filter that matches.
 *
 * @throws TesaError `usage` if a part is empty or holds a wildcard, or the device a `/`
 * @example
 * ```ts
 * telemetryFilter(); // "device/+/telemetry/#"
 * telemetryFilter({ sensor: "temperature" }); // "device/+/telemetry/temperature"
 * ```
 */
export function telemetryFilter({ device, sensor, root = "device" }: TelemetryFilterParts = {}): string {
  if (device !== undefined) refuse("The device id", findDeviceProblems(device));
  if (sensor !== undefined) refuse("The sensor", findSensorProblems(sensor));
  const filter = `${root}/${device ?? "+"}/telemetry/${sensor ?? "#"}`;
  refuse("The topic filter", findStringProblems(filter));
  return filter;
}

/**
 * What keeps a text from being a device id: one level of a topic, without wildcards. Empty if nothing does. The problems
 * complete a sentence that begins with the name of the thing.
 */
export function findDeviceProblems(device: string): string[] {
  if (device === "") return ["is empty: name a device"];
  const problems = findWildcardProblems(device);
  if (device.includes("/"))
    problems.push("holds a /: a device id is one level of a topic, so write it without");
  return problems;
}

/** What keeps a text from naming a sensor in a filter; as {@link findDeviceProblems}, but with any number of levels. */
export function findSensorProblems(sensor: string): string[] {
  return sensor === "" ? ["is empty: name a sensor"] : findWildcardProblems(sensor);
}

function findWildcardProblems(text: string): string[] {
  return /[+#]/.test(text) ? ["holds a wildcard, + or #: write it without"] : [];
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new TesaError("usage", `${what} ${problems.join("; it ")}.`, { problems });
}
