/** Local time of day, to the millisecond: `14:03:07.211`. */
export function localTime(epochMs: number): string {
  const date = new Date(epochMs);
  const milliseconds = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}

/** Local date and time: `2026-11-23 14:03:07.211`. */
export function localDateTime(epochMs: number): string {
  const date = new Date(epochMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${localTime(epochMs)}`;
}

function two(part: number): string {
  return String(part).padStart(2, "0");
}
