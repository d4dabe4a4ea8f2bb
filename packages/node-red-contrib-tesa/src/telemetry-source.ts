import { createMemoryLog, type RunObserver, run, type Telemetry, type TesaError } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";
import type { TelemetryLog } from "@tesa/log";
import {
  asTesaError,
  type Configuration,
  type Environment,
  type NamedReader,
  openLog,
  openReaders,
  readConfiguration,
} from "@tesa/process";
import { Outlet } from "./outlet.ts";

/** Whom a source tells what happens. */
export interface SourceObserver extends RunObserver {
  /** With a log, they are in it; without one, they are acknowledged when this returns. */
  onMessages(messages: readonly Telemetry[]): void;
  onWarning(text: string): void;
}

/** A running stream with what hangs on it. */
export interface TelemetrySource {
  /** Fulfils when it has ended, and why; `null` when it was told to. Never rejects. */
  readonly ended: Promise<TesaError | null>;
  /** Finishes what has been received, and ends. */
  drain(): Promise<void>;
  /** Ends; with a log, what the flow has not got yet is for the next start. */
  close(): Promise<void>;
}

/** What a source hangs on its log. */
interface Parts {
  readonly log: TelemetryLog;
  readonly outlet: Outlet;
  readonly readers: readonly NamedReader[];
}

/** How long PostgreSQL and webhook get at the end, in milliseconds: less than Node-RED waits for a node to close. */
const FINISH_MS = 5_000;

/**
 * Streams telemetry to an observer. With `TESA_LOG=sqlite:FILE` a message is acknowledged when it is on the disk, and
 * the observer gets it from there; `name` is its place in the log.
 *
 * @throws TesaError `config` with every problem at once; `log` if the log cannot be opened
 */
export async function openSource(
  environment: Environment,
  { name, observer }: { readonly name: string; readonly observer: SourceObserver },
): Promise<TelemetrySource> {
  const configuration = await readConfiguration(environment);
  const { settings, storage } = configuration;
  for (const warning of [...settings.firstToken.warnings, ...storage.warnings]) observer.onWarning(warning);
  const stop = new AbortController();
  let failure: TesaError | null = null;
  const parts = await openParts(configuration, name, observer, (error) => {
    failure = asTesaError(error, "log", "The log cannot be read");
    stop.abort();
  });
  let isDraining = true;
  const { receiveMaximum } = settings.config;
  const ended = run({
    config: settings.config,
    readToken: () => settings.readToken((text) => observer.onWarning(text)),
    transport: createMqttTransport({ caCertificates: settings.caCertificates }),
    clock: systemClock,
    random: Math.random,
    log: parts?.log ?? createMemoryLog({ random: Math.random, receiveMaximum }),
    sink: {
      async write(messages) {
        if (parts === undefined) observer.onMessages(messages);
      },
    },
    observer,
    signal: stop.signal,
  }).then(async ({ error }) => {
    if (parts !== undefined) await finish(parts, isDraining);
    return error ?? failure;
  });
  const end = async (drains: boolean) => {
    isDraining &&= drains;
    stop.abort();
    await ended;
  };
  return { ended, drain: () => end(true), close: () => end(false) };
}

async function openParts(
  { settings, storage }: Configuration,
  name: string,
  observer: SourceObserver,
  onFailure: (error: unknown) => void,
): Promise<Parts | undefined> {
  if (storage.log.type === "memory") return undefined;
  const log = await openLog({
    location: storage.log,
    retention: storage.retention,
    receiveMaximum: settings.config.receiveMaximum,
    onWarning: (text) => observer.onWarning(text),
  });
  try {
    const readers = await openReaders(log, storage);
    const onMessages = (messages: readonly Telemetry[]) => observer.onMessages(messages);
    return { log, readers, outlet: await Outlet.open({ log, name, onMessages, onFailure }) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Never rejects: what cannot be finished is for the next start, and the log knows what that is. */
async function finish({ log, outlet, readers }: Parts, drains: boolean): Promise<void> {
  const pieces = readers.map(({ reader }) => (drains ? reader.drain() : reader.close()));
  const work = Promise.allSettled([drains ? outlet.drain() : outlet.close(), ...pieces]);
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, FINISH_MS))]);
  await Promise.allSettled([outlet.close(), ...readers.map(({ reader }) => reader.close())]);
  await log.close().catch(() => {});
}
