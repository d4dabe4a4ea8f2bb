import type { Reader, TelemetryLog } from "@tesa/log";
import type { PostgresSettings, StorageSettings, WebhookSettings } from "../storage/storage-settings.ts";
import { openLateReader } from "./late-reader.ts";

/** A reader of the log, with what people call it. */
export interface NamedReader {
  readonly kind: "mirror" | "webhook";
  readonly label: string;
  readonly reader: Reader;
}

/**
 * A webhook that was refused with 401, 404 and the like is tried again this often, in milliseconds: whoever mends the
 * receiver need not know of this program.
 */
const RESUME_MS = 5 * 60_000;

/**
 * Opens the readers that the settings name, all or none.
 * @throws TesaError `config`, `log` and others: what would only fail again
 */
export async function openReaders(
  log: TelemetryLog,
  { postgres, webhook }: Pick<StorageSettings, "postgres" | "webhook">,
): Promise<readonly NamedReader[]> {
  const readers: NamedReader[] = [];
  try {
    if (webhook !== undefined) readers.push(await openWebhook(log, webhook));
    if (postgres !== undefined) readers.push(await openMirror(log, postgres));
    return readers;
  } catch (error) {
    for (const { reader } of readers) await reader.close();
    throw error;
  }
}

async function openMirror(
  log: TelemetryLog,
  { connectionString, table }: PostgresSettings,
): Promise<NamedReader> {
  const { describeTarget, openPostgresMirror, parseConnectionString } = await import("@tesa/postgres");
  const { systemClock } = await import("@tesa/core/mqtt");
  const name = `postgres:${describeTarget(parseConnectionString(connectionString))}.${table}`;
  const isKnown = (await log.cursors()).some((cursor) => cursor.name === name && cursor.position > 0);
  const open = () =>
    openPostgresMirror({ connectionString, table, name, log, clock: systemClock, random: Math.random });
  return { kind: "mirror", label: "PostgreSQL", reader: await openLateReader({ name, isKnown, open }) };
}

/** @throws TesaError `config`, `log` */
export async function openWebhook(
  log: TelemetryLog,
  { url, secret, name }: WebhookSettings,
): Promise<NamedReader> {
  const { openWebhookForwarder } = await import("@tesa/webhook");
  const { createGuardedFetch } = await import("@tesa/webhook/node");
  const { systemClock } = await import("@tesa/core/mqtt");
  const reader = await openWebhookForwarder({
    url,
    secret,
    log,
    clock: systemClock,
    random: Math.random,
    fetch: createGuardedFetch(),
    ...(name === undefined ? {} : { name }),
  });
  const timer = setInterval(() => {
    if (reader.state.type === "paused") reader.resume();
    if (reader.state.type === "closed") clearInterval(timer);
  }, RESUME_MS);
  timer.unref();
  return { kind: "webhook", label: "webhook", reader };
}

/** How many messages of the log a reader has still to deal with, by the places that it keeps there. */
export async function countBehind(log: TelemetryLog, { name }: Pick<Reader, "name">): Promise<number> {
  const { lastSeq } = await log.bounds();
  // A webhook has a place for each of its lanes, and each message belongs to one of them.
  const places = (await log.cursors()).filter(
    (cursor) => cursor.name === name || cursor.name.startsWith(`${name}:`),
  );
  const behind = places.reduce((sum, { position }) => sum + Math.max(0, lastSeq - position), 0);
  return places.length === 0 ? lastSeq : Math.ceil(behind / places.length);
}
