import { Download, Pause, Play, ZoomOut } from "lucide-react";
import type { ReactElement } from "react";
import type { TimeRange } from "../../data/columns.ts";
import type { DeviceDetail } from "../../data/device-detail.ts";
import { Button } from "../parts/button.tsx";
import { Choice } from "../parts/choice.tsx";
import { useFormats, useText } from "../preferences.tsx";
import { usePaced } from "../ticker.ts";
import {
  goLive,
  liveWindow,
  pause,
  resetZoom,
  type View,
  WINDOW_NAMES,
  type WindowName,
} from "./view-range.ts";

interface ToolbarProps {
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly now: () => number;
  readonly onExport: (format: "csv" | "ndjson") => void;
  readonly detail: DeviceDetail;
}

/** Which stretch of time is shown, whether it stands still, and its export. */
export function Toolbar({ view, onView, now, onExport, detail }: ToolbarProps): ReactElement {
  const text = useText();
  const still = view.mode.type === "still" ? view.mode : null;
  const isZoomed = resetZoom(view) !== null;
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
      {still !== null ? (
        <Button kind="primary" onClick={() => onView(goLive(view))}>
          {isZoomed ? <ZoomOut size={16} /> : <Play size={16} />}
          {isZoomed ? text.device.backToLive : text.device.resume}
        </Button>
      ) : (
        <Button onClick={() => onView(pause(view, now()))}>
          <Pause size={16} /> {text.device.pause}
        </Button>
      )}
      {still !== null && <StillNote detail={detail} range={still.range} isZoomed={isZoomed} />}
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
