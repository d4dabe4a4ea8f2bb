import { type ReactElement, Suspense, useEffect, useState } from "react";
import { lazyPart } from "./lazy-part.ts";

const ShortcutsDialog = lazyPart(() => import("./shortcuts-dialog.tsx"));

/** Asks for the list of shortcuts. */
export const SHOW_SHORTCUTS = "tesa-show-shortcuts";

/** Calls back for a key that is pressed outside of a field, without a modifier; it says whether it took the key. */
export function useKey(onKey: (key: string) => boolean): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (!isTaken(event.target) && onKey(event.key)) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [onKey]);
}

/** Keys belong to a field, and to what is open above the page. */
function isTaken(target: EventTarget | null): boolean {
  const owners = "input, textarea, select, [role=menu], [role=listbox], [role=dialog]";
  const isOpen = document.querySelector(":popover-open, [role=dialog]:not([popover])") !== null;
  return isOpen || (target instanceof Element && target.closest(owners) !== null);
}

/** The list of shortcuts, when `?` is pressed or it is asked for. */
export function Shortcuts(): ReactElement | null {
  const [isOpen, setOpen] = useState(false);
  useKey((key) => {
    if (key !== "?") return false;
    setOpen(true);
    return true;
  });
  useEffect(() => {
    const show = () => setOpen(true);
    addEventListener(SHOW_SHORTCUTS, show);
    return () => removeEventListener(SHOW_SHORTCUTS, show);
  }, []);
  if (!isOpen) return null;
  return (
    <Suspense>
      <ShortcutsDialog onClose={() => setOpen(false)} />
    </Suspense>
  );
}
