import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { TesaError } from "@tesa/core";
import { quote } from "../status/printable.ts";

/**
 * Reads a `.env` file; `undefined` if there is none.
 * @throws TesaError `config` if it cannot be read
 */
export function readDotenv(path: string): Record<string, string | undefined> | undefined {
  const bytes = readBytes(path);
  if (bytes === undefined) return undefined;
  if (bytes.includes(0)) {
    // PowerShell's `>` writes UTF-16.
    throw unreadable(path, "it is no UTF-8 text. Save it as UTF-8.");
  }
  const text = new TextDecoder().decode(bytes);
  return parseEnv(protectHashes(text));
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "EISDIR") throw unreadable(path, "it is a folder.");
    if (code === "EACCES") throw unreadable(path, "this user may not read it.");
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Puts quotes around values such as `device/+/telemetry/#`. Node takes every # for the beginning of a comment, and
 * would silently subscribe to something else; a shell, compose and other readers of `.env` want a space before it.
 */
function protectHashes(text: string): string {
  const setting =
    /^([ \t]*(?:export[ \t]+)?(?:MQTT_|TESA_|CA_CERT_)\w*[ \t]*=[ \t]*)([^\s"'`#][^\r\n]*?)([ \t]+#[^\r\n]*|[ \t]*)\r?$/gm;
  return text.replaceAll(setting, (line, beginning: string, value: string) => {
    const mark = ['"', "'", "`"].find((candidate) => !value.includes(candidate));
    return value.includes("#") && mark !== undefined ? `${beginning}${mark}${value}${mark}` : line;
  });
}

function unreadable(path: string, reason: string): TesaError {
  return new TesaError("config", `Cannot read the file ${quote(path)}: ${reason}`);
}
