import { TesaError } from "@tesa/core";
import { onStopSignals, printable, quote, usageError } from "@tesa/process";
import type { Command } from "commander";
import { EXAMPLES, exitCodeHelp, OWN_EXIT_CODES } from "../help.ts";
import { NumberReader } from "../numbers.ts";
import { DEFAULT_DATA_DIR, type DeviceFile, devicesPath, readDeviceFile } from "../platform-files.ts";
import { readSimulation, type SimulationFlags } from "../simulation-options.ts";

/** Messages that the broker did not take, without anybody having asked for the end. */
const NOT_REACHABLE = 69;

interface SimulateFlags extends SimulationFlags {
  readonly credentials: string;
  readonly broker?: string;
  readonly ca?: string;
  readonly count?: string;
}

/** `tesa simulate` */
export function addSimulate(program: Command, exit: (code: number) => void): void {
  program
    .command("simulate")
    .summary("publish as devices do, to the platform in a box or any broker")
    .description(
      "Publishes telemetry of several kinds of devices over MQTTS, each device over its own connection. " +
        "Where to and with which credentials stands in a JSON file; `tesa platform` writes one.",
    )
    .option(
      "--credentials <file>",
      "JSON file of the devices and their credentials",
      devicesPath(DEFAULT_DATA_DIR),
    )
    .option("--broker <url>", "mqtts://host:port, instead of the file's")
    .option("--ca <file>", "PEM file of the CA, instead of the file's")
    .option("--devices <n>", "only the first n devices of the file")
    .option("--rate <n>", "messages per second of all devices", "5")
    .option("--seed <n>", "the same seed gives the same messages", "1")
    .option("--bad-every <n>", "spoil every n-th message (default: none)")
    .option("--count <n>", "end after this many messages")
    .addHelpText("after", () => `${EXAMPLES.simulate}\n${exitCodeHelp(OWN_EXIT_CODES.simulate)}`)
    .action(async (flags: SimulateFlags) => exit(await simulate(flags)));
}

async function simulate(flags: SimulateFlags): Promise<number> {
  const numbers = new NumberReader();
  const { devices: wanted, ...simulation } = readSimulation(flags, numbers);
  const count = numbers.read("--count", flags.count, { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true });
  if (numbers.problems.length > 0) throw usageError(numbers.problems);
  const { DEVICE_KINDS, startSimulator } = await import("@tesa/platform");
  const file = await readDeviceFile(flags.credentials, DEVICE_KINDS);
  const { url, caCertPath } = target(flags, file);
  const devices = flags.devices === undefined ? file.devices : file.devices.slice(0, wanted);

  const stop = new AbortController();
  const release = onStopSignals({ onStop: () => stop.abort() });
  tell(`${devices.length} devices connect to ${url} ...`);
  try {
    await using simulator = await startSimulator({
      ...simulation,
      ...(count === undefined ? {} : { count }),
      url,
      caCertPath,
      devices,
      signal: stop.signal,
    });
    tell(`publishing ${simulation.rate} messages per second. Ctrl-C ends it.`);
    const endProgress = showProgress(() => `${simulator.published} published, ${simulator.failed} failed`);
    await simulator.done;
    endProgress();
    tell(`${simulator.published} messages published, ${simulator.failed} failed`);
    return simulator.failed > 0 && !stop.signal.aborted ? NOT_REACHABLE : 0;
  } catch (cause) {
    if (stop.signal.aborted) return 0;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TesaError("network", printable(reason), { cause });
  } finally {
    release();
  }
}

function target(
  flags: SimulateFlags,
  file: DeviceFile,
): { readonly url: string; readonly caCertPath: string } {
  const url = flags.broker ?? file.url;
  const caCertPath = flags.ca ?? file.caCertPath;
  const problems: string[] = [];
  if (url === undefined) problems.push(`${quote(flags.credentials)} names no "url": give --broker.`);
  else if (!isDeviceUrl(url)) {
    problems.push(
      `Devices connect by mqtts://host:port, without user and password in it; got another address.`,
    );
  }
  if (caCertPath === undefined)
    problems.push(`${quote(flags.credentials)} names no "caCertPath": give --ca.`);
  if (url === undefined || caCertPath === undefined || problems.length > 0) {
    throw new TesaError("config", problems.join("\n"), { problems });
  }
  return { url, caCertPath };
}

function isDeviceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === "mqtts:" && url.hostname !== "" && url.username === "" && url.password === "";
}

/** On a terminal, a line that is written over every second. */
function showProgress(text: () => string): () => void {
  if (!process.stderr.isTTY) return () => {};
  const timer = setInterval(() => process.stderr.write(`\r\u001b[2K${text()}`), 1_000);
  return () => {
    clearInterval(timer);
    process.stderr.write("\r\u001b[2K");
  };
}

function tell(text: string): void {
  process.stderr.write(`tesa: ${text}\n`);
}
