import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type Telemetry, TesaError } from "@tesa/core";
import { quote } from "@tesa/process";
import type { Selection } from "../log-query.ts";
import { parseRecorded } from "./parse-recorded.ts";

/** Messages that are handed on together at the most, and the payload after which no more is added, in bytes. */
const PAGE = { messages: 1_000, bytes: 4_000_000 } as const;

/** How a file is read. */
export interface RecordedFileOptions {
  readonly selection: Selection;
  /** Told of each line that is no recorded message, by its number from 1. */
  readonly onSkipped: (lineNumber: number) => void;
}

/**
 * The messages of a file of JSON lines, as `--output` writes it, in the order in which they stand there. The file is
 * never in memory as a whole.
 * @throws TesaError `usage` if the file cannot be read
 */
export async function* readRecordedFile(
  path: string,
  { selection, onSkipped }: RecordedFileOptions,
): AsyncGenerator<readonly Telemetry[]> {
  const file = createReadStream(path, "utf8");
  let lineNumber = 0;
  let page: Telemetry[] = [];
  let bytes = 0;
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
      lineNumber += 1;
      if (line === "") continue;
      const message = parseRecorded(line);
      if (message === undefined) onSkipped(lineNumber);
      else if (isSelected(message, selection)) {
        page.push(message);
        bytes += message.payload.length;
      }
      if (page.length < PAGE.messages && bytes < PAGE.bytes) continue;
      yield page;
      page = [];
      bytes = 0;
    }
  } catch (error) {
    if (error instanceof Error && "code" in error) throw unreadable(path, error, String(error.code));
    throw error;
  } finally {
    file.destroy();
  }
  if (page.length > 0) yield page;
}

/** The same choice that a log makes. */
function isSelected(message: Telemetry, { device, sensor, from, to }: Selection): boolean {
  if (device !== undefined && message.deviceId !== device) return false;
  if (from !== undefined && message.receivedAt < from) return false;
  if (to !== undefined && message.receivedAt >= to) return false;
  if (sensor === undefined || message.sensor === sensor) return true;
  return message.readings.some((reading) => reading.sensor === sensor);
}

function unreadable(path: string, cause: Error, code: string): TesaError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "it does not exist",
    EISDIR: "it is a folder",
    EACCES: "you may not read it",
  };
  return new TesaError(
    "usage",
    `The recorded file ${quote(path)} cannot be read: ${reasons[code] ?? code}.`,
    {
      cause,
    },
  );
}
