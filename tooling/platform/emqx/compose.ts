import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Pulling the image may take minutes. */
const UP_TIMEOUT_MS = 600_000;
const COMMAND_TIMEOUT_MS = 120_000;

/** Host ports of the container's listeners. */
export interface EmqxPorts {
  readonly mqtts: number;
  readonly wss: number;
  readonly quic: number;
  readonly dashboard: number;
}

/** The platform's own ports. */
export const PLATFORM_PORTS: EmqxPorts = { mqtts: 8884, wss: 8085, quic: 14_567, dashboard: 18_083 };

/** How to run compose.yaml. */
export interface ComposeOptions {
  /** Two projects of different names run side by side. @default "tesa" */
  readonly project?: string;
  /** What `prepareEmqx()` gave as `mountPath`. */
  readonly mountPath: string;
  /** @default the platform's */
  readonly ports?: EmqxPorts;
  /** @default "disconnect", the platform's setting */
  readonly denyAction?: "disconnect" | "ignore";
  /** Variables for the docker command beside its own. @default this process' environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** EMQX in Docker, up and healthy. */
export interface RunningEmqx {
  /** What EMQX says of itself, such as `5.10.3`. */
  readonly version: string;
  restart(): Promise<void>;
  /** Removes the container and its volumes. May be called twice. */
  down(): Promise<void>;
}

/**
 * Starts EMQX by compose.yaml, anew and with nothing of an earlier run, and waits until it is healthy.
 * @throws Error that begins with "Docker is missing" where it cannot be used, or with what compose said
 */
export async function startEmqx(options: ComposeOptions): Promise<RunningEmqx> {
  await assertDocker(options.env);
  const compose = (args: readonly string[], timeoutMs = COMMAND_TIMEOUT_MS) =>
    run(["compose", "--project-name", options.project ?? "tesa", ...args], environment(options), timeoutMs);
  const down = async () => {
    await compose(["down", "--volumes", "--timeout", "5"]);
  };
  try {
    await compose(["up", "--detach", "--wait", "--force-recreate", "--renew-anon-volumes"], UP_TIMEOUT_MS);
    const broker = await compose(["exec", "-T", "emqx", "/opt/emqx/bin/emqx", "ctl", "broker"]);
    return {
      version: /^version\s*:\s*(\S+)/m.exec(broker)?.[1] ?? "unknown",
      restart: async () => {
        await compose(["restart", "--timeout", "5"]);
        await compose(["up", "--detach", "--wait", "--no-recreate"], UP_TIMEOUT_MS);
      },
      down,
    };
  } catch (error) {
    // What went wrong first is the better news than a failing clean-up.
    await down().catch(() => {});
    throw error;
  }
}

/** Ends EMQX of this project, whoever started it. */
export async function stopEmqx(options: ComposeOptions): Promise<void> {
  await assertDocker(options.env);
  const args = ["compose", "--project-name", options.project ?? "tesa", "down", "--volumes"];
  await run(args, environment(options), COMMAND_TIMEOUT_MS);
}

async function assertDocker(env: ComposeOptions["env"]): Promise<void> {
  const variables = env ?? process.env;
  const missing = (what: string) => (cause: unknown) => {
    const hint = "Install Docker with its compose plugin, or use another broker.";
    throw new Error(`Docker is missing: ${what} ${hint}`, { cause });
  };
  await run(["--version"], variables, COMMAND_TIMEOUT_MS).catch(missing("there is no command `docker`."));
  await run(["compose", "version"], variables, COMMAND_TIMEOUT_MS).catch(
    missing("the command `docker compose` does not work."),
  );
  await run(["info", "--format", "{{.ServerVersion}}"], variables, COMMAND_TIMEOUT_MS).catch(
    missing("its daemon does not answer."),
  );
}

function environment({ mountPath, ports = PLATFORM_PORTS, denyAction = "disconnect", env }: ComposeOptions) {
  return {
    ...(env ?? process.env),
    TESA_EMQX_FILES: mountPath,
    TESA_EMQX_DENY_ACTION: denyAction,
    TESA_EMQX_MQTTS_PORT: String(ports.mqtts),
    TESA_EMQX_WSS_PORT: String(ports.wss),
    TESA_EMQX_QUIC_PORT: String(ports.quic),
    TESA_EMQX_DASHBOARD_PORT: String(ports.dashboard),
  };
}

/** Runs docker in the root of the repository and gives its standard output. */
function run(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", args, {
      cwd: ROOT,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    let output = "";
    let complaint = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal === null ? `exit code ${code}` : `stopped by ${signal}`;
      reject(new Error(`\`docker ${args.join(" ")}\` failed (${how}): ${complaint.trim().slice(-2_000)}`));
    });
  });
}
