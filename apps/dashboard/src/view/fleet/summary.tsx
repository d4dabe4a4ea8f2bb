import { TriangleAlert } from "lucide-react";
import { type ReactElement, type ReactNode, useEffect, useRef } from "react";
import { seriesColour } from "../palette.ts";
import { useFormats, usePreferences, useText } from "../preferences.tsx";
import { useSession } from "../session-context.tsx";
import { ticker, usePaced } from "../ticker.ts";
import { barScale } from "./bar-scale.ts";
import type { Counts } from "./select-devices.ts";

/** The fleet in four figures, of all its devices. */
export function Summary({ counts }: { readonly counts: Counts }): ReactElement {
  const text = useText();
  const formats = useFormats();
  const session = useSession();
  const { store } = session;
  const readings = usePaced(() => formats.count(store.readings), 250);
  const rate = usePaced(() => formats.rate(store.rate.perSecond(session.now())), 500);
  return (
    <section aria-label={text.fleet} className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Tile
        name={text.summary.devices}
        figure={counts.unknown > 0 && counts.unknown === counts.all ? "–" : formats.count(counts.live)}
        beside={text.summary.ofTotal(formats.count(counts.all))}
      >
        <StateBar counts={counts} />
      </Tile>
      <Tile name={text.summary.rate} figure={rate}>
        <RateBars />
      </Tile>
      <Tile name={text.summary.readings} figure={readings}>
        <p className="text-xs text-muted">
          {session.source?.kind === "relay" ? text.summary.receivedWithHistory : text.summary.received}
        </p>
      </Tile>
      <Attention />
    </section>
  );
}

function Tile({
  name,
  figure,
  beside,
  children,
}: {
  readonly name: string;
  readonly figure: string;
  readonly beside?: string;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <div className="flex min-h-28 flex-col rounded-2xl border border-line bg-surface p-4 shadow-card">
      <h2 className="text-[13px] text-muted">{name}</h2>
      <p className="tnum mt-1 text-[26px] leading-9 font-semibold tracking-tight">
        {figure}
        {beside !== undefined && <span className="ml-1.5 text-sm font-normal text-muted">{beside}</span>}
      </p>
      <div className="mt-auto pt-1.5">{children}</div>
    </div>
  );
}

/** The shares of live, quiet and silent devices, and of those of which that is not known. */
function StateBar({ counts }: { readonly counts: Counts }): ReactElement {
  const text = useText();
  const formats = useFormats();
  const parts = [
    { key: "live", colour: "bg-dot-ok" },
    { key: "quiet", colour: "bg-dot-warn" },
    { key: "silent", colour: "bg-dot-bad" },
    { key: "unknown", colour: "bg-line-strong" },
  ] as const;
  const words = parts
    .filter(({ key }) => counts[key] > 0)
    .map(({ key }) => `${formats.count(counts[key])} ${text.summary[key]}`)
    .join(", ");
  return (
    <>
      <p className="tnum truncate text-xs text-muted">{words || "\u00a0"}</p>
      <span aria-hidden="true" className="mt-1.5 flex h-1 gap-0.5 overflow-hidden rounded-full bg-sunken">
        {parts
          .filter(({ key }) => counts[key] > 0)
          .map(({ key, colour }) => (
            <span key={key} className={colour} style={{ flexGrow: counts[key] }} />
          ))}
      </span>
    </>
  );
}

/** Messages of each second of the last minute, as bars. */
function RateBars(): ReactElement {
  const session = useSession();
  const { theme } = usePreferences();
  const text = useText();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(
    () =>
      ticker.every(1_000, () => {
        if (canvas.current !== null)
          drawBars(canvas.current, session.store.rate.history(session.now()), seriesColour(theme, 0));
      }),
    [session, theme],
  );
  return <canvas ref={canvas} role="img" aria-label={text.summary.lastMinute} className="h-7 w-full" />;
}

function drawBars(canvas: HTMLCanvasElement, counts: readonly number[], colour: string): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0) return;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  const most = barScale(counts);
  const step = width / counts.length;
  context.fillStyle = colour;
  for (const [index, count] of counts.entries()) {
    const bar = Math.max(1, Math.min(1, count / most) * height);
    context.globalAlpha = count === 0 ? 0.2 : 0.35 + (0.65 * index) / counts.length;
    context.fillRect(index * step, height - bar, Math.max(1, step - 1.5), bar);
  }
}

function Attention(): ReactElement {
  const text = useText();
  const formats = useFormats();
  const session = useSession();
  const { store } = session;
  const isReceiving = usePaced(() => session.isReceiving, 500);
  const late = usePaced(() => store.marked.late, 500);
  const malformed = usePaced(() => store.marked.malformed, 500);
  const clock = usePaced(() => store.marked.clock, 500);
  const gaps = usePaced(() => store.gaps.pushed, 500);
  const lines = [
    gaps > 0 && text.summary.gaps(formats.count(gaps)),
    malformed > 0 && text.summary.malformed(formats.count(malformed)),
    late > 0 && text.summary.late(formats.count(late)),
    clock > 0 && text.summary.clock(formats.count(clock)),
  ].filter((line) => line !== false);
  const total = late + malformed + clock + gaps;
  // Nobody says that all is well while nobody looks.
  const isKnown = isReceiving || total > 0;
  return (
    <Tile name={text.summary.attention} figure={isKnown ? formats.count(total) : "–"}>
      <p className={`tnum flex items-center gap-1.5 text-xs ${total > 0 ? "text-warn" : "text-muted"}`}>
        {total > 0 && <TriangleAlert size={13} className="shrink-0" />}
        <span className="truncate" title={lines.join(", ")}>
          {lines.join(", ") || (isKnown ? text.summary.nothing : text.freshness.unknown)}
        </span>
      </p>
    </Tile>
  );
}
