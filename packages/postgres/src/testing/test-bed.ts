import type { Clock, LogEntry, Telemetry } from "@tesa/core";
import type { Reader, ReaderState, TelemetryLog } from "@tesa/log";
import pg from "pg";
import { startPostgres } from "./index.ts";
import type { PostgresServer, PostgresServerOptions } from "./postgres-server.ts";

/** Real time: a real server does not follow a fake clock. */
export const clock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Waits that a test can afford. */
export const QUICK_BACKOFF = { firstMs: 20, maxMs: 100, jitter: 0.5, resetAfterMs: 1_000 };

export const RECEIVED_AT = 1_770_000_000_000;

/** A message as a device sends it, except what is given. */
export function telemetry(number: number, given: Partial<Telemetry> = {}): Telemetry {
  const deviceId = `device-${number % 7}`;
  return {
    seq: number,
    topic: `device/${deviceId}/telemetry/temperature`,
    deviceId,
    sensor: "temperature",
    receivedAt: RECEIVED_AT + number,
    timestamp: RECEIVED_AT + number - 5,
    readings: [{ sensor: "temperature", value: number / 4, unit: "°C" }],
    payload: new TextEncoder().encode(`{"value":${number / 4},"number":${number}}`),
    format: "json",
    qos: 1,
    retained: false,
    warnings: [],
    ...given,
  };
}

/** Appends so many ordinary messages, numbered on from what the log has. */
export async function appendMany(log: TelemetryLog, count: number): Promise<void> {
  const { lastSeq } = await log.bounds();
  for (let done = 0; done < count; done += 1_000) {
    const part = Math.min(1_000, count - done);
    await log.append(
      Array.from({ length: part }, (_, index) => entry(telemetry(lastSeq + done + index + 1))),
    );
  }
}

/** Appends one message with what is given. */
export async function appendOne(log: TelemetryLog, given: Partial<Telemetry>): Promise<void> {
  const { lastSeq } = await log.bounds();
  await log.append([entry(telemetry(lastSeq + 1, given))]);
}

function entry(message: Telemetry): LogEntry {
  return { message, packetId: undefined };
}

/** Fulfils with the state as soon as it is as wanted, which it may be already. */
export function untilState(reader: Reader, wanted: (state: ReaderState) => boolean): Promise<ReaderState> {
  return new Promise((resolve) => {
    const look = (state: ReaderState) => {
      if (!wanted(state)) return;
      forget();
      resolve(state);
    };
    const forget = reader.onState(look);
    look(reader.state);
  });
}

/** Fulfils when the reader has dealt with all that is in the log. */
export async function untilCaughtUp(reader: Reader): Promise<void> {
  await untilState(reader, ({ type }) => type === "caught-up");
}

/** A server and what tests ask of it. */
export interface TestServer extends PostgresServer {
  /** Runs one statement over a connection of its own, as the superuser. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** The connection string with another database, user or further parameters. */
  urlWith(parts: { readonly database?: string; readonly user?: string; readonly query?: string }): string;
}

/** As {@link startPostgres}, with what tests ask of the server. */
export async function startTestServer(options?: PostgresServerOptions): Promise<TestServer> {
  const server = await startPostgres(options);
  return Object.assign(Object.create(server) as PostgresServer, {
    async sql(text: string, values: readonly unknown[] = []) {
      const client = new pg.Client(server.connectionString);
      client.on("error", () => {
        // The statement under way fails by it.
      });
      await client.connect();
      try {
        return (await client.query(text, [...values])).rows;
      } finally {
        await client.end();
      }
    },
    urlWith({ database = "postgres", user = server.user, query = "" }: Parameters<TestServer["urlWith"]>[0]) {
      return `postgres://${user}:${server.password}@${server.host}:${server.port}/${database}${query}`;
    },
  });
}
