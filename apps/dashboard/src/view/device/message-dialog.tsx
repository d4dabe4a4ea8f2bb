import { Dialog } from "@base-ui/react/dialog";
import { Check, Copy, X } from "lucide-react";
import { type ReactElement, type ReactNode, useState } from "react";
import type { LoggedMessage } from "../../data/device-detail.ts";
import { lineOf } from "../../data/incoming.ts";
import { visibleText } from "../../data/names.ts";
import { WARNINGS } from "../../text/warnings.ts";
import { Button, buttonClass } from "../parts/button.tsx";
import { Tag } from "../parts/tag.tsx";
import { useFormats, usePreferences, useText } from "../preferences.tsx";
import { indentJson } from "./indent-json.ts";
import { payloadOf } from "./payload.ts";

/** The whole of one message. */
export default function MessageDialog({
  logged,
  onClose,
}: {
  readonly logged: LoggedMessage | null;
  readonly onClose: () => void;
}): ReactElement {
  const text = useText();
  return (
    <Dialog.Root open={logged !== null} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/40 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup className="pop fixed top-1/2 left-1/2 z-50 flex max-h-[85dvh] w-[min(42rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 flex-col rounded-2xl border border-line bg-surface shadow-pop outline-none">
          <div className="flex items-center justify-between border-b border-line py-2 pr-2 pl-5">
            <Dialog.Title className="font-semibold">{text.device.details}</Dialog.Title>
            <Dialog.Close aria-label={text.device.close} className={buttonClass("quiet", true)}>
              <X size={18} />
            </Dialog.Close>
          </div>
          {logged !== null && <Content logged={logged} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Of a payload of megabytes, this much is shown; all of it can be copied. */
const MAX_SHOWN = 20_000;

function Content({ logged: { message, marks } }: { readonly logged: LoggedMessage }): ReactElement {
  const text = useText();
  const { language } = usePreferences();
  const formats = useFormats();
  const hints = {
    late: text.device.lateHint,
    clock: text.device.clockHint,
    malformed: text.device.malformedHint,
  };
  return (
    <div className="overflow-auto p-5">
      <dl className="mb-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 text-sm">
        <Entry name={text.device.received}>{formats.dateTime(message.receivedAt)}</Entry>
        <Entry name={text.device.deviceTime}>
          {message.timestamp === null ? "–" : formats.dateTime(message.timestamp)}
        </Entry>
        <Entry name={text.device.topic}>
          <bdi className="font-mono text-xs break-all">{visibleText(message.topic, 1_000)}</bdi>
        </Entry>
      </dl>
      {(marks.length > 0 || message.warnings.length > 0) && (
        <ul className="mb-4 space-y-1.5 text-sm">
          {marks.map((mark) => (
            <li key={mark} className="flex items-baseline gap-2">
              <Tag tone={mark === "malformed" ? "bad" : "warn"}>{text.device[mark]}</Tag>
              <span className="text-muted">{hints[mark]}</span>
            </li>
          ))}
          {message.warnings.map((warning) => (
            <li key={warning} className="text-muted">
              {WARNINGS[language][warning] ?? visibleText(String(warning))}
            </li>
          ))}
        </ul>
      )}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll, so the keyboard must reach it
        tabIndex={0}
        className="max-h-80 overflow-auto rounded-lg bg-sunken p-3.5 font-mono text-xs break-all whitespace-pre-wrap"
      >
        {pretty(payloadOf(message), message.format)}
      </pre>
      <div className="mt-4 flex justify-end">
        <CopyButton content={() => lineOf(message)} />
      </div>
    </div>
  );
}

function pretty(payload: string, format: string): string {
  const lines = format === "json" && payload.length <= MAX_SHOWN ? indentJson(payload) : payload;
  return lines
    .slice(0, MAX_SHOWN)
    .split("\n")
    .map((line) => visibleText(line, MAX_SHOWN))
    .join("\n");
}

function Entry({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="tnum">{children}</dd>
    </>
  );
}

function CopyButton({ content }: { readonly content: () => string }): ReactElement {
  const text = useText();
  const [isCopied, setCopied] = useState(false);
  return (
    <Button
      onClick={() => {
        void navigator.clipboard?.writeText(content()).then(() => setCopied(true));
      }}
    >
      {isCopied ? <Check size={15} /> : <Copy size={15} />}
      {isCopied ? text.device.copied : text.device.copy}
    </Button>
  );
}
