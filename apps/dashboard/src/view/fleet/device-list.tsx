import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Device } from "../../data/fleet-store.ts";
import { DeviceCard } from "./device-card.tsx";
import { DeviceRow } from "./device-row.tsx";
import type { Density } from "./fleet-settings.ts";
import { type RowLayout, rowLayout } from "./row-layout.ts";

const CARD = { minWidth: 320, height: 216, gap: 14 };
const ROW_HEIGHT = 48;

/** The devices that are in sight, of any number; each has its fixed size. */
export function DeviceList({
  devices,
  density,
}: {
  readonly devices: readonly Device[];
  readonly density: Density;
}): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const { width, top } = useExtent(list);
  const columns =
    density === "rows" ? 1 : Math.max(1, Math.floor((width + CARD.gap) / (CARD.minWidth + CARD.gap)));
  const height = density === "rows" ? ROW_HEIGHT : CARD.height + CARD.gap;
  const layout = useRowLayout(width, devices);
  const virtualizer = useWindowVirtualizer({
    count: Math.ceil(devices.length / columns),
    estimateSize: () => height,
    overscan: density === "rows" ? 8 : 2,
    scrollMargin: top,
    // A window has no size where there is no layout, as in tests.
    initialRect: { width: 1_024, height: 900 },
  });
  // The library remembers sizes by place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is what it is about
  useLayoutEffect(() => virtualizer.measure(), [height, virtualizer]);
  return (
    <ul
      ref={list}
      className={`relative ${density === "rows" ? "overflow-hidden rounded-2xl border border-line shadow-card" : ""}`}
      style={{ height: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().flatMap((item) =>
        devices.slice(item.index * columns, (item.index + 1) * columns).map((device, column) => (
          <li
            key={device.id}
            className="absolute top-0 left-0"
            style={{
              transform: `translate(${(column * (width + CARD.gap)) / columns}px, ${item.start - top}px)`,
              width:
                density === "rows" ? "100%" : `calc((100% - ${(columns - 1) * CARD.gap}px) / ${columns})`,
              height: density === "rows" ? ROW_HEIGHT : CARD.height,
            }}
          >
            {density === "rows" ? (
              <DeviceRow device={device} layout={layout} />
            ) : (
              <DeviceCard device={device} />
            )}
          </li>
        )),
      )}
    </ul>
  );
}

/** The same object as long as it says the same, so that lines are drawn again only when it changes. */
function useRowLayout(width: number, devices: readonly Device[]): RowLayout {
  const most = devices.reduce((count, { series }) => Math.max(count, series.size), 0);
  return useMemo(() => rowLayout(width, most), [width, most]);
}

/** How wide an element is, and how far below the top of the page it begins, as both change. */
function useExtent(element: RefObject<HTMLElement | null>): { readonly width: number; readonly top: number } {
  const [extent, setExtent] = useState({ width: 1_000, top: 0 });
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const measure = () => {
      const { width, top } = current.getBoundingClientRect();
      const next = { width: width || 1_000, top: Math.round(top + scrollY) };
      setExtent((last) => (last.width === next.width && last.top === next.top ? last : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return extent;
}
