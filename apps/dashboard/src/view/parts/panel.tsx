import { type ReactElement, type ReactNode, useId, useRef, useState } from "react";

interface PanelProps {
  /** What the trigger is for; whoever cannot see it hears this first, and then what it shows. */
  readonly label: string;
  readonly title: string;
  /** What the trigger shows. */
  readonly trigger: ReactNode;
  readonly triggerClass: string;
  /** For tests and styles: what the trigger stands for. */
  readonly state?: string;
  /** What is in it, while it is open; `close` closes it. */
  readonly children: (close: () => void) => ReactNode;
}

/**
 * A panel that opens from the header. The browser's own popover: Escape, clicks beside it and the way of the focus are
 * its work, and it weighs nothing in the first load.
 */
export function Panel({ label, title, trigger, triggerClass, state, children }: PanelProps): ReactElement {
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        title={label}
        data-state={state}
        popoverTarget={id}
        className={triggerClass}
      >
        <span className="sr-only">{label}</span>
        {trigger}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={title}
        onToggle={(event) => setOpen(event.newState === "open")}
        className="panel fixed inset-auto top-15 right-3 w-[min(22rem,calc(100vw-1.5rem))] rounded-2xl border border-line bg-surface p-4 text-sm text-ink shadow-pop sm:right-6"
      >
        <h2 className="mb-3 font-semibold">{title}</h2>
        {isOpen && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}
