import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Account, reachablePrograms, serverAccount } from "./server-account.ts";

/** A PostgreSQL server of a test's own, on loopback. */
export interface PostgresServer extends AsyncDisposable {
  /** `postgres://postgres:<random password>@127.0.0.1:<port>/postgres`; the same after a restart. */
  readonly connectionString: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Ends it as an administrator would (fast shutdown: connections are cut, nothing is lost). Twice is once. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL, without any goodbye. */
  kill(): Promise<void>;
  /** Starts it again on the same data and the same port. Does nothing while it runs. */
  start(): Promise<void>;
}

/** Options of {@link startPostgres}. */
export interface PostgresServerOptions {
  /** Settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A certificate and its key, as PEM: then the server speaks TLS too. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** As `initdb --encoding`. @default "UTF8" */
  readonly encoding?: string;
}

/**
 * Fast, and safe over a kill of the server, if not over one of the machine. `synchronous_commit` is off, as some
 * administrators have it: whoever wants to be sure of a commit must see to that.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  shared_buffers: "64MB",
  max_connections: "20",
  timezone: "UTC",
  lc_messages: "C",
};

/** How long a start may take; recovery after a kill is part of it. */
const START_TIMEOUT_MS = 30_000;
/** Failures of a start that pass by themselves: what a killed server left running, and its port. */
const PASSING = /pre-existing shared memory block|could not bind|lock file "postmaster.pid" already exists/;

/** Makes a new server with an empty database and starts it. Dispose of it to end it and remove its files. */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const account = serverAccount();
  const folder = mkdtempSync(join(tmpdir(), "tesa-postgres-"));
  chmodSync(folder, 0o711);
  const data = join(folder, "data");
  const password = randomBytes(12).toString("hex");
  let programs: string;
  try {
    programs = reachablePrograms(account, folder);
    initialise({ programs, folder, data, password, account, options });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const port = await freePort();
  let running: ChildProcess | undefined;
  const killAtExit = () => running?.kill("SIGQUIT");
  process.once("exit", killAtExit);

  const end = async (signal: NodeJS.Signals) => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  };
  const server: PostgresServer = {
    connectionString: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    host: "127.0.0.1",
    port,
    user: "postgres",
    password,
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    async start() {
      if (running !== undefined) return;
      running = await startServer({ program: join(programs, "postgres"), data, port, account });
    },
    async [Symbol.asyncDispose]() {
      await end("SIGQUIT");
      process.removeListener("exit", killAtExit);
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

interface Initialisation {
  readonly programs: string;
  readonly folder: string;
  readonly data: string;
  readonly password: string;
  readonly account: Account | undefined;
  readonly options: PostgresServerOptions;
}

function initialise({ programs, folder, data, password, account, options }: Initialisation): void {
  const own = (path: string) => {
    if (account !== undefined) chownSync(path, account.uid, account.gid);
  };
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    own(path);
    return path;
  };
  mkdirSync(data, { mode: 0o700 });
  own(data);
  const passwordFile = write("password", password);
  const flags = ["--no-sync", "--no-instructions", "--no-locale", "--auth=scram-sha-256"];
  const { status, stderr, error } = spawnSync(
    join(programs, "initdb"),
    [
      ...flags,
      "--pgdata",
      data,
      "--username=postgres",
      `--pwfile=${passwordFile}`,
      `--encoding=${options.encoding ?? "UTF8"}`,
    ],
    { encoding: "utf8", cwd: data, ...account },
  );
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`, { cause: error });
  const settings: Record<string, string> = { ...SETTINGS, ...options.settings };
  if (options.tls !== undefined) {
    settings.ssl = "on";
    settings.ssl_cert_file = write("server.crt", options.tls.certificate);
    settings.ssl_key_file = write("server.key", options.tls.key);
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  writeFileSync(join(data, "postgresql.auto.conf"), `${lines.join("\n")}\n`);
}

interface Start {
  readonly program: string;
  readonly data: string;
  readonly port: number;
  readonly account: Account | undefined;
}

async function startServer(start: Start): Promise<ChildProcess> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const outcome = await tryStart(start);
    if (typeof outcome !== "string") return outcome;
    if (!PASSING.test(outcome) || Date.now() > deadline) {
      throw new Error(`The PostgreSQL server did not start: ${outcome}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The running server once it accepts connections, or what it said before it ended. */
function tryStart({ program, data, port, account }: Start): Promise<ChildProcess | string> {
  const child = spawn(program, ["-D", data, "-p", String(port)], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: data,
    ...account,
  });
  let said = "";
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGQUIT"), START_TIMEOUT_MS);
    child.once("error", (error) => resolve(error.message));
    child.once("exit", () => {
      clearTimeout(timer);
      resolve(said);
    });
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      // Read to the end of its life, or the server would block on a full pipe; kept only until it runs.
      if (said.length < 100_000) said += text;
      if (!said.includes("database system is ready to accept connections")) return;
      clearTimeout(timer);
      resolve(child);
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === "object"
          ? resolve(address.port)
          : reject(new Error("No port is free on 127.0.0.1.")),
      );
    });
  });
}
