import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, launchChromium } from "dashboard/browser";
import { DASHBOARD_FOLDER, ensureBuilt } from "dashboard/serve";
import { endChild, nextMessage, startChild } from "../child.ts";
import { describeMachine, versionsOf } from "../machine.ts";
import { chosen, positive, readOptions } from "../option-values.ts";
import { UsageError } from "../usage-error.ts";
import { buildPeer } from "./build-peer.ts";
import { type Bench, measure, measureEmptyPage } from "./measure.ts";
import { CANDIDATES, runsOfRound, VIEWS, type View } from "./plan.ts";
import type { FeederTask, FromFeeder } from "./protocol.ts";
import { createReport, formatReport, type Sample } from "./report.ts";

export const DASHBOARD_USAGE: string = `Usage: pnpm bench dashboard [options]

Frames, main thread and memory of the dashboard in Chromium, beside a page that does what the platform's does.

  --json            one JSON object on stdout, and nothing else there
  --rounds N        interleaved rounds (default 1)
  --seconds N       how long each page is measured at each rate (default 60)
  --rates A,B       readings per second (default 1000,10000); the goals are for the highest
  --devices N       how many devices they come from (default 200)
  --view NAME       the dashboard's fleet or device view (default fleet)
  --only A,B        only these of dashboard, peer
  --quick           five devices, two seconds: shows that it works, measures nothing well
  --profile FOLDER  write a CPU profile of each page there; profiling costs time itself
`;

type Options = ReturnType<typeof parseOptions>;

/**
 * `bench dashboard`. Gives the exit code: 1 when the dashboard did not count a reading.
 *
 * @throws UsageError for options that are wrong
 * @throws Error when there is no Chromium, or a page took nothing
 */
export async function dashboardCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const chromium = findChromium();
  if (chromium === undefined) {
    throw new Error(
      "This bench needs Chromium, and there is none: install it, or name it in TESA_TEST_CHROMIUM.",
    );
  }
  const machine = describeMachine();
  const folder = await mkdtemp(join(tmpdir(), "tesa-bench-"));
  try {
    await ensureBuilt();
    await buildPeer(folder);
    await using browser = await launchChromium(chromium);
    const samples = await measureAll(options, browser, folder);
    const { rounds, seconds, devices, view, json } = options;
    const versions = { chromium: browser.version(), ...versionsOf(["react", "recharts"]) };
    const report = createReport({ samples, rounds, seconds, devices, view, machine, versions });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : formatReport(report));
    return report.rates.some(({ dashboard }) => dashboard !== undefined && dashboard.missing !== 0) ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(
  options: Options,
  browser: Bench["browser"],
  peerFolder: string,
): Promise<readonly Sample[]> {
  const { devices, rates, candidates, rounds } = options;
  const task: FeederTask = { devices, dashboardFolder: DASHBOARD_FOLDER, peerFolder };
  const feeder = startChild(new URL("./feeder.ts", import.meta.url), { args: [JSON.stringify(task)] });
  try {
    const listening = await nextMessage<FromFeeder>(feeder, "The feeder", 60_000);
    if (listening.type !== "listening") throw new Error("The feeder does not listen.");
    const bench: Bench = { ...options, browser, feeder, origin: `http://127.0.0.1:${listening.port}` };
    const samples: Sample[] = [];
    let before = await measureEmptyPage(bench);
    for (let round = 0; round < rounds; round += 1) {
      for (const run of runsOfRound(rates, candidates)) {
        process.stderr.write(`round ${round + 1}/${rounds}, ${run.ratePerSecond}/s, ${run.candidate}: `);
        const measurement = await measure(bench, run);
        const after = await measureEmptyPage(bench);
        const emptyFramesPerSecond = (before + after) / 2;
        before = after;
        samples.push({ ...run, round, emptyFramesPerSecond, measurement });
        const { framesPerSecond, mainThread } = measurement;
        const share = framesPerSecond / emptyFramesPerSecond;
        process.stderr.write(`frame share ${share.toFixed(2)}, main thread ${mainThread.toFixed(2)}\n`);
      }
    }
    return samples;
  } finally {
    await endChild(feeder);
  }
}

function parseOptions(args: readonly string[]) {
  const values = readOptions(args, {
    json: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    rates: { type: "string", default: "1000,10000" },
    devices: { type: "string" },
    view: { type: "string", default: "fleet" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
  });
  return {
    json: values.json,
    rounds: positive("--rounds", values.rounds, { isWhole: true }) ?? 1,
    seconds: positive("--seconds", values.seconds) ?? (values.quick ? 2 : 60),
    settlingSeconds: values.quick ? 0.5 : 4,
    rates: values.rates.split(",").map((rate) => positive("--rates", rate, { isWhole: true }) ?? 0),
    devices: positive("--devices", values.devices, { isWhole: true }) ?? (values.quick ? 5 : 200),
    view: view(values.view),
    candidates: chosen("--only", values.only, CANDIDATES),
    profileFolder: values.profile,
  };
}

function view(text: string): View {
  const found = VIEWS.find((known) => known === text);
  if (found !== undefined) return found;
  throw new UsageError(`--view "${text}" is none of ${VIEWS.join(", ")}.`);
}
