import { TOKEN_PREFIX } from "./token-shape.ts";

/** The platform's broker for applications. */
export const DEFAULT_BROKER_URL = "wss://mqtt.tesaiot.com:8085/mqtt";

/** Where EMQX, and so the platform, listens for WebSockets; anything else it answers with 404. */
const DEFAULT_PATH = "/mqtt";

/**
 * What is wrong with a broker URL; empty if nothing is. The problems say what to write instead and show nothing of the
 * URL but its host, and not even that where it has an `@` or a token in it.
 *
 * @example
 * ```ts
 * findBrokerUrlProblems("mqtts://broker.example:8884"); // ["... use wss://broker.example:8085/mqtt"]
 * ```
 */
export function findBrokerUrlProblems(text: string): string[] {
  const problems: string[] = [];
  // The URL class would drop some of them without a word.
  if (/[\s\p{C}]/u.test(text)) problems.push("has spaces or control characters in it: remove them");
  if (text.includes("@")) {
    problems.push("must not have a user or password in it: the token is both, and comes from MQTT_API_TOKEN");
  }
  if (/[?#]/.test(text)) problems.push("must not have a ? or # in it: remove what follows the path");
  return [...problems, ...findSchemeProblems(text)];
}

function findSchemeProblems(text: string): string[] {
  const [scheme = ""] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  if (scheme === "") {
    const isHost = mayBeShown(text) && /^[a-z0-9.-]+(:\d+)?(\/[\w./-]*)?$/i.test(text);
    const hint =
      isHost && URL.canParse(`wss://${text}`) ? suggestUrl(new URL(`wss://${text}`)) : DEFAULT_BROKER_URL;
    return [`has no scheme: use ${hint}`];
  }
  if (!URL.canParse(text)) return [`is no valid URL: use one such as ${DEFAULT_BROKER_URL}`];
  const url = new URL(text);
  const hint = mayBeShown(text) ? suggestUrl(url) : DEFAULT_BROKER_URL;
  if (url.protocol === "wss:") return [];
  if (url.protocol !== "ws:") {
    return [
      `has the scheme ${scheme}; the way in for applications is MQTT over secure WebSockets: use ${hint}`,
    ];
  }
  if (isLoopback(url.hostname)) return [];
  return [`would send the token unencrypted; ws:// is for this machine only (localhost): use ${hint}`];
}

/** Whether no part of a URL can be a password or a token in the wrong place. */
function mayBeShown(text: string): boolean {
  return !text.includes("@") && !text.toLowerCase().includes(TOKEN_PREFIX);
}

/** Where other protocols listen by custom: HTTP, and MQTT on EMQX and mosquitto. No secure WebSocket is there. */
const OTHER_PORTS: ReadonlySet<string> = new Set([
  "",
  "80",
  "443",
  "1883",
  "8080",
  "8083",
  "8883",
  "8884",
  "9001",
]);

/** What the user probably means: the platform's port and path, unless others were given that may be right. */
function suggestUrl(url: URL): string {
  if (url.hostname === "") return DEFAULT_BROKER_URL;
  const isWeb = url.protocol !== "mqtt:" && url.protocol !== "mqtts:" && url.protocol !== "tcp:";
  const port = isWeb && !OTHER_PORTS.has(url.port) ? withColon(url.port) : ":8085";
  const suggested = `wss://${url.hostname}${port}${isWeb ? pathOf(url) : DEFAULT_PATH}`;
  const isGuess = port !== withColon(url.port) && url.hostname !== new URL(DEFAULT_BROKER_URL).hostname;
  return isGuess
    ? `${suggested} (8085 is the port of TESAIoT; that of your broker may be another)`
    : suggested;
}

/** The URL class writes IPv4 addresses in one way only, and IPv6 ones in brackets. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * The one form of a URL without problems: with the path `/mqtt` where it has none, without the port where it is that of
 * the scheme.
 */
export function normalizeBrokerUrl(text: string): string {
  const url = new URL(text);
  return `${url.protocol}//${url.hostname}${withColon(url.port)}${pathOf(url)}`;
}

function withColon(port: string): string {
  return port === "" ? "" : `:${port}`;
}

function pathOf(url: URL): string {
  return url.pathname === "" || url.pathname === "/" ? DEFAULT_PATH : url.pathname;
}
