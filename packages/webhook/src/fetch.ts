/** The part of an answer that is looked at; a `Response` is one. */
export interface WebhookResponse {
  /** 0 where a browser hides a redirect. */
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
}

/** What sends a request: the global `fetch`, or one that checks where it connects to. */
export interface WebhookFetch {
  (
    url: string,
    init: {
      readonly method: "POST";
      readonly headers: Record<string, string>;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly redirect: "manual";
      readonly signal: AbortSignal;
    },
  ): Promise<WebhookResponse>;
  /**
   * Whether it refuses addresses that must not be sent to, at each connection (a `TesaError` with code `config`). The
   * global `fetch` cannot.
   */
  readonly checksAddresses?: boolean;
}
