import { readFileSync } from "node:fs";
import type { Credentials } from "@tesa/platform";
import type { DeviceCredentials, RoleCredentials } from "./broker-under-test.ts";
import { type Capability, isCapability } from "./capabilities.ts";

/** What a credentials file says. */
export interface CredentialsFile {
  readonly credentials: RoleCredentials;
  /** For the report. @default "a broker" */
  readonly name: string;
  /** @default "unknown" */
  readonly version: string;
  readonly lacks: Readonly<Partial<Record<Capability, string>>>;
}

/** The device that `device` publishes as, where the file does not say. */
const DEFAULT_DEVICE_ID = "acme-1";

/**
 * Reads the credentials of a broker that is chosen by URL:
 *
 * ```json
 * { "tokenA": { "username": "...", "password": "..." }, "tokenB": {}, "refused": {},
 *   "device": { "username": "...", "password": "...", "deviceId": "acme-1" }, "deviceB": {},
 *   "name": "EMQX", "version": "5.10.3", "lacks": { "organisations": "one topic space for all" } }
 * ```
 *
 * `deviceB`, `deviceId`, `name`, `version` and `lacks` may be missing.
 * @throws Error that names every problem at once, and no password
 */
export function readCredentialsFile(path: string): CredentialsFile {
  const problems: string[] = [];
  const file = parseObject(path);
  const login = (role: string): Credentials => {
    const { username, password } = asObject(file[role]);
    if (typeof username === "string" && typeof password === "string") return { username, password };
    problems.push(`"${role}" needs "username" and "password", both text.`);
    return { username: "", password: "" };
  };
  const device = (role: string): DeviceCredentials => {
    const { deviceId = DEFAULT_DEVICE_ID } = asObject(file[role]);
    if (typeof deviceId !== "string") problems.push(`"${role}": "deviceId" is no text.`);
    return { ...login(role), deviceId: String(deviceId) };
  };
  const result: CredentialsFile = {
    credentials: {
      tokenA: login("tokenA"),
      tokenB: login("tokenB"),
      refused: login("refused"),
      device: device("device"),
      deviceB: file.deviceB === undefined ? undefined : device("deviceB"),
    },
    name: typeof file.name === "string" ? file.name : "a broker",
    version: typeof file.version === "string" ? file.version : "unknown",
    lacks: readLacks(file.lacks, problems),
  };
  if (problems.length === 0) return result;
  throw new Error([`TESA_TEST_BROKER_CREDENTIALS: ${path} cannot be used:`, ...problems].join("\n  "));
}

function readLacks(value: unknown, problems: string[]): Partial<Record<Capability, string>> {
  const lacks: Partial<Record<Capability, string>> = {};
  for (const [name, reason] of Object.entries(asObject(value))) {
    if (!isCapability(name)) problems.push(`"lacks": there is no capability "${name}".`);
    else if (typeof reason !== "string") problems.push(`"lacks": the reason for "${name}" is no text.`);
    else lacks[name] = reason;
  }
  return lacks;
}

function parseObject(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`TESA_TEST_BROKER_CREDENTIALS: ${path} cannot be read.`, { cause });
  }
  try {
    return asObject(JSON.parse(text));
  } catch {
    // The parser's own message quotes the text, which holds passwords.
    throw new Error(`TESA_TEST_BROKER_CREDENTIALS: ${path} is no JSON.`);
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
