import { createParser, type EventSourceMessage } from "eventsource-parser";

/** An event as a client sees it. */
export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it.
  readonly data: any;
}

/** A client of a stream. */
export interface StreamClient extends AsyncDisposable {
  readonly response: Response;
  /** What came so far. */
  readonly events: readonly ReceivedEvent[];
  /** Waits until that many events of the kind have come, and gives all of that kind. */
  received(count: number, event?: string): Promise<readonly ReceivedEvent[]>;
  /** Waits until the server has ended the stream; fulfils with whether it ended well. */
  ended(): Promise<boolean>;
  /** Of every telemetry event that came, the seq. */
  readonly seqs: readonly number[];
}

/**
 * Opens a stream by `fetch`, as browsers do that send a key; of each event's data it keeps what it is told to.
 *
 * @throws Error with the answer when it is refused
 */
export async function readStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  { keep = (data) => data }: { readonly keep?: (data: unknown) => unknown } = {},
): Promise<StreamClient> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  if (!response.ok || response.body === null) throw new Error(`${response.status}: ${await response.text()}`);
  const events: ReceivedEvent[] = [];
  let wake = () => {};
  const parser = createParser({
    onEvent: ({ id, event, data }: EventSourceMessage) => {
      // A piece of a string keeps all of it in memory, and these are pieces of what was received.
      const own = id === undefined ? undefined : Buffer.from(id).toString();
      events.push({ id: own, event: event ?? "message", data: keep(JSON.parse(data)) });
      wake();
    },
  });
  const read = async (body: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  };
  const ended = read(response.body).then(
    () => true,
    () => false,
  );
  return {
    response,
    events,
    get seqs() {
      return events.filter(({ event }) => event === "message").map(({ data }) => data.seq);
    },
    async received(count, event = "message") {
      for (;;) {
        const found = events.filter((received) => received.event === event);
        if (found.length >= count) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await ended;
    },
  };
}
