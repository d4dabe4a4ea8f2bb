import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { keyOf, type MessageKey } from "./message.ts";
import { pick, type Random } from "./random.ts";

/** A webhook receiver that fails on purpose, and writes down what it has taken. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** `whsec_...`, made for this run. */
  readonly secret: string;
  /** Every message of a request that it took, whether or not its answer got through. */
  readonly taken: ReadonlySet<MessageKey>;
  readonly counts: ReceiverCounts;
}

/** What a receiver has seen. */
export interface ReceiverCounts {
  readonly requests: number;
  /** How many of them it failed on purpose. */
  readonly failed: number;
  /** Requests whose signature was wrong, or whose body could not be read. */
  readonly wrong: number;
  /** Messages that it had already taken. */
  readonly repeated: number;
}

/** What goes wrong with a request. */
type Failure = "unavailable" | "error" | "later" | "cut" | "answer-lost" | "split";

const FAILURES: readonly [Failure, ...Failure[]] = [
  "unavailable",
  "error",
  "later",
  "cut",
  "answer-lost",
  "split",
];

/**
 * The chance of a failure. A batch fails twice in a row at the most, lest a wait of the sender grows to minutes and one
 * lane decides how long a run takes; with that limit this chance p makes (p + p²) / (1 + p + p²) = a third of all
 * requests fail.
 */
const FAILURE_CHANCE = (Math.sqrt(3) - 1) / 2;
const MOST_IN_A_ROW = 2;

/** Starts a receiver on loopback that fails a third of its requests, in every way that a sender must survive. */
export async function startReceiver(random: Random): Promise<Receiver> {
  const secret = `whsec_${Buffer.from(Array.from({ length: 32 }, () => Math.floor(random() * 256))).toString("base64")}`;
  const webhook = new Webhook(secret);
  const taken = new Set<MessageKey>();
  const counts = { requests: 0, failed: 0, wrong: 0, repeated: 0 };
  const failuresInARow = new Map<string, number>();

  const chooseFailure = (id: string): Failure | undefined => {
    const before = failuresInARow.get(id) ?? 0;
    if (before >= MOST_IN_A_ROW || random() >= FAILURE_CHANCE) return undefined;
    failuresInARow.set(id, before + 1);
    return pick(FAILURES, random);
  };
  const take = (keys: readonly MessageKey[]) => {
    for (const key of keys) {
      if (taken.has(key)) counts.repeated += 1;
      else taken.add(key);
    }
  };
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      // The sender was killed while it sent.
      if (body === undefined) return;
      counts.requests += 1;
      const keys = readKeys(webhook, request, body);
      if (keys === undefined) {
        counts.wrong += 1;
        response.writeHead(400).end("wrong signature or body");
        return;
      }
      const failure = chooseFailure(String(request.headers["webhook-id"]));
      if (failure === undefined) {
        take(keys);
        response.writeHead(204).end();
        return;
      }
      counts.failed += 1;
      // It has them, and nobody knows: they come again.
      if (failure === "answer-lost") take(keys);
      answerWith(failure, { request, response, isSingle: keys.length === 1 });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/chaos`,
    secret,
    taken,
    counts,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  } catch {
    return undefined;
  }
}

/** The messages of a request whose signature is right; `undefined` if it is not. */
function readKeys(webhook: Webhook, { headers }: IncomingMessage, body: string): MessageKey[] | undefined {
  try {
    const verified = webhook.verify(body, headers as Record<string, string>) as {
      readonly data: { readonly messages: readonly { readonly payload: unknown }[] };
    };
    return verified.data.messages.map(({ payload }) => keyOf(payload));
  } catch {
    return undefined;
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly isSingle: boolean;
}

function answerWith(failure: Failure, { request, response, isSingle }: Exchange): void {
  switch (failure) {
    case "unavailable":
      response.writeHead(503).end("on purpose");
      return;
    case "error":
      response.writeHead(500).end("on purpose");
      return;
    case "later":
      response.writeHead(429, { "retry-after": "1" }).end("on purpose");
      return;
    case "cut":
    case "answer-lost":
      request.socket.destroy();
      return;
    case "split":
      // Of a single message it would mean that it is refused for good: no failure to recover from.
      response.writeHead(isSingle ? 503 : 422).end("on purpose");
  }
}
