import { memo, type ReactElement } from "react";
import type { Device } from "../../data/fleet-store.ts";
import type { Series } from "../../data/series.ts";
import { deviceName, SensorName } from "../device-name.tsx";
import { useFormats, useText } from "../preferences.tsx";
import { deviceHref } from "../route.ts";
import { usePaced } from "../ticker.ts";
import { Age } from "./age.tsx";
import { Freshness, useFreshness } from "./freshness-dot.tsx";
import type { RowLayout } from "./row-layout.ts";
import { Sparkline } from "./sparkline.tsx";
import { Value } from "./value.tsx";

const REFRESH_MS = 250;

interface DeviceRowProps {
  readonly device: Device;
  readonly layout: RowLayout;
}

/** A device in one line, for large fleets: as many of its values as there is room for, and how many more it has. */
export const DeviceRow = memo(function DeviceRow({ device, layout }: DeviceRowProps): ReactElement {
  const text = useText();
  usePaced(() => device.version, REFRESH_MS);
  const freshness = useFreshness(device);
  const { slots, isNarrow, hasSparkline, columns } = layout;
  const series = [...device.series.values()];
  const shown = series.slice(0, slots);
  const [first] = shown;
  const name = deviceName(device.id, text);
  const more = series.length - shown.length;
  return (
    <a
      href={deviceHref(device.id)}
      data-device={device.id}
      data-freshness={freshness}
      className={`grid h-full items-center gap-4 border-b border-line bg-surface px-4 hover:bg-sunken ${freshness === "silent" ? "text-muted" : ""}`}
      style={{ gridTemplateColumns: columns }}
    >
      <Freshness freshness={freshness} device={device} />
      <span className="min-w-0">
        <bdi className="block truncate text-sm font-medium" title={name}>
          {name}
        </bdi>
        {isNarrow && (
          <span className="flex gap-1.5 text-xs leading-4 whitespace-nowrap">
            <Age device={device} className="truncate" />
            <More count={more} />
          </span>
        )}
      </span>
      {hasSparkline && (
        <span>
          {first !== undefined && first.points.length > 1 && (
            <Sparkline device={device} series={first} index={0} className="h-7 w-full" />
          )}
        </span>
      )}
      <span
        className="grid min-w-0 gap-4"
        style={{ gridTemplateColumns: `repeat(${slots}, minmax(0, 1fr))` }}
      >
        {shown.map((one) => (
          <Slot key={one.key} series={one} />
        ))}
      </span>
      {!isNarrow && (
        <span className="min-w-0 text-right text-xs leading-4 whitespace-nowrap">
          <Age device={device} className="block truncate" />
          <More count={more} />
        </span>
      )}
    </a>
  );
});

/** A sensor's name above its value: the two need no more room than the wider of them. */
function Slot({ series }: { readonly series: Series }): ReactElement {
  return (
    <span className="min-w-0 leading-4">
      <span className="flex text-xs text-muted">
        <SensorName name={series.sensor} className="truncate" />
      </span>
      <Value series={series} className="justify-start! [&_.value]:text-sm" />
    </span>
  );
}

/** How many values have no room; on a phone in a figure. */
function More({ count }: { readonly count: number }): ReactElement | null {
  const text = useText();
  const formats = useFormats();
  if (count <= 0) return null;
  const words = text.list.more(formats.count(count));
  return (
    <span className="text-faint" title={words}>
      <span aria-hidden="true" className="min-[28rem]:hidden">
        +{formats.count(count)}
      </span>
      <span className="max-[28rem]:sr-only">{words}</span>
    </span>
  );
}
