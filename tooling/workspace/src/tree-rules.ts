import type { SourceFile } from "./import-rules.ts";

interface Rule {
  readonly pattern: RegExp;
  readonly reason: string;
  /** The files it is about. @default all */
  readonly in?: RegExp;
}

/** Escaped as they are, none of these patterns matches this file. */
const RULES: readonly Rule[] = [
  {
    pattern:
      /\b(registry\.(npmjs\.org|yarnpkg\.com)|(index|static)\.crates\.io|pypi\.org\/simple|files\.pythonhosted\.org|(proxy|sum)\.golang\.org|repo1?\.maven(\.apache)?\.org|deb\.debian\.org)\b/,
    reason: "names the host of a package registry; clients know theirs",
  },
  {
    pattern: /\bhttps?:\/\/\S+/,
    reason: "a lockfile that names a host works only where that host is reached",
    in: /(^|\/)pnpm-lock\.yaml$/,
  },
  {
    // With base64 behind it: code that puts the marks around bytes of its own is no key.
    pattern: /-----BEGIN [A-Z0-9 ]*(PRIVATE KEY|CERTIFICATE)-----(\s|\\[nr])+[A-Za-z0-9+/=]{32,}/,
    reason: "holds a key or a certificate; make it at run time",
  },
  {
    pattern: /\btesa_mqtt_[a-z0-9_]+_(?![A-Za-z0-9]*FAKE)(?!(?<one>\w)\k<one>*\b)[A-Za-z0-9]{28,}\b/,
    reason: "looks like a real token; one for tests has FAKE in it, or one character only",
  },
  {
    // Not in the middle of a URL or of a longer path.
    pattern: /(?<![\w.:/-])\/(work|root|tmp|home\/\w+|Users\/\w+)\/\w[^\s"'`)]*/,
    reason: "is a path of one machine",
  },
];

const KEY_FILE = /\.(pem|key|crt|cer|p12|pfx|jks)$/i;

/** Lists what must not be in the repository: registry hosts, key material, tokens, paths of a machine. */
export function findUnwanted(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    if (KEY_FILE.test(path)) return [`${path} is a key or certificate file; make it at run time`];
    return RULES.filter((rule) => rule.in?.test(path) ?? true).flatMap(({ pattern, reason }) => {
      const match = pattern.exec(text);
      return match === null ? [] : [`${path}:${lineOf(text, match.index)} ${reason}`];
    });
  });
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
