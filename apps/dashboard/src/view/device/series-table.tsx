import { Check } from "lucide-react";
import type { ReactElement } from "react";
import type { TimeRange } from "../../data/columns.ts";
import type { DeviceDetail } from "../../data/device-detail.ts";
import type { Device } from "../../data/fleet-store.ts";
import { paceOf } from "../../data/pace.ts";
import { compareSeries, type Series, seriesKey } from "../../data/series.ts";
import type { UndrawnReading } from "../../data/undrawn.ts";
import { Name, SensorName, UnitName } from "../device-name.tsx";
import { Age } from "../fleet/age.tsx";
import { useFreshness } from "../fleet/freshness-dot.tsx";
import { useFormats, useText } from "../preferences.tsx";
import { usePaced } from "../ticker.ts";
import { drawnWords } from "./drawn-words.ts";

interface SeriesTableProps {
  readonly device: Device | undefined;
  readonly detail: DeviceDetail;
  readonly colourOf: (series: Series) => string;
  readonly range: () => TimeRange;
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (key: string, isShown: boolean) => void;
}

/** Every series with its newest value, and its least and greatest in the window; also what a chart says, in words. */
export function SeriesTable(props: SeriesTableProps): ReactElement {
  const text = useText();
  const { device, detail } = props;
  usePaced(() => (device?.version ?? 0) + detail.version, 250);
  // What history alone has is drawn, too.
  const known = new Map([...detail.series, ...(device?.series ?? [])]);
  const all = [...known.values()].sort(compareSeries);
  const beyond = beyondIn(detail.undrawn, props.range());
  return (
    <section className="@container overflow-hidden rounded-2xl border border-line bg-surface shadow-card">
      <h2 className="border-b border-line px-4 py-3 text-sm font-semibold">{text.device.series}</h2>
      <div className="max-h-[32rem] overflow-auto" tabIndex={-1}>
        <table className="w-full text-sm">
          <thead>
            <tr className="text-left text-xs text-faint [&>th]:px-2 [&>th]:py-2 [&>th]:font-medium">
              <th scope="col" className="pl-4!">
                {text.device.seriesName}
              </th>
              <th scope="col" className="text-right @max-md:pr-4!">
                {text.device.latest}
              </th>
              <th scope="col" className="text-right @max-md:hidden">
                {text.device.min}
              </th>
              <th scope="col" className="pr-4! text-right @max-md:hidden">
                {text.device.max}
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((series) => (
              <SeriesLine key={series.key} series={series} beyond={beyond.get(series.key)} {...props} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SeriesLine({
  series,
  beyond,
  device,
  detail,
  colourOf,
  range,
  hidden,
  onToggle,
}: SeriesTableProps & { readonly series: Series; readonly beyond: Extent | undefined }): ReactElement {
  const text = useText();
  const formats = useFormats();
  const drawn = detail.series.get(series.key);
  const extent = usePaced(() => extentIn(drawn, beyond, range()), 500);
  const [min, max] = extent === null ? [null, null] : extent.split(" ").map(Number);
  // What was seen before the page was opened only history has.
  const seen = drawn !== undefined && drawn.seen.length > series.seen.length ? drawn.seen : series.seen;
  const pace = paceOf(seen, device?.intervalMs ?? null);
  const freshness = useFreshness(pace);
  const value = formats.value(series.latest);
  const colour = drawn === undefined ? undefined : colourOf(drawn);
  const isDrawable = drawn !== undefined && drawn.points.length > 0;
  const show = (bound: number | null = null) => drawnWords(bound, series, formats);
  return (
    <tr data-freshness={freshness} className="border-t border-line [&>td]:px-2 [&>td]:py-2">
      <td className="w-full max-w-0 pl-4!">
        <div className="flex items-center gap-2.5">
          {isDrawable ? (
            <ShowBox
              isChecked={!hidden.has(series.key)}
              onChange={(isShown) => onToggle(series.key, isShown)}
              label={`${text.device.show}: ${series.sensor}`}
              colour={colour}
            />
          ) : (
            <span className="size-4 shrink-0" />
          )}
          <div className="min-w-0">
            <span className="flex">
              <SensorName name={series.sensor} className="truncate" />
            </span>
            {/* Where there is no room for columns of their own, so that the name has it. */}
            {extent !== null && (
              <p className="tnum flex flex-wrap gap-x-2 text-xs text-muted @md:hidden">
                <span className="truncate">
                  {text.device.min} {show(min)}
                </span>
                <span className="truncate">
                  {text.device.max} {show(max)}
                </span>
              </p>
            )}
            {beyond !== undefined && <p className="text-xs text-warn">{text.device.beyondChart}</p>}
          </div>
        </div>
      </td>
      <td
        className={`tnum max-w-28 truncate text-right font-semibold @[22rem]:max-w-40 @max-md:pr-4! ${freshness === "silent" ? "text-muted" : ""}`}
      >
        <Name name={value} /> <UnitName unit={series.unit} className="text-xs font-normal text-muted" />
        {/* Others of the device may go on: the age in its heading says nothing about this one. */}
        {freshness === "silent" && (
          <Age
            device={pace}
            // That it is not known takes more words than there is room for in a line.
            className={`block font-normal ${Number.isFinite(pace.lastSeen) ? "" : "whitespace-normal!"}`}
          />
        )}
      </td>
      <td className="tnum text-right whitespace-nowrap text-muted @max-md:hidden">{show(min)}</td>
      <td className="tnum pr-4! text-right whitespace-nowrap text-muted @max-md:hidden">{show(max)}</td>
    </tr>
  );
}

interface ShowBoxProps {
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly label: string;
  readonly colour: string | undefined;
}

/** The browser's own, in the colour of the line that it shows or hides: it weighs nothing in the first load. */
function ShowBox({ isChecked, onChange, label, colour }: ShowBoxProps): ReactElement {
  return (
    <span className="relative grid size-4 shrink-0 place-items-center">
      <input
        type="checkbox"
        checked={isChecked}
        onChange={(event) => onChange(event.target.checked)}
        aria-label={label}
        className="absolute inset-0 appearance-none rounded border-2"
        style={{ borderColor: colour, background: isChecked ? colour : "transparent" }}
      />
      {isChecked && <Check size={11} strokeWidth={4} className="pointer-events-none relative text-surface" />}
    </span>
  );
}

interface Extent {
  readonly min: number;
  readonly max: number;
}

const NOTHING: Extent = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };

/** Least and greatest of the numbers that are too large for a chart, by the key of their series. */
function beyondIn(undrawn: readonly UndrawnReading[], { from, to }: TimeRange): ReadonlyMap<string, Extent> {
  const extents = new Map<string, Extent>();
  for (const reading of undrawn) {
    const { value, time } = reading;
    if (typeof value !== "number" || time < from || time >= to) continue;
    const key = seriesKey(reading);
    const { min, max } = extents.get(key) ?? NOTHING;
    extents.set(key, { min: Math.min(min, value), max: Math.max(max, value) });
  }
  return extents;
}

/** How many points are looked at for it: of more, evenly spread ones. */
const MAX_LOOKED_AT = 20_000;

/** Least and greatest, as text, so that it can be compared. */
function extentIn(
  series: Series | undefined,
  beyond: Extent | undefined,
  { from, to }: TimeRange,
): string | null {
  if (series === undefined) return null;
  const { points } = series;
  const first = points.firstFrom(from);
  const last = points.firstFrom(to);
  const step = Math.max(1, Math.floor((last - first) / MAX_LOOKED_AT));
  let { min, max } = beyond ?? NOTHING;
  for (let index = first; index < last; index += step) {
    const value = points.valueAt(index);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min > max ? null : `${min} ${max}`;
}
