import type { ReactElement } from "react";
import type { Device } from "../../data/fleet-store.ts";
import type { Freshness as FreshnessKind } from "../../data/freshness.ts";
import type { Pace } from "../../data/pace.ts";
import { useText } from "../preferences.tsx";
import { useSession } from "../session-context.tsx";
import { usePaced } from "../ticker.ts";

const COLOURS: Readonly<Record<FreshnessKind, string>> = {
  live: "bg-dot-ok text-dot-ok",
  quiet: "bg-dot-warn text-dot-warn",
  silent: "bg-transparent ring-2 ring-inset ring-dot-bad text-dot-bad",
  unknown: "bg-dot-bad text-dot-bad",
};

/** As often as a card shows other values: a device that has just spoken is not called silent beside them. */
const REFRESH_MS = 250;
/** Who sends more often than a view is refreshed glows: a beat would never get further than its beginning. */
const OFTEN_MS = REFRESH_MS;
const BEAT = "animate-[beat_700ms_ease-out]";
const GLOW = "ring-3 ring-dot-ok/30";

/** How fresh a device or a sensor is; `null` of none. */
export function useFreshness(pace: Pace): FreshnessKind;
export function useFreshness(pace: Pace | undefined): FreshnessKind | null;
export function useFreshness(pace: Pace | undefined): FreshnessKind | null {
  const session = useSession();
  return usePaced(() => (pace === undefined ? null : session.freshnessOf(pace)), REFRESH_MS);
}

/** A dot that beats with each message; filled, amber, hollow or grey by freshness, and told in words to whoever cannot see it. */
export function Freshness({
  freshness,
  device,
}: {
  readonly freshness: FreshnessKind;
  readonly device: Device;
}): ReactElement {
  const text = useText();
  const isOften = device.intervalMs !== null && device.intervalMs < OFTEN_MS;
  const sign = isOften ? GLOW : BEAT;
  return (
    <>
      <span
        key={isOften ? "often" : device.version}
        aria-hidden="true"
        className={`size-2.5 shrink-0 rounded-full ${COLOURS[freshness]} ${freshness === "live" ? sign : ""}`}
      />
      <span className="sr-only">{text.freshness[freshness]}</span>
    </>
  );
}
