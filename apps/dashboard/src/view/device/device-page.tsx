import { ArrowLeft, Download, History, Pause, Play, ZoomOut } from "lucide-react";
import { type ReactElement, useCallback, useEffect, useMemo, useState } from "react";
import type { TimeRange } from "../../data/columns.ts";
import { DeviceDetail } from "../../data/device-detail.ts";
import type { Device, LineBreak } from "../../data/fleet-store.ts";
import type { Series } from "../../data/series.ts";
import { deviceName } from "../device-name.tsx";
import { Age } from "../fleet/age.tsx";
import { Freshness } from "../fleet/freshness-dot.tsx";
import { seriesColour } from "../palette.ts";
import { Button } from "../parts/button.tsx";
import { Choice } from "../parts/choice.tsx";
import { Empty } from "../parts/empty.tsx";
import { useFormats, usePreferences, useText } from "../preferences.tsx";
import { FLEET_HREF } from "../route.ts";
import { useSession, useSessionState } from "../session-context.tsx";
import { useKey } from "../shortcuts.tsx";
import { usePaced } from "../ticker.ts";
import { ChartPanel } from "./chart-panel.tsx";
import { filterMessages, MessageList } from "./message-list.tsx";
import { toPanels } from "./panels.ts";
import { SeriesTable } from "./series-table.tsx";
import {
  goLive,
  liveWindow,
  pause,
  rangeOf,
  type View,
  WINDOW_NAMES,
  WINDOWS,
  type WindowName,
  zoomTo,
} from "./view-range.ts";

/** Further ones are drawn when they are asked for. */
const DRAWN_AT_FIRST = 8;

/** All there is to see of one device. */
export default function DevicePage({ deviceId }: { readonly deviceId: string }): ReactElement {
  const detail = useDetail(deviceId);
  const session = useSession();
  // An id that is known only later is looked up again then.
  usePaced(() => session.store.devices.has(deviceId), 500);
  if (detail === null) return <div className="skeleton h-96" />;
  return <DeviceView detail={detail} deviceId={deviceId} device={session.store.devices.get(deviceId)} />;
}

/** Holds what there is of a device while its page is open; begins anew when live messages do not follow on. */
function useDetail(deviceId: string): DeviceDetail | null {
  const session = useSession();
  const { stretch, link } = useSessionState();
  const [detail, setDetail] = useState<DeviceDetail | null>(null);
  // History can be asked for once the relay has been reached.
  const wasLive = link.type === "live" || session.store.messages > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new stretch is a new detail
  useEffect(() => {
    if (!wasLive) return;
    const opened = new DeviceDetail({
      deviceId,
      store: session.store,
      history: session.source?.history,
      now: session.nowFor,
    });
    setDetail(opened);
    return () => opened.close();
  }, [deviceId, session, stretch, wasLive]);
  return detail;
}

interface DeviceViewProps {
  readonly detail: DeviceDetail;
  readonly deviceId: string;
  readonly device: Device | undefined;
}

function DeviceView({ detail, deviceId, device }: DeviceViewProps): ReactElement {
  const text = useText();
  const session = useSession();
  const { theme } = usePreferences();
  const [view, setView] = useState<View>(() => liveWindow(firstWindow(device, session.now())));
  const [filter, setFilter] = useState("");
  const { hidden, toggle } = useHidden(detail);
  const range = useCallback(() => rangeOf(view, session.now()), [view, session]);
  const { from } = range();
  useEffect(() => void detail.loadBackTo(from), [detail, from]);
  const seriesCount = usePaced(() => drawable(detail).length, 250);
  const keys = usePaced(
    () =>
      drawable(detail)
        .map(({ key, isSwitch }) => `${key}${isSwitch}`)
        .join("\u0001"),
    250,
  );
  const colourOf = useCallback(
    (series: Series) => seriesColour(theme, [...detail.series.keys()].indexOf(series.key)),
    [theme, detail],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: which series there are changes with the keys
  const panels = useMemo(
    () => toPanels(drawable(detail).filter(({ key }) => !hidden.has(key))),
    [detail, keys, hidden],
  );
  const gaps = useCallback((): readonly LineBreak[] => session.store.breaks(), [session]);
  const isStill = view.mode.type === "still";
  useDeviceKeys(view, setView, session.nowFor);
  const exportAs = async (format: "csv" | "ndjson") => {
    const shown = range();
    // It comes when somebody asks for it.
    const { download, fileName, toCsv, toNdjsonLines } = await import("./export-data.ts");
    const content =
      format === "csv"
        ? toCsv(
            {
              deviceId,
              series: drawable(detail).filter(({ key }) => !hidden.has(key)),
              undrawn: detail.undrawn,
            },
            shown,
          )
        : toNdjsonLines(filterMessages(detail.messages, filter, null), shown);
    const type = format === "csv" ? "text/csv" : "application/x-ndjson";
    download(content, fileName(deviceId, shown.to, format), type);
  };
  return (
    <>
      <DeviceHeading deviceId={deviceId} device={device} />
      <Toolbar view={view} onView={setView} now={session.nowFor} onExport={exportAs} detail={detail} />
      <HistoryNote detail={detail} />
      {device === undefined ? (
        <Empty title={text.device.notKnown} hint={text.device.notKnownHint} />
      ) : (
        // Without a least width of 0, the canvas of a chart would keep its column as wide as it once was.
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
          <section aria-label={text.device.charts} className="grid grid-cols-[minmax(0,1fr)] gap-4">
            {panels.map((panel) => (
              <ChartPanel
                key={panel.key}
                panel={panel}
                colourOf={colourOf}
                detail={detail}
                gaps={gaps}
                range={range}
                onZoom={(zoomed: TimeRange) => setView(zoomTo(view, zoomed))}
                height={panel.isSwitch ? 110 : panels.length === 1 ? 340 : 230}
              />
            ))}
            {seriesCount === 0 && detail.history.type !== "loading" && (
              <p className="py-10 text-center text-sm text-muted">{text.device.noCharts}</p>
            )}
            {seriesCount === 0 && detail.history.type === "loading" && (
              <div className="skeleton h-56 rounded-2xl!" />
            )}
          </section>
          <SeriesTable
            device={device}
            detail={detail}
            colourOf={colourOf}
            range={range}
            hidden={hidden}
            onToggle={toggle}
          />
          <div className="min-w-0 xl:col-span-2">
            <MessageList
              detail={detail}
              until={isStill && view.mode.type === "still" ? view.mode.range.to : null}
              filter={filter}
              onFilter={setFilter}
            />
          </div>
        </div>
      )}
    </>
  );
}

/** What is known for a minute only would be lost in a longer window. */
function firstWindow(device: Device | undefined, now: number): WindowName {
  const began = Math.min(...[...(device?.series.values() ?? [])].map(({ points }) => points.timeAt(0)));
  return now - began > WINDOWS["1m"] * 1.5 ? "5m" : "1m";
}

function drawable(detail: DeviceDetail): readonly Series[] {
  return [...detail.series.values()].filter(({ points }) => points.length > 0);
}

/** Which series are not drawn: those beyond the first few, until the user says otherwise. */
function useHidden(detail: DeviceDetail) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const count = usePaced(() => detail.series.size, 500);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the series change with their count
  const hidden = useMemo(
    () =>
      new Set([...detail.series.keys()].filter((key, index) => !(chosen.get(key) ?? index < DRAWN_AT_FIRST))),
    [detail, chosen, count],
  );
  const toggle = (key: string, isShown: boolean) => setChosen(new Map(chosen).set(key, isShown));
  return { hidden, toggle };
}

function useDeviceKeys(view: View, setView: (view: View) => void, now: () => number): void {
  useKey((key) => {
    const window = WINDOW_NAMES[Number(key) - 1];
    if (window !== undefined) setView(liveWindow(window));
    else if (key === "p" || key === "P")
      setView(view.mode.type === "still" ? goLive(view) : pause(view, now()));
    else if (key === "0") setView(goLive(view));
    else if (key === "Escape") location.hash = FLEET_HREF;
    else return false;
    return true;
  });
}

function DeviceHeading({
  deviceId,
  device,
}: {
  readonly deviceId: string;
  readonly device: Device | undefined;
}): ReactElement {
  const text = useText();
  const formats = useFormats();
  const session = useSession();
  usePaced(() => device?.version ?? 0, 250);
  const freshness = usePaced(() => (device === undefined ? null : session.freshnessOf(device)), 1_000);
  const interval = device?.intervalMs ?? null;
  return (
    <div className="mb-4">
      <a
        href={FLEET_HREF}
        className="inline-flex items-center gap-1.5 rounded text-sm text-muted hover:text-ink"
      >
        <ArrowLeft size={15} /> {text.device.back}
      </a>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1">
        {freshness !== null && device !== undefined && <Freshness freshness={freshness} device={device} />}
        <h1 className="min-w-0 truncate text-xl font-semibold tracking-tight">
          <bdi>{deviceName(deviceId, text)}</bdi>
        </h1>
        {device !== undefined && (
          <p className="tnum flex flex-wrap items-baseline gap-x-3 text-sm text-muted">
            <Age device={device} className="text-sm!" />
            {interval !== null && interval > 0 && (
              <span>{text.device.interval(formats.number(Number((interval / 1_000).toPrecision(2))))}</span>
            )}
          </p>
        )}
      </div>
    </div>
  );
}

interface ToolbarProps {
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly now: () => number;
  readonly onExport: (format: "csv" | "ndjson") => void;
  readonly detail: DeviceDetail;
}

function Toolbar({ view, onView, now, onExport, detail }: ToolbarProps): ReactElement {
  const text = useText();
  const isStill = view.mode.type === "still";
  const isZoomed = view.mode.type === "still" && view.mode.zoomed;
  return (
    <div className="mb-4 flex flex-wrap items-center gap-2.5">
      <div className="max-sm:w-full">
        <Choice<WindowName>
          isBroad
          label={text.device.window}
          value={view.window}
          options={WINDOW_NAMES.map((value) => ({ value, label: text.device.windows[value] }))}
          onChange={(window) => onView(liveWindow(window))}
        />
      </div>
      {isStill ? (
        <Button kind="primary" onClick={() => onView(goLive(view))}>
          {isZoomed ? <ZoomOut size={16} /> : <Play size={16} />}
          {isZoomed ? text.device.backToLive : text.device.resume}
        </Button>
      ) : (
        <Button onClick={() => onView(pause(view, now()))}>
          <Pause size={16} /> {text.device.pause}
        </Button>
      )}
      {isStill && view.mode.type === "still" && (
        <StillNote detail={detail} range={view.mode.range} isZoomed={isZoomed} />
      )}
      <fieldset className="ml-auto flex gap-1">
        <legend className="sr-only">{text.device.export}</legend>
        <Button kind="quiet" title={text.device.exportCsv} onClick={() => onExport("csv")}>
          <Download size={16} /> CSV
        </Button>
        <Button kind="quiet" title={text.device.exportNdjson} onClick={() => onExport("ndjson")}>
          <Download size={16} /> NDJSON
        </Button>
      </fieldset>
    </div>
  );
}

/** That time stands still here, and how much has come since. */
function StillNote({
  detail,
  range,
  isZoomed,
}: {
  readonly detail: DeviceDetail;
  readonly range: TimeRange;
  readonly isZoomed: boolean;
}): ReactElement {
  const text = useText();
  const formats = useFormats();
  const fresh = usePaced(() => {
    let count = 0;
    for (let index = detail.messages.length - 1; index >= 0; index -= 1) {
      if ((detail.messages[index]?.message.receivedAt ?? 0) <= range.to) break;
      count += 1;
    }
    return count;
  }, 500);
  return (
    <p role="status" className="tnum text-sm text-muted">
      {isZoomed
        ? `${text.device.zoomed}: ${text.gap.range(formats.time(range.from), formats.time(range.to))}`
        : text.device.pausedWith(formats.count(fresh))}
    </p>
  );
}

function HistoryNote({ detail }: { readonly detail: DeviceDetail }): ReactElement | null {
  const text = useText();
  const formats = useFormats();
  usePaced(() => detail.version, 500);
  const { history } = detail;
  const words =
    history.type === "none"
      ? {
          direct: text.device.historyNone,
          unaskable: text.device.historyUnaskable,
          failed: text.device.historyFailed,
        }[history.reason]
      : history.type === "loaded" && history.limited
        ? text.device.historyLimited(formats.time(history.from))
        : null;
  if (words === null) return null;
  return (
    <p className="mb-4 flex items-center gap-2 text-[13px] text-muted">
      <History size={14} className="shrink-0" /> {words}
    </p>
  );
}
