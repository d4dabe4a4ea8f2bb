import { type ReactElement, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import type { TimeRange } from "../../data/columns.ts";
import { DeviceDetail } from "../../data/device-detail.ts";
import type { Device, LineBreak } from "../../data/fleet-store.ts";
import type { Series } from "../../data/series.ts";
import type { Session } from "../../data/session.ts";
import { alsoAhead, lazyPart } from "../lazy-part.ts";
import { seriesColour } from "../palette.ts";
import { Empty } from "../parts/empty.tsx";
import { usePreferences, useText } from "../preferences.tsx";
import { FLEET_HREF } from "../route.ts";
import { useSession, useSessionState } from "../session-context.tsx";
import { useKey } from "../shortcuts.tsx";
import { usePaced } from "../ticker.ts";
import { ChartPanel } from "./chart-panel.tsx";
import { DeviceHeading } from "./device-heading.tsx";
import { Toolbar } from "./device-toolbar.tsx";
import { filterMessages } from "./filter-messages.ts";
import { Gutters } from "./gutters.ts";
import { MessageList } from "./message-list.tsx";
import { toPanels } from "./panels.ts";
import { SeriesTable } from "./series-table.tsx";
import {
  goLive,
  liveWindow,
  pause,
  rangeOf,
  resetZoom,
  type View,
  WINDOW_NAMES,
  WINDOWS,
  type WindowName,
  zoomTo,
} from "./view-range.ts";

/** It comes when somebody asks for it, or when there is nothing else to do. */
const loadExport = alsoAhead(() => import("./export-data.ts"));

const HistoryNote = lazyPart(() => import("./history-note.tsx"));

/** Further ones are drawn when they are asked for. */
const DRAWN_AT_FIRST = 8;

/** All there is to see of one device. */
export default function DevicePage({ deviceId }: { readonly deviceId: string }): ReactElement {
  const detail = useDetail(deviceId);
  const session = useSession();
  // An id that is known only later is looked up again then.
  usePaced(() => session.store.devices.has(deviceId), 500);
  const device = session.store.devices.get(deviceId);
  return (
    <>
      <DeviceHeading deviceId={deviceId} device={device} />
      {detail === null ? (
        <div className="skeleton h-96" />
      ) : (
        <DeviceView detail={detail} deviceId={deviceId} device={device} />
      )}
    </>
  );
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
  const { theme, language } = usePreferences();
  const [view, setView] = useState<View>(() => liveWindow(firstWindow(device, session.now())));
  const [filter, setFilter] = useState("");
  const { hidden, toggle } = useHidden(detail, deviceId);
  const hasNote = usePaced(
    () => detail.history.type === "none" || (detail.history.type === "loaded" && detail.history.limited),
    250,
  );
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
  const knownCount = usePaced(() => detail.series.size, 250);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new series may stand before others
  const colourOf = useCallback(
    (series: Series) => seriesColour(theme, [...detail.series.keys()].indexOf(series.key)),
    [theme, detail, knownCount],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: which series there are changes with the keys
  const panels = useMemo(
    () => toPanels(drawable(detail).filter(({ key }) => !hidden.has(key))),
    [detail, keys, hidden],
  );
  const gutters = useMemo(() => new Gutters(), []);
  const gaps = useCallback((): readonly LineBreak[] => session.store.breaks(), [session]);
  useDeviceKeys(view, setView, session.nowFor);
  const exportAs = async (format: "csv" | "ndjson") => {
    const shown = range();
    const { download, fileName, toCsv, toNdjsonLines } = await loadExport();
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
        : toNdjsonLines(filterMessages(detail.messages, filter, null, { text, language }), shown);
    const type = format === "csv" ? "text/csv" : "application/x-ndjson";
    download(content, fileName(deviceId, shown.to, format), type);
  };
  return (
    <>
      <Toolbar view={view} onView={setView} now={session.nowFor} onExport={exportAs} detail={detail} />
      {hasNote && (
        <Suspense>
          <HistoryNote detail={detail} />
        </Suspense>
      )}
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
                gutters={gutters}
                range={range}
                onZoom={(zoomed: TimeRange) => setView(zoomTo(view, zoomed))}
                height={panel.isSwitch ? 110 : panels.length === 1 ? 340 : 230}
              />
            ))}
            {seriesCount > 0 && panels.length === 0 && (
              <p className="py-10 text-center text-sm text-muted">{text.device.noneShown}</p>
            )}
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
              until={view.mode.type === "still" ? view.mode.range.to : null}
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

/** What of each device the user has chosen to draw or not, for as long as the connection. */
const choices = new WeakMap<Session, Map<string, ReadonlyMap<string, boolean>>>();

/** Which series are not drawn: those beyond the first few, until the user says otherwise. */
function useHidden(detail: DeviceDetail, deviceId: string) {
  const session = useSession();
  const [chosen, setChosen] = useState(
    () => choices.get(session)?.get(deviceId) ?? new Map<string, boolean>(),
  );
  const count = usePaced(() => detail.series.size, 500);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the series change with their count
  const hidden = useMemo(
    () =>
      new Set([...detail.series.keys()].filter((key, index) => !(chosen.get(key) ?? index < DRAWN_AT_FIRST))),
    [detail, chosen, count],
  );
  const toggle = (key: string, isShown: boolean) => {
    const next = new Map(chosen).set(key, isShown);
    choices.set(session, (choices.get(session) ?? new Map()).set(deviceId, next));
    setChosen(next);
  };
  return { hidden, toggle };
}

function useDeviceKeys(view: View, setView: (view: View) => void, now: () => number): void {
  useKey((key) => {
    const window = WINDOW_NAMES[Number(key) - 1];
    if (window !== undefined) setView(liveWindow(window));
    else if (key === "p" || key === "P")
      setView(view.mode.type === "still" ? goLive(view) : pause(view, now()));
    else if (key === "0") setView(goLive(view));
    else if (key === "Escape") leaveOneThing(view, setView);
    else return false;
    return true;
  });
}

/** The zoom first, which all charts share; the page when nothing is zoomed into. What is open above it takes the key itself. */
function leaveOneThing(view: View, setView: (view: View) => void): void {
  const unzoomed = resetZoom(view);
  if (unzoomed === null) location.hash = FLEET_HREF;
  else setView(unzoomed);
}
