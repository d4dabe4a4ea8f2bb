import { createInterface } from "node:readline";
import type { Platform, PlatformEvent, SimulatedDevice, Simulator } from "@tesa/platform";
import { onStopSignals, printable, usageError } from "@tesa/process";
import type { Command } from "commander";
import { EXAMPLES, exitCodeHelp, OWN_EXIT_CODES } from "../help.ts";
import { NumberReader } from "../numbers.ts";
import { isOrganisation, organisationProblem, runConsoleLine } from "../platform-console.ts";
import { createPlatformFiles, DEFAULT_DATA_DIR, devicesPath, type PlatformFiles } from "../platform-files.ts";
import { lockDataDir } from "../platform-lock.ts";
import { startBox, usingDataDir } from "../platform-start.ts";
import { tesaCommand } from "../pnpm-command.ts";
import { readSimulation, type Simulation, type SimulationFlags } from "../simulation-options.ts";

interface PlatformFlags extends SimulationFlags {
  readonly wssPort?: string;
  readonly mqttsPort?: string;
  readonly wsPort?: string;
  readonly organisation?: readonly string[];
  readonly simulate: boolean;
  readonly dataDir: string;
}

/** `tesa platform` */
export function addPlatform(program: Command, exit: (code: number) => void): void {
  program
    .command("platform")
    .summary("run a TESAIoT platform in a box, with simulated devices")
    .description(
      "Runs a broker that behaves as the platform does, on this machine only: MQTTS for devices, WSS for applications, " +
        "tokens, access rules and a CA of its own. Standard input takes commands that cause faults; try: help",
    )
    .option("--wss-port <port>", "for applications, wss://127.0.0.1:<port>/mqtt (default: any free port)")
    .option("--mqtts-port <port>", "for devices (default: any free port)")
    .option("--ws-port <port>", "for applications without TLS (default: off)")
    .option(
      "--organisation <name>",
      "an organisation with a token and devices (repeatable; default: acme)",
      (value: string, earlier: readonly string[] = []) => [...earlier, value],
    )
    .option("--devices <n>", "simulated devices of each organisation", "8")
    .option("--rate <n>", "messages per second of all simulated devices", "5")
    .option("--seed <n>", "the same seed gives the same devices and messages", "1")
    .option("--bad-every <n>", "spoil every n-th message (default: none)")
    .option("--no-simulate", "let `tesa simulate` do that")
    .option(
      "--data-dir <folder>",
      "where the CA is kept; the files for clients stand beside it",
      DEFAULT_DATA_DIR,
    )
    .addHelpText("after", () => `${EXAMPLES.platform}\n${exitCodeHelp(OWN_EXIT_CODES.platform)}`)
    .action(async (flags: PlatformFlags) => exit(await platform(flags)));
}

async function platform(flags: PlatformFlags): Promise<number> {
  const { ports, simulation, organisations } = readFlags(flags);
  const stop = new AbortController();
  const release = onStopSignals({ onStop: () => stop.abort(), onHangup: () => stop.abort() });
  await using _lock = await usingDataDir(() => lockDataDir(flags.dataDir));
  tell("Starting the platform in a box ...");
  await using box = await startBox({ ports, dataDir: flags.dataDir });
  const files = createPlatformFiles(box, flags.dataDir);
  let simulator: Simulator | undefined;
  try {
    const { simulatedFleet, startSimulator } = await import("@tesa/platform");
    const devices = organisations.flatMap((organisation) =>
      simulatedFleet(box, { organisation, devices: simulation.devices, seed: simulation.seed }),
    );
    await introduce(box, { files, devices, organisations });
    const unwatch = box.onEvent((event) => reportEvent(event, devices));
    if (flags.simulate && !stop.signal.aborted) {
      simulator = await startSimulator({
        ...simulation,
        url: box.urls.mqtts,
        caCertPath: box.caCertPath,
        devices,
        signal: stop.signal,
      });
      tell(`${devices.length} simulated devices publish ${simulation.rate} messages per second.`);
    } else if (!flags.simulate) tell(howToPublish(flags.dataDir));
    await serveConsole({ platform: box, files, organisations }, stop.signal);
    unwatch();
  } catch (error) {
    // Called off while the devices were connecting.
    if (!stop.signal.aborted) throw error;
  } finally {
    await simulator?.stop();
    await files.remove();
    release();
  }
  tell(simulator === undefined ? "Ended." : `Ended; ${simulator.published} messages were published.`);
  return 0;
}

function readFlags(flags: PlatformFlags) {
  const numbers = new NumberReader();
  const port = (flag: string, text: string | undefined) =>
    numbers.read(flag, text, { min: 0, max: 65_535, whole: true });
  const wss = port("--wss-port", flags.wssPort);
  const mqtts = port("--mqtts-port", flags.mqttsPort);
  const ws = port("--ws-port", flags.wsPort);
  const simulation: Simulation = readSimulation(flags, numbers);
  const organisations = [...new Set(flags.organisation ?? ["acme"])];
  const problems = [
    ...numbers.problems,
    ...organisations.filter((name) => !isOrganisation(name)).map(organisationProblem),
  ];
  if (problems.length > 0) throw usageError(problems);
  const ports = {
    ...(wss === undefined ? {} : { wss }),
    ...(mqtts === undefined ? {} : { mqtts }),
    ...(ws === undefined ? {} : { ws }),
  };
  return { ports, simulation, organisations };
}

function howToPublish(dataDir: string): string {
  const credentials = dataDir === DEFAULT_DATA_DIR ? "" : ` --credentials ${devicesPath(dataDir)}`;
  return `Nothing publishes yet. In another terminal: ${tesaCommand()} simulate${credentials}`;
}

interface Introduction {
  readonly files: PlatformFiles;
  readonly devices: readonly SimulatedDevice[];
  readonly organisations: readonly string[];
}

async function introduce(box: Platform, { files, devices, organisations }: Introduction): Promise<void> {
  const envFiles: string[] = [];
  for (const organisation of organisations) {
    envFiles.push(await files.writeEnv(box.tokens.issue({ organisation }), organisation));
  }
  const devicesFile = await files.writeDevices(devices);
  tell(`applications  ${box.urls.wss}`);
  if (box.urls.ws !== undefined) tell(`              ${box.urls.ws}`);
  tell(`devices       ${box.urls.mqtts}   (credentials: ${devicesFile})`);
  tell(`CA            ${box.caCertPath}`);
  tell("");
  tell("Stream from it in another terminal:");
  for (const file of envFiles) tell(`  ${tesaCommand()} stream --dotenv ${file}`);
  tell("");
  tell("Type help for the faults that it can cause. Ctrl-C ends it.");
}

/** Tells what applications do; of the simulated devices, whose client ids are their device ids, it would be too much. */
function reportEvent(event: PlatformEvent, devices: readonly SimulatedDevice[]): void {
  if (devices.some(({ deviceId }) => deviceId === event.clientId)) return;
  const who = printable(event.clientId);
  const time = new Date(event.at).toLocaleTimeString("en-GB");
  switch (event.type) {
    case "connect-attempt":
      if (event.reasonCode !== 0) tell(`${time} ${who} refused (0x${event.reasonCode.toString(16)})`);
      break;
    case "connected":
      tell(`${time} ${who} connected${event.sessionPresent ? ", session resumed" : ""}`);
      break;
    case "disconnected":
      tell(`${time} ${who} disconnected: ${printable(event.reason)}`);
      break;
    case "subscribed": {
      const answers = event.filters.map((filter, index) => {
        const code = event.reasonCodes[index] ?? 0;
        return `${printable(filter)}${code >= 0x80 ? ` (refused, 0x${code.toString(16)})` : ""}`;
      });
      tell(`${time} ${who} subscribed: ${answers.join(", ")}`);
      break;
    }
  }
}

/** Answers the lines of standard input until the signal aborts; an end of input is no end of the platform. */
async function serveConsole(
  options: Parameters<typeof runConsoleLine>[1],
  signal: AbortSignal,
): Promise<void> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  let answering: Promise<void> = Promise.resolve();
  lines.on("line", (line) => {
    answering = answering.then(async () => {
      const answer = await runConsoleLine(line, options);
      if (answer !== "") tell(answer);
    });
  });
  await aborted(signal);
  lines.close();
  // An open standard input would keep the process.
  process.stdin.destroy();
  await answering;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // Between two lines of input nothing else may keep the process.
  const keepAlive = setInterval(() => {}, 2 ** 30);
  return new Promise((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        clearInterval(keepAlive);
        resolve();
      },
      { once: true },
    );
  });
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
