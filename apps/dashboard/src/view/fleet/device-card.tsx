import { memo, type ReactElement } from "react";
import type { Device } from "../../data/fleet-store.ts";
import { freshnessLimits } from "../../data/freshness.ts";
import type { Series } from "../../data/series.ts";
import { deviceName, SensorName } from "../device-name.tsx";
import { Tag } from "../parts/tag.tsx";
import { useFormats, useText } from "../preferences.tsx";
import { deviceHref } from "../route.ts";
import { useSession } from "../session-context.tsx";
import { usePaced } from "../ticker.ts";
import { Age } from "./age.tsx";
import { Freshness, useFreshness } from "./freshness-dot.tsx";
import { Sparkline } from "./sparkline.tsx";
import { Value } from "./value.tsx";

/** Values are legible only when they stand still for a moment. */
const REFRESH_MS = 250;
const ROWS = 3;

/** A device at a glance: how fresh it is, and its first sensors with their values and courses. */
export const DeviceCard = memo(function DeviceCard({ device }: { readonly device: Device }): ReactElement {
  const text = useText();
  usePaced(() => device.version, REFRESH_MS);
  const freshness = useFreshness(device);
  const series = [...device.series.values()];
  const shown = series.slice(0, ROWS);
  return (
    <a
      href={deviceHref(device.id)}
      data-device={device.id}
      data-freshness={freshness}
      className={`group relative flex h-full flex-col overflow-hidden rounded-2xl border border-line bg-surface p-4 shadow-card transition-[border-color,opacity] hover:border-line-strong ${freshness === "silent" ? "border-dashed" : ""}`}
    >
      <AgeBar device={device} />
      <div className="flex items-center gap-2.5">
        <Freshness freshness={freshness} device={device} />
        <span className="min-w-0 flex-1 truncate font-medium" title={deviceName(device.id, text)}>
          <bdi>{deviceName(device.id, text)}</bdi>
        </span>
        <Age device={device} />
      </div>
      <div
        className={`mt-2 flex min-h-0 flex-1 flex-col ${freshness === "silent" ? "text-muted grayscale [&_canvas]:opacity-55" : ""}`}
      >
        {series.length === 1 && shown[0] !== undefined ? (
          <OnlySeries series={shown[0]} device={device} />
        ) : (
          // Names have the room that they need, pictures what is left of it; values a fixed one, or all would move with them.
          <div className="grid min-h-0 flex-1 auto-rows-[minmax(0,1fr)] grid-cols-[fit-content(50%)_minmax(1.5rem,1fr)_7.25rem] gap-x-2.5">
            {shown.map((one, index) => (
              <SeriesRow key={one.key} series={one} index={index} device={device} />
            ))}
          </div>
        )}
        {series.length === 0 && <p className="pt-2 text-sm text-muted">{text.list.noReadings}</p>}
      </div>
      <CardFoot device={device} more={series.length - shown.length} />
    </a>
  );
});

function CardFoot({ device, more }: { readonly device: Device; readonly more: number }): ReactElement | null {
  const text = useText();
  const formats = useFormats();
  const { late, malformed, clock } = device.marked;
  // The one picture of a card gets its whole height; rows stand at the same height in every card.
  if (device.series.size === 1 && late + malformed + clock === 0) return null;
  return (
    <div className="tnum mt-1 flex h-5 items-center gap-1.5 text-xs">
      {more > 0 && <span className="text-faint">{text.list.more(formats.count(more))}</span>}
      <span className="ml-auto flex gap-1.5">
        {late > 0 && <Tag tone="warn">{text.summary.late(formats.count(late))}</Tag>}
        {clock > 0 && <Tag tone="warn">{text.summary.clock(formats.count(clock))}</Tag>}
        {malformed > 0 && <Tag tone="bad">{text.summary.malformed(formats.count(malformed))}</Tag>}
      </span>
    </div>
  );
}

function SeriesRow({
  series,
  index,
  device,
}: {
  readonly series: Series;
  readonly index: number;
  readonly device: Device;
}): ReactElement {
  return (
    <div className="col-span-3 grid min-h-0 grid-cols-subgrid grid-rows-1 items-center">
      <SensorName name={series.sensor} className="truncate text-[13px] text-muted" />
      {series.points.length > 1 ? (
        <Sparkline
          device={device}
          series={series}
          index={index}
          className="h-[min(2.75rem,80%)] w-full min-w-0"
        />
      ) : (
        <span />
      )}
      <Value series={series} />
    </div>
  );
}

/** The one thing that a device measures gets the whole card. */
function OnlySeries({ series, device }: { readonly series: Series; readonly device: Device }): ReactElement {
  return (
    <>
      <div className="mt-1 flex items-baseline justify-between gap-3">
        <SensorName name={series.sensor} className="truncate text-[13px] text-muted" />
        <Value series={series} className="[&_.value]:text-2xl" />
      </div>
      {series.points.length > 1 && (
        <div className="relative mt-2 min-h-0 flex-1">
          <Sparkline device={device} series={series} index={0} className="absolute inset-0 h-full w-full" />
        </div>
      )}
    </>
  );
}

/** Runs out from the device's last message until it counts as quiet. */
function AgeBar({ device }: { readonly device: Device }): ReactElement {
  const session = useSession();
  const left = usePaced(
    () =>
      session.freshnessOf(device) === "unknown"
        ? 0
        : Math.round(
            100 * Math.max(0, 1 - (session.now() - device.lastSeen) / freshnessLimits(device).quietMs),
          ),
    REFRESH_MS,
  );
  return (
    <span
      aria-hidden="true"
      className="absolute inset-x-0 top-0 h-0.5 origin-left bg-dot-ok/70 transition-transform duration-300 ease-linear"
      style={{ transform: `scaleX(${left / 100})` }}
    />
  );
}
