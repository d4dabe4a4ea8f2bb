import * as z from "zod/mini";
import { findBrokerUrlProblems, normalizeBrokerUrl } from "./broker-url.ts";
import type { ConfigVariableName } from "./config-variables.ts";
import { findStringProblems } from "./mqtt-string.ts";
import { quoteValue } from "./quote-value.ts";
import { findTokenProblems, holdsToken } from "./token-shape.ts";
import { findDeviceProblems, findSensorProblems } from "./topic.ts";
import { findFilterProblems, tokenAccess } from "./topic-filter.ts";

/** The variables as what they mean; those without a default may be missing. */
export interface ConfigValues {
  readonly MQTT_API_TOKEN?: string | undefined;
  readonly TESA_TOKEN_FILE?: string | undefined;
  readonly MQTT_BROKER_URL: string;
  readonly MQTT_TOPIC: string;
  readonly TESA_DEVICE?: readonly string[] | undefined;
  readonly TESA_SENSOR?: readonly string[] | undefined;
  readonly MQTT_CLIENT_ID?: string | undefined;
  readonly MQTT_KEEPALIVE: number;
  readonly MQTT_RECONNECT_PERIOD: number;
  readonly CA_CERT_PATH?: string | undefined;
  readonly TESA_PROTOCOL_VERSION: "auto" | 4 | 5;
  readonly TESA_RECEIVE_MAXIMUM: number;
  readonly TESA_SESSION_EXPIRY: number;
  readonly TESA_BROKER_QUEUE: number;
  readonly TESA_SHARE?: string | undefined;
}

/** Something wrong with one variable; `text` is the rest of a sentence that begins with its name and value. */
export interface VariableProblem {
  readonly name: ConfigVariableName;
  readonly text: string;
}

/** What {@link checkVariables} found. */
export type CheckedVariables =
  | { readonly ok: true; readonly values: ConfigValues }
  | { readonly ok: false; readonly problems: readonly VariableProblem[] };

/**
 * Checks each variable by itself; how they go together is not looked at.
 *
 * @param record The variables with their defaults filled in, none of them empty.
 */
export function checkVariables(record: Readonly<Record<string, string | undefined>>): CheckedVariables {
  const result = SCHEMA.safeParse(record);
  if (result.success) return { ok: true, values: result.data };
  const problems = result.error.issues.map(({ path, message }) => ({
    // The schema has these keys and no others, and none of them is nested.
    name: path[0] as ConfigVariableName,
    text: message,
  }));
  return { ok: false, problems };
}

/** MQTT 3.1.1 calls itself version 4 in CONNECT (3.1.2.2), and so do many programs. */
const PROTOCOL_VERSIONS = { auto: "auto", "5": 5, "3.1.1": 4, "4": 4 } as const;

const SCHEMA = z.object({
  MQTT_API_TOKEN: z.optional(textWith(findTokenProblems)),
  TESA_TOKEN_FILE: z.optional(openText(findPathProblems)),
  MQTT_BROKER_URL: z.pipe(openText(findBrokerUrlProblems), z.transform(normalizeBrokerUrl)),
  MQTT_TOPIC: openText(findTopicProblems),
  TESA_DEVICE: z.optional(listOf(findDeviceProblems)),
  TESA_SENSOR: z.optional(listOf(findSensorProblems)),
  MQTT_CLIENT_ID: z.optional(openText(findClientIdProblems)),
  MQTT_KEEPALIVE: wholeNumber("seconds", 1, 65_535),
  MQTT_RECONNECT_PERIOD: wholeNumber("milliseconds", 1, 30_000),
  CA_CERT_PATH: z.optional(openText(findPathProblems)),
  TESA_PROTOCOL_VERSION: z.pipe(
    z.enum(["auto", "5", "3.1.1", "4"], "must be auto, 5 or 3.1.1"),
    z.transform((version: keyof typeof PROTOCOL_VERSIONS) => PROTOCOL_VERSIONS[version]),
  ),
  TESA_RECEIVE_MAXIMUM: wholeNumber("messages", 1, 65_535),
  TESA_SESSION_EXPIRY: wholeNumber("seconds", 0, 4_294_967_295),
  TESA_BROKER_QUEUE: wholeNumber("messages", 1, 1_000_000_000),
  TESA_SHARE: z.optional(openText(findGroupProblems)),
});

type FindProblems = (text: string) => readonly string[];

function textWith(findProblems: FindProblems) {
  return z.string().check(({ value, issues }) => {
    for (const message of findProblems(value)) issues.push({ code: "custom", input: value, message });
  });
}

/** A text that logs and consoles may show, and that therefore must not hold a token. */
function openText(findProblems: FindProblems) {
  return textWith((text) =>
    holdsToken(text)
      ? ["has a token in it, and is no secret place: a token belongs into MQTT_API_TOKEN alone"]
      : findProblems(text),
  );
}

/** Items separated by commas; spaces around an item do not belong to it, and a repeated one counts once. */
function listOf(findProblems: FindProblems) {
  const findListProblems = (text: string) =>
    splitList(text).flatMap((item) =>
      [...findProblems(item), ...findStringProblems(item), ...findControlCharacters(item)].map(
        (problem) => `has ${quoteValue(item)} in it, which ${problem}`,
      ),
    );
  return z.pipe(openText(findListProblems), z.transform(splitList));
}

function splitList(text: string): string[] {
  return [...new Set(text.split(",").map((item) => item.trim()))];
}

/** Digits only: what `Number` would accept besides (`1e3`, `0x10`, ` 60`) is a mistake here rather than meant. */
function wholeNumber(unit: string, min: number, max: number) {
  const message = `must be a whole number of ${unit} from ${min} to ${max}, written in digits alone`;
  return z.pipe(
    z.string().check(z.regex(/^\d+$/, message)),
    z.pipe(z.transform(Number), z.number(message).check(z.minimum(min, message), z.maximum(max, message))),
  );
}

function findTopicProblems(filter: string): string[] {
  if (filter.startsWith("$share/")) {
    return [
      "is a shared subscription: give the filter after the group by itself, and the group as TESA_SHARE",
    ];
  }
  const problems = [...findFilterProblems(filter), ...findControlCharacters(filter)];
  if (filter !== filter.trim()) problems.push("has spaces around it: remove them");
  if (problems.length > 0) {
    if (filter.includes(","))
      problems.push("must be one filter: for several devices or sensors, name them instead");
    return problems;
  }
  if (tokenAccess(filter) !== "refused") return [];
  return [
    "is not telemetry alone, and a token may subscribe to nothing else: use device/+/telemetry/# or a part of it",
  ];
}

function findClientIdProblems(clientId: string): string[] {
  return [...findStringProblems(clientId), ...findControlCharacters(clientId)];
}

/** MQTT 5, 4.8.2: a share name is one level, without wildcards. */
function findGroupProblems(group: string): string[] {
  const problems = [...findStringProblems(group), ...findControlCharacters(group)];
  if (/[/+#]/.test(group)) problems.push("has a /, + or # in it: a group is one word");
  if (group !== group.trim()) problems.push("has spaces around it: remove them");
  return problems;
}

function findPathProblems(path: string): string[] {
  if (path.includes("-----BEGIN"))
    return ["must be the path of a file, and is the content of one: name the file"];
  return findControlCharacters(path);
}

function findControlCharacters(text: string): string[] {
  return /\p{Cc}/u.test(text) ? ["has line breaks or other control characters in it: remove them"] : [];
}
