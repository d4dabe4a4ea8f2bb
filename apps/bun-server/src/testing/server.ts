import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type RunningProgram, startProgram } from "@tesa/platform/testing";
import { createRelayKey, parseRelaySecrets, type RelayKeyOptions } from "@tesa/relay";
import { createParser } from "eventsource-parser";

/** The folder of the app. */
export const APP: string = join(import.meta.dirname, "../..");
const BUN = join(dirname(createRequire(import.meta.url).resolve("bun/package.json")), "bin/bun.exe");

/** Visibly no secret of anybody. */
export const RELAY_SECRET = "test-secret-of-more-than-thirty-two-bytes";

/** Starts the real program on a free port, or another file of it, with nothing but the given environment. */
export function startServer(
  env: Readonly<Record<string, string>>,
  cwd: string = APP,
  [file = "src/main.ts", ...args]: readonly string[] = [],
): RunningProgram {
  return startProgram({
    command: [BUN, "--conditions=tesa-source", join(APP, file), ...args],
    cwd,
    env: { PORT: "0", ...env },
  });
}

/** Where a server listens, once it does. */
export async function urlOf(server: RunningProgram): Promise<string> {
  await server.until("stderr", /serving on \S+\n/);
  return /serving on (\S+)/.exec(server.stderr)?.[1] ?? "";
}

/** The header with a key of `acme`, unless told otherwise. */
export async function keyHeader(
  options: Partial<RelayKeyOptions> & { readonly secretText?: string } = {},
): Promise<Record<string, string>> {
  const { secretText = RELAY_SECRET, ...given } = options;
  const [secret] = await parseRelaySecrets(secretText);
  if (secret === undefined) throw new Error("There is no secret.");
  const { key } = await createRelayKey({ secret, organisation: "acme", now: Date.now(), ...given });
  return { authorization: `Bearer ${key}` };
}

/** An event of a live stream. */
export interface LiveEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A client of a live stream. */
export interface LiveClient extends AsyncDisposable {
  readonly events: readonly LiveEvent[];
  /** The payloads of the messages that came. */
  readonly payloads: readonly unknown[];
  /** Fulfils when the server has ended the stream. */
  readonly ended: Promise<void>;
}

/** Opens a live stream as programs do that send a key. */
export async function openLive(url: string, headers: Readonly<Record<string, string>>): Promise<LiveClient> {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/stream`, { headers, signal: abort.signal });
  if (!response.ok || response.body === null) throw new Error(`${response.status}: ${await response.text()}`);
  const events: LiveEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event = "telemetry", data }) => events.push({ id, event, data: JSON.parse(data) }),
  });
  const { body } = response;
  const ended = (async () => {
    const decoder = new TextDecoder();
    // A server that is killed ends it with an error, which a test sees by what is missing.
    try {
      for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
    } catch {}
  })();
  return {
    events,
    ended,
    get payloads() {
      return events.filter(({ event }) => event === "telemetry").map(({ data }) => data.payload);
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await ended;
    },
  };
}
