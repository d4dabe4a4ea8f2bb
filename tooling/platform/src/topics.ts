/** A topic filter, taken apart. */
export interface Filter {
  /** The filter as the client spelled it, `$share/...` included. */
  readonly text: string;
  /** The share group, or `undefined` for an ordinary subscription. */
  readonly group: string | undefined;
  /** The filter without `$share/<group>/`, level by level. */
  readonly levels: readonly string[];
}

/** The longest topic or filter, in bytes (MQTT 5, 4.7.3). */
const MAX_TOPIC_BYTES = 65_535;

/** Takes a filter apart; `undefined` if MQTT does not allow it (MQTT 5, 4.7.1 and 4.8.2). */
export function parseFilter(text: string): Filter | undefined {
  if (text.includes("\0") || Buffer.byteLength(text) > MAX_TOPIC_BYTES) return undefined;
  const all = text.split("/");
  const isShared = all[0] === "$share";
  const group = isShared ? all[1] : undefined;
  const levels = isShared ? all.slice(2) : all;
  if (isShared && (group === undefined || group === "" || /[+#]/.test(group))) return undefined;
  if (levels.length === 0 || (levels.length === 1 && levels[0] === "")) return undefined;
  const areValid = levels.every((level, index) => {
    if (level === "#") return index === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
  return areValid ? { text, group, levels } : undefined;
}

/** Whether a PUBLISH may carry this topic. */
export function isTopicName(topic: string): boolean {
  return topic !== "" && !/[+#\0]/.test(topic) && Buffer.byteLength(topic) <= MAX_TOPIC_BYTES;
}

/** Whether a topic, level by level, falls under a filter (MQTT 5, 4.7). */
export function matches(filter: readonly string[], topic: readonly string[]): boolean {
  // Wildcards at the first level do not reach topics such as $SYS.
  if (topic[0]?.startsWith("$") && (filter[0] === "+" || filter[0] === "#")) return false;
  for (const [index, level] of filter.entries()) {
    if (level === "#") return true;
    if (index >= topic.length) return false;
    if (level !== "+" && level !== topic[index]) return false;
  }
  return filter.length === topic.length;
}
