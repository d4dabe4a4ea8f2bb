import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** A message as the receiver gets it. */
export interface ReceivedMessage {
  readonly seq: number;
  readonly deviceId: string | null;
  readonly payload: unknown;
  readonly format: string;
}

/** A request that a receiver got. */
export interface ReceivedRequest {
  readonly id: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly messages: readonly ReceivedMessage[];
}

/** What a receiver answers: a status, or something of its own. */
export type Answer = number | ((response: ServerResponse, request: IncomingMessage) => void);

/** A real HTTP server on loopback that writes down what it gets. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** All requests, in the order in which they came, whatever was answered. */
  readonly requests: readonly ReceivedRequest[];
  /** The messages of those requests that were answered with 2xx. */
  readonly taken: readonly ReceivedMessage[];
  /** How many requests were under way at once, at the most. */
  readonly mostAtOnce: number;
  answer: (request: ReceivedRequest) => Answer | Promise<Answer>;
}

/** A secret for tests: 32 bytes of nothing. */
export const SECRET: string = `whsec_${Buffer.alloc(32, "FAKE").toString("base64")}`;

/** Starts a receiver that takes everything unless told otherwise. */
export async function startReceiver(options: { readonly port?: number } = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const taken: ReceivedMessage[] = [];
  let underWay = 0;
  let mostAtOnce = 0;
  const server = createServer(async (incoming, response) => {
    underWay += 1;
    mostAtOnce = Math.max(mostAtOnce, underWay);
    response.on("close", () => {
      underWay -= 1;
    });
    const request = await readRequest(incoming);
    requests.push(request);
    const answer = await receiver.answer(request);
    if (typeof answer !== "number") {
      answer(response, incoming);
      return;
    }
    if (answer >= 200 && answer < 300) taken.push(...request.messages);
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hooks/secret-path?key=secret-query`,
    requests,
    taken,
    get mostAtOnce() {
      return mostAtOnce;
    },
    answer: () => 200,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const id = String(incoming.headers["webhook-id"]);
  return { id, headers: incoming.headers, body, messages: JSON.parse(body).data.messages };
}

/** Verifies the signature with the reference library; its idea of now is the request's own. */
export function verifySignature(request: ReceivedRequest, secret: string = SECRET): void {
  const signature = new Webhook(secret).sign(
    request.id,
    new Date(Number(request.headers["webhook-timestamp"]) * 1_000),
    request.body,
  );
  const given = String(request.headers["webhook-signature"]).split(" ");
  if (!given.includes(signature)) throw new Error(`None of ${given.join(", ")} is ${signature}.`);
}
