import type { Clock } from "@tesa/core";
import type { StoredGap } from "../data/fleet-store.ts";
import type { Incoming } from "../data/incoming.ts";
import { openRelaySource } from "../source/relay-source.ts";
import type { LinkState, Source, SourceListener } from "../source/source.ts";

/** A request as the fake relay saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: Headers;
}

/** A stream that a test writes to. */
export interface FakeStream {
  send(text: string): void;
  end(): void;
  readonly cancelled: boolean;
}

/** Stands for a relay behind `fetch`: it answers by a function, and hands out the streams that were opened. */
export class FakeRelay {
  readonly requests: SeenRequest[] = [];
  readonly streams: FakeStream[] = [];
  /** Answers instead of the usual: a status to refuse with, or an error to fail with. */
  answer: ((path: string) => Response | Error | undefined) | undefined;
  devices: unknown[] = [];

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    const path = `${url.pathname}${url.search}`;
    this.requests.push({ path, headers: new Headers(init?.headers) });
    const answer = this.answer?.(path);
    if (answer instanceof Error) throw answer;
    if (answer !== undefined) return answer;
    if (url.pathname === "/v1/devices") return Response.json({ devices: this.devices });
    if (url.pathname === "/v1/gaps") return Response.json({ gaps: [] });
    if (url.pathname === "/v1/stream") return this.#openStream(init?.signal ?? undefined);
    return Response.json({ detail: "There is nothing here." }, { status: 404 });
  };

  get paths(): string[] {
    return this.requests.map(({ path }) => path);
  }

  #openStream(signal: AbortSignal | undefined): Response {
    const encoder = new TextEncoder();
    const state = { cancelled: false };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.streams.push({
          send: (text) => controller.enqueue(encoder.encode(text)),
          end: () => controller.close(),
          get cancelled() {
            return state.cancelled;
          },
        });
        signal?.addEventListener("abort", () => controller.error(signal.reason), { once: true });
      },
      cancel: () => {
        state.cancelled = true;
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

/** What a source told. */
export interface Told {
  readonly messages: Incoming[];
  readonly gaps: StoredGap[];
  restarts: number;
  readonly links: LinkState[];
  readonly upstreams: (LinkState | null)[];
}

/** Opens a source on a fake relay, and collects what it tells. */
export function openOn(relay: FakeRelay, clock: Clock): { readonly source: Source; readonly told: Told } {
  const told: Told = { messages: [], gaps: [], restarts: 0, links: [], upstreams: [] };
  const listener: SourceListener = {
    onMessages: (messages) => told.messages.push(...messages),
    onGap: (gap) => told.gaps.push(gap),
    onRestart: () => {
      told.restarts += 1;
    },
    onLink: (link) => told.links.push(link),
    onUpstream: (upstream) => told.upstreams.push(upstream),
  };
  const source = openRelaySource({
    baseUrl: "http://relay.test",
    readKey: () => "a-key",
    fetch: relay.fetch,
    clock,
    random: () => 0,
    listener,
    onClock: () => {},
  });
  return { source, told };
}

/** A telemetry event as a relay writes it. */
export function event(seq: number, given: Record<string, unknown> = {}): string {
  const data = {
    seq,
    topic: "t",
    deviceId: "d1",
    receivedAt: 1_000 + seq,
    readings: [],
    format: "json",
    ...given,
  };
  return `id: e1:${seq}\ndata: ${JSON.stringify(data)}\n\n`;
}
