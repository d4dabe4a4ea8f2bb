import { printable, printableJson, wrapFor } from "@tesa/process";
import pc from "picocolors";
import type { Diagnosis, ExaminationObserver, StepReport } from "./examination.ts";
import type { StepName } from "./step.ts";

/** What the steps are called in the report for people. */
const TITLES: Readonly<Record<StepName, string>> = {
  configuration: "Configuration",
  token: "Token",
  dns: "Name lookup (DNS)",
  tcp: "Connection (TCP)",
  tls: "Encryption (TLS)",
  upgrade: "WebSocket upgrade",
  connack: "MQTT sign-in (CONNACK)",
  suback: "Subscription (SUBACK)",
  "first-message": "First message",
  "clock-skew": "Clock skew",
};

const MARKS: Readonly<Record<StepReport["status"], string>> = {
  ok: "✓",
  warning: "!",
  failed: "✗",
  skipped: "-",
};

const TITLE_WIDTH = Math.max(...Object.values(TITLES).map((title) => title.length));
const INDENT = "  ";
/** Where the lines after the first of a long detail begin. */
const HANGING = " ".repeat(6);

export interface ReportOptions {
  readonly stdout: NodeJS.WritableStream;
  readonly colour: boolean;
  /** Takes the token out of text, should somebody have sent it back to us. */
  readonly scrub: (text: string) => string;
}

/** Writes each step as it is done, and the verdict. */
export function createHumanReport({ stdout, colour, scrub }: ReportOptions): ExaminationObserver & {
  finish(diagnosis: Diagnosis): void;
} {
  const paint = painter(colour);
  // The step under way, overwritten by its result; only where escape sequences are understood.
  const interactive = colour && "isTTY" in stdout && stdout.isTTY === true;
  const write = (lines: readonly string[]) => stdout.write(scrub(lines.map((line) => `${line}\n`).join("")));
  return {
    onStart(name) {
      if (interactive) stdout.write(`… ${TITLES[name]}`);
    },
    onReport(step) {
      if (interactive) stdout.write("\r\u001b[2K");
      write(linesOf(step, paint, stdout));
    },
    finish(diagnosis) {
      write(["", verdictOf(diagnosis, paint)]);
    },
  };
}

/** Writes the whole diagnosis as one JSON object on one line. */
export function writeJson(diagnosis: Diagnosis, { stdout, scrub }: Omit<ReportOptions, "colour">): void {
  stdout.write(`${scrub(printableJson(diagnosis))}\n`);
}

type Painter = (status: StepReport["status"], text: string) => string;

function painter(colour: boolean): Painter {
  const { green, yellow, red, dim } = pc.createColors(colour);
  const colours = { ok: green, warning: yellow, failed: red, skipped: dim };
  return (status, text) => colours[status](text);
}

function linesOf(step: StepReport, paint: Painter, stdout: NodeJS.WritableStream): string[] {
  const title = TITLES[step.name].padEnd(TITLE_WIDTH);
  const time = step.status === "skipped" && step.ms === 0 ? "" : `, ${step.ms} ms`;
  const head = `${MARKS[step.status]} ${title}  ${wrapFor(stdout, `${printable(step.detail)}${time}`, { before: TITLE_WIDTH + 4, indent: HANGING })}`;
  return [
    step.status === "skipped"
      ? paint("skipped", head)
      : `${paint(step.status, head.slice(0, 1))}${head.slice(1)}`,
    ...adviceLines("Cause", step.cause, stdout),
    ...adviceLines("Do", step.action, stdout),
  ];
}

function adviceLines(heading: string, text: string | undefined, stdout: NodeJS.WritableStream): string[] {
  if (text === undefined) return [];
  const label = `${heading}:`.padEnd("Cause: ".length);
  const indent = INDENT + " ".repeat(label.length);
  return text.split("\n").map((line, index) => {
    const wrapped = wrapFor(stdout, printable(line), { before: indent.length, indent });
    return `${index === 0 ? INDENT + label : indent}${wrapped}`;
  });
}

function verdictOf({ ok, exitCode, steps }: Diagnosis, paint: Painter): string {
  const failed = steps.find(({ status }) => status === "failed");
  if (failed !== undefined) {
    return paint("failed", `Failed at: ${TITLES[failed.name]}. Exit code ${exitCode}.`);
  }
  if (!ok)
    return paint(
      "failed",
      `Interrupted (exit code ${exitCode}): the steps that were not reached may hide a fault.`,
    );
  const warnings = steps.filter(({ status }) => status === "warning").length;
  if (warnings === 0) return paint("ok", "All is well.");
  return paint("warning", `All works, with ${warnings} ${warnings === 1 ? "thing" : "things"} to look at.`);
}
