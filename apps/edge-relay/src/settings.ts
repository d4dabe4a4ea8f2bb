import { type Config, parseConfig, parseToken, TesaError, type Token } from "@tesa/core";
import { parseConnectOrigins, parseRelaySecrets, type RelaySecret } from "@tesa/relay";
import type { Env } from "./env.ts";

/** Messages of 10 MB must fit into the 128 MB of a Durable Object, this many at once, with what is made of them. */
const RECEIVE_MAXIMUM = "16";

/** The last client may be on its way back. */
const LINGER_SECONDS = 60;

/** What the Worker needs to know who may come in. */
export interface FrontSettings {
  readonly secrets: readonly RelaySecret[];
  readonly origins: readonly string[];
  /** Where the dashboard may connect to; `undefined`: where it was built for. */
  readonly connect: readonly string[] | undefined;
  readonly tokens: ReadonlyMap<string, Token>;
  /** How long to stay connected after the last client has gone, in milliseconds; infinite for ever. */
  readonly lingerMs: number;
}

/** @throws TesaError `config` with every problem; it holds neither token nor secret */
export async function readSettings(env: Env): Promise<FrontSettings> {
  const problems: string[] = [];
  const noting = async <T>(read: () => T | Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof TesaError)) throw error;
      problems.push(error.message);
      return otherwise;
    }
  };
  const secrets = await noting(() => parseRelaySecrets(env.TESA_RELAY_SECRET ?? ""), []);
  const tokens = await noting(() => readTokens(env.MQTT_API_TOKEN ?? ""), new Map<string, Token>());
  const lingerMs = await noting(() => readLinger(env), 0);
  const connectText = env.TESA_DASHBOARD_CONNECT || undefined;
  const connect = connectText && (await noting(() => parseConnectOrigins(connectText), []));
  const [first] = tokens.values();
  if (first !== undefined) await noting(() => void readStreamConfig(env, first), undefined);
  if (problems.length > 0) throw new TesaError("config", problems.join(" "), { problems });
  const origins = (env.TESA_RELAY_ORIGINS ?? "").split(",").flatMap((origin) => origin.trim() || []);
  return { secrets, origins, connect: connect || undefined, tokens, lingerMs };
}

/** The configuration of one organisation's stream. @throws TesaError `config` */
export function readStreamConfig(env: Env, token: Token): Config {
  const texts = Object.entries(env).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  const given = Object.fromEntries(
    texts.filter(([name, value]) => value !== "" && name !== "MQTT_CLIENT_ID"),
  );
  return parseConfig({ TESA_RECEIVE_MAXIMUM: RECEIVE_MAXIMUM, ...given, MQTT_API_TOKEN: token.reveal() });
}

function readLinger({ TESA_EDGE_LINGER, TESA_EDGE_STAY }: Env): number {
  const stay = TESA_EDGE_STAY || "clients";
  const seconds = Number(TESA_EDGE_LINGER || LINGER_SECONDS);
  if (stay === "always") return Number.POSITIVE_INFINITY;
  if (stay !== "clients") {
    throw new TesaError("config", `TESA_EDGE_STAY is ${JSON.stringify(stay)}: it is "clients" or "always".`);
  }
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1_000;
  throw new TesaError(
    "config",
    `TESA_EDGE_LINGER is ${JSON.stringify(TESA_EDGE_LINGER)}: give seconds, such as 60.`,
  );
}

function readTokens(text: string): ReadonlyMap<string, Token> {
  const tokens = text.split(/\s+/).flatMap((word) => (word === "" ? [] : [parseToken(word)]));
  if (tokens.length === 0) {
    throw new TesaError("config", "MQTT_API_TOKEN is not set. Set it by: wrangler secret put MQTT_API_TOKEN");
  }
  const byOrganisation = new Map(tokens.map((token) => [token.organisation, token]));
  if (byOrganisation.size < tokens.length) {
    throw new TesaError("config", "MQTT_API_TOKEN holds two tokens of one organisation. Keep one of each.");
  }
  return byOrganisation;
}
