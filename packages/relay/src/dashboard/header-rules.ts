/** A rule of a `_headers` file: which paths, and what is sent with them. */
interface HeaderRule {
  readonly matches: (path: string) => boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Reads a `_headers` file, as hosts of static files do: a path on a line of its own, `*` standing for anything, and
 * below it, indented, `Name: value`. Gives the headers of a path; what several rules say of one is joined by a comma.
 */
export function parseHeaderRules(text: string): (path: string) => Record<string, string> {
  const rules: { pattern: string; headers: [string, string][] }[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (!/^\s/.test(line)) rules.push({ pattern: line.trim(), headers: [] });
    else {
      const colon = line.indexOf(":");
      if (colon > 0) rules.at(-1)?.headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
    }
  }
  const read: readonly HeaderRule[] = rules.map(({ pattern, headers }) => ({
    matches: matcher(pattern),
    headers,
  }));
  return (path) => {
    const found: Record<string, string> = {};
    for (const [name, value] of read.filter((rule) => rule.matches(path)).flatMap(({ headers }) => headers)) {
      found[name] = found[name] === undefined ? value : `${found[name]}, ${value}`;
    }
    return found;
  };
}

function matcher(pattern: string): (path: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`);
  return (path) => expression.test(path);
}
