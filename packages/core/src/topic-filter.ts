import { findStringProblems } from "./mqtt-string.ts";

const SHARE = "$share/";

/**
 * What is wrong with a topic filter by the rules of MQTT (4.7; for `$share/<group>/<filter>` MQTT 5, 4.8.2); empty if
 * nothing is. The problems complete a sentence that begins with the name of the thing.
 *
 * @example
 * ```ts
 * findFilterProblems("device/+/telemetry/#"); // []
 * findFilterProblems("device/#/telemetry"); // ["has a # before its last level: ..."]
 * ```
 */
export function findFilterProblems(filter: string): string[] {
  if (filter === "") return ["is empty: give a topic filter such as device/+/telemetry/#"];
  const problems = findStringProblems(filter);
  if (filter.startsWith(SHARE)) problems.push(...findShareProblems(filter));
  const levels = bareFilter(filter)?.split("/") ?? [];
  if (levels.some((level) => level.length > 1 && level.includes("+"))) {
    problems.push(
      "has a + beside other characters: a + stands for a whole level, so write it alone between slashes",
    );
  }
  if (levels.some((level) => level.length > 1 && level.includes("#"))) {
    problems.push("has a # beside other characters: write it alone after the last slash");
  }
  if (levels.slice(0, -1).includes("#")) {
    problems.push("has a # before its last level: # stands for all that follows, so it comes last");
  }
  return problems;
}

function findShareProblems(filter: string): string[] {
  const [, group = "", ...rest] = filter.split("/");
  if (group === "" || rest.join("/") === "") {
    return ["is no complete shared subscription: write $share/<group>/<topic filter>"];
  }
  if (group.includes("+") || group.includes("#")) {
    return ["has a wildcard in the name of its share group: write the group without + and #"];
  }
  return [];
}

/**
 * Whether a topic matches a filter without problems (MQTT 4.7). A `$share` filter matches as the filter that it shares.
 * A filter that begins with a wildcard matches no topic that begins with `$`.
 *
 * @example
 * ```ts
 * matchesFilter("device/+/telemetry/#", "device/g1/telemetry"); // true
 * matchesFilter("#", "$SYS/brokers"); // false
 * ```
 */
export function matchesFilter(filter: string, topic: string): boolean {
  const bare = bareFilter(filter);
  if (bare === null) return false;
  if (topic.startsWith("$") && (bare.startsWith("+") || bare.startsWith("#"))) return false;
  let level = 0;
  let topicLevel = 0;
  while (true) {
    if (bare.charAt(level) === "#") return true;
    const end = endOfLevel(bare, level);
    const topicEnd = endOfLevel(topic, topicLevel);
    const name = bare.slice(level, end);
    if (name !== "+" && name !== topic.slice(topicLevel, topicEnd)) return false;
    if (end === bare.length) return topicEnd === topic.length;
    // `a/#` matches its parent `a` too.
    if (topicEnd === topic.length) return bare.slice(end) === "/#";
    level = end + 1;
    topicLevel = topicEnd + 1;
  }
}

/** Whether an API token of the platform may subscribe to a filter. */
export type TokenAccess =
  /** Telemetry of devices, and nothing else. */
  | "allowed"
  /** Clearly more than telemetry or something else: commands, status, events, `#`, `$SYS`. The broker refuses it. */
  | "refused"
  /** Not a topic that the platform is known to have. The broker decides. */
  | "unknown";

/**
 * Tells from the filter alone whether an API token may subscribe to it: a token sees the telemetry of its organisation's
 * devices. A share group makes no difference.
 *
 * @example
 * ```ts
 * tokenAccess("device/+/telemetry/#"); // "allowed"
 * tokenAccess("device/+/commands/#"); // "refused"
 * ```
 */
export function tokenAccess(filter: string): TokenAccess {
  const bare = bareFilter(filter);
  if (bare === null || bare.startsWith("$")) return "refused";
  const [root, device, branch] = bare.split("/");
  if (root === "#") return "refused";
  if (root !== "device" && root !== "devices") return "unknown";
  if (device === "" || device === undefined || device === "#" || branch !== "telemetry") return "refused";
  return "allowed";
}

/** The filter without `$share/<group>/`; `null` if that is not complete. */
function bareFilter(filter: string): string | null {
  if (!filter.startsWith(SHARE)) return filter;
  const slash = filter.indexOf("/", SHARE.length);
  return slash < 0 ? null : filter.slice(slash + 1);
}

function endOfLevel(text: string, start: number): number {
  const slash = text.indexOf("/", start);
  return slash < 0 ? text.length : slash;
}
