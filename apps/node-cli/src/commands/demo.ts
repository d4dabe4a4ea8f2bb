import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TesaError } from "@tesa/core";
import type { Platform } from "@tesa/platform";
import { onStopSignals, usageError, VARIABLES } from "@tesa/process";
import type { Command } from "commander";
import { coloursFor } from "../colours.ts";
import { openDemoPage } from "../demo-page.ts";
import { EXAMPLES, exitCodeHelp, OWN_EXIT_CODES } from "../help.ts";
import { NumberReader } from "../numbers.ts";
import type { MessageToParent } from "../parent.ts";
import { startBox } from "../platform-start.ts";
import { pnpmCommand } from "../pnpm-command.ts";
import { readSimulation, type Simulation, type SimulationFlags } from "../simulation-options.ts";

const ORGANISATION = "acme";
/** A day: whoever wants more wants `tesa platform`. */
const MAX_DURATION_SECONDS = 86_400;

interface DemoFlags extends SimulationFlags {
  readonly duration?: string;
  readonly json?: true;
}

/** `tesa demo` */
export function addDemo(program: Command, exit: (code: number) => void): void {
  program
    .command("demo")
    .summary("see it work: platform, devices and stream, all on this machine")
    .description(
      "Starts a platform in a box and simulated devices, and streams their telemetry over WSS with `tesa stream`. " +
        "Needs no account, no token and no network. Your .env is not read.",
    )
    .option("--duration <seconds>", "end by itself after this time (default: at Ctrl-C)")
    .option("--devices <n>", "simulated devices", "8")
    .option("--rate <n>", "messages per second of all devices", "5")
    .option("--seed <n>", "the same seed gives the same devices and messages", "1")
    .option("--bad-every <n>", "spoil every n-th message (default: none)")
    .option("--json", "one JSON object per line, on a terminal too")
    .addHelpText("after", () => `${EXAMPLES.demo}\n${exitCodeHelp(OWN_EXIT_CODES.demo)}`)
    .action(async (flags: DemoFlags) => exit(await demo(flags)));
}

async function demo(flags: DemoFlags): Promise<number> {
  const numbers = new NumberReader();
  const duration = numbers.read("--duration", flags.duration, {
    min: 0.1,
    max: MAX_DURATION_SECONDS,
    unit: "seconds",
  });
  const simulation = readSimulation(flags, numbers);
  if (numbers.problems.length > 0) throw usageError(numbers.problems);

  await using page = await openDemoPage();
  introduce(simulation, page?.url);
  const stop = new AbortController();
  let child: ChildProcess | undefined;
  const release = onStopSignals({
    onStop: () => stop.abort(),
    onHangup: () => stop.abort(),
    // It would end by itself, having lost its parent; the user is in a hurry.
    onInterrupt: () => child?.kill("SIGKILL"),
  });
  await using box = await startBox({});
  const { simulatedFleet, startSimulator } = await import("@tesa/platform");
  const devices = simulatedFleet(box, { organisation: ORGANISATION, ...simulation });
  await using simulator = await startSimulator({
    ...simulation,
    url: box.urls.mqtts,
    caCertPath: box.caCertPath,
    devices,
  });
  if (stop.signal.aborted) return 0;
  page?.follow(box, box.tokens.issue({ organisation: ORGANISATION }));
  child = startStream(box, flags);
  const { exitCode, messages } = await watchStream(child, { signal: stop.signal, durationSeconds: duration });
  await simulator.stop();
  release();
  if (exitCode !== 0) return exitCode;
  tell(`${messages} messages came from ${devices.length} simulated devices. Everything is stopped.`);
  if (messages > 0 || duration === undefined) return 0;
  throw new TesaError(
    "connection-lost",
    "No message came in that time. Try a longer --duration or a higher --rate.",
  );
}

function introduce({ devices, rate }: Simulation, pageUrl: string | undefined): void {
  const colours = coloursFor({ env: process.env, isTerminal: process.stderr.isTTY });
  const pnpm = pnpmCommand();
  tell(
    [
      colours.bold("A TESAIoT platform in a box, on this machine only."),
      `${devices} simulated devices send ${rate} messages per second over MQTTS; below, tesa stream receives them over WSS.`,
      "",
      ...(pageUrl === undefined
        ? []
        : [`  The live dashboard    ${colours.cyan(pageUrl)}   open it in a browser`]),
      `  Your own devices      put MQTT_API_TOKEN=... into .env, then: ${colours.cyan(`${pnpm} tesa stream`)}`,
      `  It does not connect   ${colours.cyan(`${pnpm} tesa doctor`)}`,
      `  Cause faults          ${colours.cyan(`${pnpm} tesa platform`)}`,
      "",
      "Ctrl-C ends it all.",
      "",
    ].join("\n"),
  );
}

/** Starts `tesa stream` as a user would, but for the settings of this machine, which have no part in a demo. */
function startStream(box: Platform, flags: DemoFlags): ChildProcess {
  const env = { ...process.env };
  for (const { name } of VARIABLES) delete env[name];
  const program = process.argv[1] ?? fileURLToPath(new URL("../main.ts", import.meta.url));
  const args = ["stream", "--no-dotenv", ...(flags.json ? ["--json"] : [])];
  return spawn(process.execPath, [...process.execArgv, "--", program, ...args], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      ...env,
      MQTT_BROKER_URL: box.urls.wss,
      MQTT_API_TOKEN: box.tokens.issue({ organisation: ORGANISATION }),
      CA_CERT_PATH: box.caCertPath,
    },
  });
}

interface WatchOptions {
  readonly signal: AbortSignal;
  /** From the first moment that the stream is live. */
  readonly durationSeconds: number | undefined;
}

async function watchStream(
  child: ChildProcess,
  { signal, durationSeconds }: WatchOptions,
): Promise<{ readonly exitCode: number; readonly messages: number }> {
  let messages = 0;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;
  // In a terminal Ctrl-C reaches both processes. To the child a SIGTERM after a SIGINT changes nothing; a second
  // SIGINT would end it at once.
  const end = () => child.kill("SIGTERM");
  child.on("message", (message: MessageToParent) => {
    if (message.type === "ended") {
      hasEnded = true;
      messages = message.messages;
    } else if (durationSeconds !== undefined) timer ??= setTimeout(end, durationSeconds * 1_000);
  });
  signal.addEventListener("abort", end, { once: true });
  try {
    const [code, killedBy] = await once(child, "exit");
    if (code !== null) return { exitCode: code, messages };
    // It was done, and no longer listened to signals, when the one sent from here came.
    if (hasEnded && killedBy === "SIGTERM") return { exitCode: 0, messages };
    throw new TesaError("connection-lost", `The stream was ended by ${killedBy}.`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
