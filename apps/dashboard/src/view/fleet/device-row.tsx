import { memo, type ReactElement } from "react";
import type { Device } from "../../data/fleet-store.ts";
import { deviceName, Name } from "../device-name.tsx";
import { seriesColour } from "../palette.ts";
import { usePreferences, useText } from "../preferences.tsx";
import { deviceHref } from "../route.ts";
import { useSession } from "../session-context.tsx";
import { usePaced } from "../ticker.ts";
import { Age, Value } from "./device-card.tsx";
import { Freshness } from "./freshness-dot.tsx";
import { Sparkline } from "./sparkline.tsx";

const REFRESH_MS = 250;
const VALUES = 4;

/** A device in one line, for large fleets. */
export const DeviceRow = memo(function DeviceRow({ device }: { readonly device: Device }): ReactElement {
  const text = useText();
  const { theme } = usePreferences();
  const session = useSession();
  usePaced(() => device.version, REFRESH_MS);
  const freshness = usePaced(() => session.freshnessOf(device), 1_000);
  const series = [...device.series.values()].slice(0, VALUES);
  const [first] = series;
  return (
    <a
      href={deviceHref(device.id)}
      data-device={device.id}
      data-freshness={freshness}
      className={`grid h-full grid-cols-[auto_minmax(0,1fr)_auto_auto] items-center gap-3 border-b border-line bg-surface px-4 hover:bg-sunken md:grid-cols-[auto_minmax(0,14rem)_8rem_minmax(0,1fr)_7.5rem] ${freshness === "silent" ? "text-muted" : ""}`}
    >
      <Freshness freshness={freshness} device={device} />
      <bdi className="truncate text-sm font-medium">{deviceName(device.id, text)}</bdi>
      <span className="max-w-32 md:hidden">
        {first !== undefined && <Value series={first} className="[&_.value]:text-sm" />}
      </span>
      <span className="max-md:hidden">
        {first !== undefined && first.points.length > 1 && (
          <Sparkline
            series={first}
            colour={seriesColour(theme, 0)}
            now={session.nowFor}
            spanMs={120_000}
            className="h-7 w-full"
          />
        )}
      </span>
      <span className="grid grid-cols-4 gap-4 max-md:hidden">
        {series.map((one) => (
          <span key={one.key} className="flex min-w-0 items-baseline gap-2">
            <Name name={one.sensor} className="min-w-0 truncate text-xs text-muted" />
            <Value series={one} className="shrink-0 [&_.value]:text-sm" />
          </span>
        ))}
      </span>
      <Age device={device} className="text-right" />
    </a>
  );
});
