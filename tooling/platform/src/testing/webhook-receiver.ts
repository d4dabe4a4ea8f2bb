import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A webhook secret for tests: 32 bytes of nothing. */
export const SECRET: string = `whsec_${Buffer.alloc(32, "FAKE").toString("base64")}`;

/** A request that a receiver got. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The payloads of its messages. */
  readonly payloads: readonly unknown[];
}

/** A webhook's receiver on loopback. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** All, in the order in which they came. */
  readonly requests: readonly ReceivedRequest[];
  /** The payloads of what was answered with 2xx. */
  readonly taken: readonly unknown[];
  /** The status to answer with. @default 204 */
  answer: (request: ReceivedRequest) => number;
}

/** Starts a receiver that takes everything unless told otherwise. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const taken: unknown[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { data } = JSON.parse(Buffer.concat(chunks).toString());
    const payloads = data.messages.map(({ payload }: { payload: unknown }) => payload);
    const request = { headers: incoming.headers, payloads };
    requests.push(request);
    const status = receiver.answer(request);
    if (status < 300) taken.push(...payloads);
    response.writeHead(status).end();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/telemetry/PATHSECRET`,
    requests,
    taken,
    answer: () => 204,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}
