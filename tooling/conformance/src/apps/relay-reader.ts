import { createHmac } from "node:crypto";

/** An event of `GET /v1/stream` with an id: a message. */
export interface RelayEvent {
  readonly id: string;
  readonly data: string;
}

/** Options of {@link readRelay}. */
export interface RelayReaderOptions {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly key: string;
  /** The id of the event after which to begin. @default what the relay has received since this call */
  readonly after?: string | undefined;
  readonly onEvent: (event: RelayEvent) => void;
  /** Called whenever the relay has let it in. */
  readonly onOpen?: () => void;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 100;

/**
 * Reads the live stream of a relay for as long as it is told to, and comes back by `Last-Event-ID` as browsers do. A
 * relay that does not listen yet is waited for.
 */
export async function readRelay(options: RelayReaderOptions): Promise<void> {
  const { origin, key, after, onEvent, onOpen, signal } = options;
  let lastId = after;
  // What comes while the relay does not listen yet, such as a retained message, is no less for it.
  const since = Date.now();
  while (!signal.aborted) {
    try {
      const headers = {
        authorization: `Bearer ${key}`,
        ...(lastId !== undefined && { "last-event-id": lastId }),
      };
      const query = lastId === undefined ? `?from=${since}` : "";
      const response = await fetch(`${origin}/v1/stream${query}`, { headers, signal });
      if (response.status === 200 && response.body !== null) {
        onOpen?.();
        for await (const event of readEvents(response.body)) {
          lastId = event.id;
          if (event.data !== undefined) onEvent({ id: event.id, data: event.data });
        }
      } else await response.body?.cancel();
    } catch {
      // It is not there yet, or has gone: the next try tells. What a test waits for has a time limit of its own.
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncIterable<Block> {
  let rest = "";
  for await (const text of body.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  )) {
    rest += text;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const event = parseEvent(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (event !== null) yield event;
    }
  }
}

/** What stands between two empty lines, if it has an id: a message, or the id alone, from where to go on. */
interface Block {
  readonly id: string;
  readonly data: string | undefined;
}

/** Comments, and the events `gap` and `state`, have no id. */
function parseEvent(text: string): Block | null {
  const fields = new Map(
    text.split("\n").map((line) => [line.split(":", 1)[0] ?? "", line.replace(/^\w+: ?/, "")]),
  );
  const id = fields.get("id");
  return id === undefined ? null : { id, data: fields.get("data") };
}

/** What a key of the relay says, besides its organisation. */
export interface KeyClaims {
  readonly org?: string;
  readonly devices?: readonly string[];
  readonly scope?: readonly string[];
  /** Epoch seconds. @default in an hour */
  readonly exp?: number;
}

/** A key of the relay: a JWT, HS256, made by hand since the relay's own maker is what is tested. */
export function relayKey(secret: string, claims: KeyClaims = {}): string {
  const all = {
    org: "acme",
    scope: ["stream", "history"],
    exp: Math.floor(Date.now() / 1_000) + 3_600,
    ...claims,
  };
  const content = [{ alg: "HS256", typ: "JWT" }, all]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}
