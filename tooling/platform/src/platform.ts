import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Broker, DEFAULT_SETTINGS } from "./broker.ts";
import { openAuthority } from "./certificates.ts";
import { Connection } from "./connection.ts";
import { createDeviceRegistry } from "./devices.ts";
import { createFaults } from "./faults.ts";
import { holdPort } from "./held-port.ts";
import { createLedger } from "./ledger.ts";
import { Link, type Wire } from "./link.ts";
import { type Accepted, type ListenerOptions, type Listeners, startListeners } from "./listeners.ts";
import { createTokenRegistry } from "./tokens.ts";
import type { Platform, PlatformOptions } from "./types.ts";

/**
 * Starts a platform in this process. Any number of them may run beside each other.
 *
 * @throws Error when a port is taken or the data folder cannot be written
 * @example
 * await using platform = await startPlatform();
 * const token = platform.tokens.issue({ organisation: "acme" });
 * const device = platform.devices.register({ organisation: "acme", deviceId: "pump-1" });
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const ownDir = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), "tesa-platform-")) : undefined;
  const removeOwnDir = async (): Promise<void> => {
    if (ownDir !== undefined) await rm(ownDir, { recursive: true, force: true });
  };
  try {
    return await startIn(options.dataDir ?? ownDir ?? "", options, removeOwnDir);
  } catch (error) {
    await removeOwnDir();
    throw error;
  }
}

async function startIn(
  dataDir: string,
  options: PlatformOptions,
  removeOwnDir: () => Promise<void>,
): Promise<Platform> {
  const authority = await openAuthority(dataDir);
  const certificate = await authority.issueServerCertificate(options.certificate);
  const settings = { ...DEFAULT_SETTINGS, ...options.broker };
  const tokens = createTokenRegistry();
  const devices = createDeviceRegistry();
  const { ledger, writer } = createLedger(options.ledger ?? "full");
  const broker = new Broker({ settings, tokens, devices, ledger: writer });
  const { mqtts = 0, wss = 0, ws } = options.ports ?? {};
  const stage = await openStage(broker, {
    ports: { mqtts, wss, ws },
    certificate,
    maxTlsVersion: options.maxTlsVersion ?? "TLSv1.3",
    maxPacketSize: settings.maxPacketSize,
    maxFrameBytes: settings.maxFrameBytes,
    onConnection: (wire, isApplication) => accept(broker, wire, isApplication),
  });
  const close = once(async () => {
    await stage.close();
    await removeOwnDir();
  });
  const { ports } = stage;
  return {
    urls: {
      wss: `wss://127.0.0.1:${ports.wss}/mqtt`,
      mqtts: `mqtts://127.0.0.1:${ports.mqtts}`,
      ws: ports.ws === undefined ? undefined : `ws://127.0.0.1:${ports.ws}/mqtt`,
    },
    caCertPath: authority.caCertPath,
    tokens,
    devices,
    faults: createFaults(broker, stage.restart),
    ledger,
    version: ownVersion(),
    clients: () => broker.clients(),
    onEvent: (listener) => broker.onEvent(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function accept(broker: Broker, wire: Wire, isApplication: boolean): Accepted {
  const { delayMs, isSilent } = broker.faults;
  const link = new Link(wire, isApplication ? delayMs : 0);
  const connection = new Connection({ broker, link, isApplication });
  if (isApplication && isSilent) link.silence();
  return { receive: (bytes) => connection.receive(bytes), closed: () => connection.closed() };
}

/** The listeners, which a restart takes down and puts up again on the same ports. */
interface Stage {
  readonly ports: Listeners["ports"];
  restart(downMs: number): Promise<void>;
  close(): Promise<void>;
}

async function openStage(broker: Broker, options: ListenerOptions): Promise<Stage> {
  const closing = new AbortController();
  let listeners = await startListeners(options);
  const { ports } = listeners;
  /** Restarts and the close come one after the other. */
  let last: Promise<void> = Promise.resolve();
  const then = (step: () => Promise<void>): Promise<void> => {
    const next = last.then(step);
    last = next.catch(() => {});
    return next;
  };
  const takeDown = async (): Promise<void> => {
    // Sessions first: nothing may go to those that are left while the others end.
    broker.sessions.clear();
    broker.router.clear();
    for (const connection of [...broker.connections]) connection.cut("broker stopped");
    await listeners.stop();
  };
  return {
    ports,
    restart: async (downMs) => {
      if (closing.signal.aborted) throw new Error("The platform is closed: it cannot be restarted.");
      await then(async () => {
        await takeDown();
        const held = await Promise.all(Object.values(ports).filter(isPort).map(holdPort));
        try {
          await pause(downMs, closing.signal);
          if (!closing.signal.aborted) listeners = await startListeners({ ...options, ports, held });
        } finally {
          for (const port of held) port.release();
        }
      });
    },
    close: () => {
      closing.abort();
      return then(takeDown);
    },
  };
}

function isPort(port: number | undefined): port is number {
  return port !== undefined;
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}

function ownVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}
