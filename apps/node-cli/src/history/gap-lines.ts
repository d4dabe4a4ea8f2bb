import type { GapRecord } from "@tesa/log";
import { localDateTime, seconds } from "@tesa/process";

const MEANING: Readonly<Record<GapRecord["kind"], string>> = {
  certain: "may be missing: the broker no longer had the session",
  possible: "may be missing: the broker's queue may have overflowed",
};

/** Writes gaps as lines: for people, or as JSON. */
export function gapLines(gaps: readonly GapRecord[], { isTable }: { readonly isTable: boolean }): string {
  const asJson = ({ id, kind, from, to, afterSeq }: GapRecord) =>
    JSON.stringify({ id, kind, from, to, afterSeq });
  const asText = ({ kind, from, to, afterSeq }: GapRecord) =>
    `${localDateTime(from)}  ${localDateTime(to)}  ${seconds(to - from).padStart(10)}  ` +
    `after message ${afterSeq}: some ${MEANING[kind]}`;
  return gaps.map((gap) => `${isTable ? asText(gap) : asJson(gap)}\n`).join("");
}
