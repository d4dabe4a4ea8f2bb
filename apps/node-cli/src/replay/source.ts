import type { Telemetry } from "@tesa/core";
import { selectAll } from "../history/select.ts";
import type { Selection } from "../log-query.ts";
import { readRecordedFile } from "./recorded-file.ts";

/** Where a replay comes from. */
export type SourcePlace =
  | { readonly type: "file"; readonly path: string; readonly onSkipped: (lineNumber: number) => void }
  | { readonly type: "log"; readonly path: string };

/** Messages, oldest first, a page at a time. */
export interface Source extends AsyncDisposable {
  readonly pages: AsyncIterable<readonly Telemetry[]>;
}

/** @throws TesaError `log`, `usage` */
export async function openSource(place: SourcePlace, selection: Selection): Promise<Source> {
  if (place.type === "file") {
    const pages = readRecordedFile(place.path, { selection, onSkipped: place.onSkipped });
    return { pages, [Symbol.asyncDispose]: async () => void (await pages.return(undefined)) };
  }
  const { openSqliteLog } = await import("@tesa/log/sqlite");
  const log = await openSqliteLog({ path: place.path, readOnly: true });
  return { pages: selectAll(log, selection), [Symbol.asyncDispose]: () => log.close() };
}
