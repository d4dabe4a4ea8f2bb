import type { ReactElement } from "react";
import type { Freshness as FreshnessKind } from "../../data/freshness.ts";
import { useText } from "../preferences.tsx";

const COLOURS: Readonly<Record<FreshnessKind, string>> = {
  live: "bg-dot-ok text-dot-ok",
  quiet: "bg-dot-warn text-dot-warn",
  silent: "bg-transparent ring-2 ring-inset ring-dot-bad text-dot-bad",
};

/** A dot that beats with each message; filled, amber or hollow by freshness, and told in words to whoever cannot see it. */
export function Freshness({
  freshness,
  version,
}: {
  readonly freshness: FreshnessKind;
  readonly version: number;
}): ReactElement {
  const text = useText();
  return (
    <>
      <span
        key={version}
        aria-hidden="true"
        className={`size-2.5 shrink-0 rounded-full ${COLOURS[freshness]} ${freshness === "live" ? "animate-[beat_700ms_ease-out]" : ""}`}
      />
      <span className="sr-only">{text.freshness[freshness]}</span>
    </>
  );
}
