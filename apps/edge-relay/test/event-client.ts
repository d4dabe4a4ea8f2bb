import { createParser } from "eventsource-parser";

/** An event of telemetry, as far as tests look into it. */
export interface TelemetryEvent {
  readonly id: string;
  readonly data: { readonly seq: number; readonly payload: unknown };
}

/** A client that comes back with `Last-Event-ID` until it is ended, as every EventSource does. */
export interface EventClient extends AsyncDisposable {
  readonly events: readonly TelemetryEvent[];
  /** What events of other kinds said. */
  readonly notices: readonly { readonly event: string; readonly data: Readonly<Record<string, unknown>> }[];
  /** How often it has connected. */
  readonly connects: number;
}

/** How long to wait before coming back, in milliseconds. */
const RECONNECT_MS = 100;

export function openEvents(url: string | URL, key: string): EventClient {
  const end = new AbortController();
  const events: TelemetryEvent[] = [];
  const notices: { event: string; data: Record<string, unknown> }[] = [];
  let lastId: string | undefined;
  let connects = 0;
  const connect = async () => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(lastId === undefined ? {} : { "last-event-id": lastId }),
    };
    const response = await fetch(url, { headers, signal: end.signal });
    if (!response.ok || response.body === null)
      throw new Error(`${response.status}: ${await response.text()}`);
    connects += 1;
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        lastId = id ?? lastId;
        if (event === undefined && id !== undefined) events.push({ id, data: JSON.parse(data) });
        else if (event !== undefined) notices.push({ event, data: JSON.parse(data) });
      },
      // An id alone says where the stream begins.
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
  };
  const running = (async () => {
    while (!end.signal.aborted) {
      await connect().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  })();
  return {
    events,
    notices,
    get connects() {
      return connects;
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
  };
}
