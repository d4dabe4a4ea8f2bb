import { Socket } from "node:net";
import type { Clock } from "@tesa/core";
import { TesaError } from "@tesa/core";
import pg from "pg";
import { describeTarget, type PostgresTarget } from "./connection-string.ts";
import { Failure, understand } from "./failure.ts";

/** One connection to the database; statements run one at a time, each its own transaction unless it says otherwise. */
export interface Connection {
  /** Whether it has ended; then a new one is needed. */
  readonly lost: boolean;
  /** @throws Failure */
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  /** Says goodbye, or cuts the connection when a statement is under way. */
  end(): Promise<void>;
}

/** How long the TCP connection, TLS and the login may take together. */
const CONNECT_TIMEOUT_MS = 15_000;
/** How long the server itself lets a statement wait for a lock, and run. A role that allows less keeps its own. */
const LOCK_TIMEOUT_MS = 30_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** With no answer by then the server, or the way to it, is gone: it would have given up by itself before. */
const ANSWER_TIMEOUT_MS = 75_000;
const GOODBYE_TIMEOUT_MS = 1_000;

/**
 * A commit must have reached the disk when it is reported, or a crash of the server would lose what the cursor has
 * passed. The time limits end statements there whose client has gone, so that retries do not pile up behind a lock.
 */
const PREPARE_SESSION = `
  SELECT current_setting('server_encoding') AS encoding,
         current_setting('transaction_read_only') = 'on' AS read_only,
         set_config('synchronous_commit',
                    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                         ELSE current_setting('synchronous_commit') END, false),
         (SELECT count(set_config(name, most, false))
            FROM pg_settings JOIN (VALUES ('lock_timeout', '${LOCK_TIMEOUT_MS}'),
                                          ('statement_timeout', '${STATEMENT_TIMEOUT_MS}')) AS limits(name, most) USING (name)
           WHERE setting::bigint = 0 OR setting::bigint > most::bigint)`;

/** Options of {@link connect}. */
export interface ConnectOptions {
  readonly clock: Clock;
  /** Ends the attempt, and the connection with whatever it is at. */
  readonly signal: AbortSignal;
}

/** Connects and prepares the session. @throws Failure */
export async function connect(
  target: PostgresTarget,
  { clock, signal }: ConnectOptions,
): Promise<Connection> {
  const place = describeTarget(target);
  // A socket of our own: the client has no other way to cut a connection attempt short.
  const socket = new Socket();
  const client = new pg.Client({ ...clientConfig(target), stream: () => socket });
  let lost = false;
  let cause: Error | undefined;
  let busy = false;
  // Also after its end, such as a reset while saying goodbye: without a listener that would end the process.
  client.on("error", (error) => {
    lost = true;
    cause ??= error;
  });
  client.on("end", () => {
    lost = true;
  });
  const cut = () => socket.destroy();
  signal.addEventListener("abort", cut, { once: true });

  const limited = async <T>(timeoutMs: number, what: string, work: () => Promise<T>): Promise<T> => {
    let timedOut = false;
    const lostBefore = cause;
    const cancel = clock.setTimer(timeoutMs, () => {
      timedOut = true;
      cut();
    });
    busy = true;
    try {
      if (signal.aborted) cut();
      return await work();
    } catch (error) {
      // A statement that comes after the loss is only told that there was one.
      if (!timedOut) throw understand(lostBefore ?? error, place);
      const text = `PostgreSQL at ${place}: no answer to ${what} within ${timeoutMs / 1000} s.`;
      throw new Failure("passing", new TesaError("connect-timeout", text, { retryable: true }));
    } finally {
      busy = false;
      cancel();
    }
  };
  const connection: Connection = {
    get lost() {
      return lost;
    },
    query: (text, values) =>
      limited(ANSWER_TIMEOUT_MS, "a statement", () =>
        client.query(text, values === undefined ? undefined : [...values]),
      ),
    async end() {
      signal.removeEventListener("abort", cut);
      if (busy || lost) {
        cut();
        return;
      }
      lost = true;
      const cancel = clock.setTimer(GOODBYE_TIMEOUT_MS, cut);
      await client.end().catch(() => {
        // It is to be gone, and is.
      });
      cancel();
    },
  };
  try {
    await limited(CONNECT_TIMEOUT_MS, "the login", () => client.connect());
    await prepareSession(connection, place);
    return connection;
  } catch (error) {
    cut();
    signal.removeEventListener("abort", cut);
    throw error;
  }
}

function clientConfig(target: PostgresTarget): pg.ClientConfig {
  return {
    host: target.host,
    port: target.port,
    database: target.database,
    ...(target.user === undefined ? {} : { user: target.user }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.serverOptions === undefined ? {} : { options: target.serverOptions }),
    ssl: target.tls,
    application_name: target.applicationName,
    enableChannelBinding: target.channelBinding,
    keepAlive: true,
  };
}

async function prepareSession(connection: Connection, place: string): Promise<void> {
  const { rows } = await connection.query(PREPARE_SESSION);
  const { encoding, read_only: readOnly } = rows[0];
  if (encoding !== "UTF8") {
    throw lasting(`The database ${place} has the encoding ${encoding}. Create one with ENCODING 'UTF8'.`);
  }
  if (readOnly) throw lasting(`PostgreSQL at ${place} takes no writes. Connect to the primary.`);
}

function lasting(message: string): Failure {
  return new Failure("lasting", new TesaError("config", message));
}
