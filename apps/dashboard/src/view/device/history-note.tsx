import { History } from "lucide-react";
import type { ReactElement } from "react";
import type { DeviceDetail } from "../../data/device-detail.ts";
import { useFormats, useText } from "../preferences.tsx";
import { usePaced } from "../ticker.ts";

/** Why there is no more of the past, if there is not. */
export default function HistoryNote({ detail }: { readonly detail: DeviceDetail }): ReactElement | null {
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
