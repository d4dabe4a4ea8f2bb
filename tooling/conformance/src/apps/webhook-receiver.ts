import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** 32 bytes of nothing. */
const KEY = Buffer.alloc(32, "FAKE");

/** The receiver of a webhook, which checks each signature by itself. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** The payloads of the messages in requests that were answered with 204, in order. */
  readonly taken: readonly unknown[];
  /** The header `webhook-id` of every request. */
  readonly ids: readonly string[];
  /** What was wrong with requests. Empty if nothing was. */
  readonly faults: readonly string[];
  /** The status to answer with, 204 being taken. */
  answer: number;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const taken: unknown[] = [];
  const ids: string[] = [];
  const faults: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const fault = findFault(request.headers, body);
    if (fault !== null) faults.push(fault);
    ids.push(String(request.headers["webhook-id"]));
    if (fault === null && receiver.answer === 204) {
      const { data } = JSON.parse(body.toString());
      taken.push(...data.messages.map(({ payload }: { payload: unknown }) => payload));
    }
    response.writeHead(receiver.answer).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: WebhookReceiver = {
    env: {
      TESA_WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/telemetry`,
      TESA_WEBHOOK_SECRET: `whsec_${KEY.toString("base64")}`,
    },
    taken,
    ids,
    faults,
    answer: 204,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}

/** What is wrong with a request by Standard Webhooks 1.0.0. */
function findFault(headers: IncomingHttpHeaders, body: Buffer): string | null {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof signature !== "string") {
    return "a header is missing";
  }
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > 60) return `the time ${timestamp} is not now`;
  if (headers["content-type"]?.startsWith("application/json") !== true)
    return "the content is not called JSON";
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const expected = Buffer.from(`v1,${createHmac("sha256", KEY).update(content).digest("base64")}`);
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return "the signature is wrong";
  return null;
}
