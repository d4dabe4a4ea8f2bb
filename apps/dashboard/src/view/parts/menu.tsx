import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";

interface MenuProps {
  readonly label: string;
  /** What the trigger shows. */
  readonly trigger: ReactNode;
  readonly triggerClass: string;
  readonly children: ReactNode;
}

export function Menu({ label, trigger, triggerClass, children }: MenuProps): ReactElement {
  return (
    <Base.Root modal={false}>
      <Base.Trigger aria-label={label} title={label} className={triggerClass}>
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end" className="z-50 outline-none">
          <Base.Popup className="pop min-w-48 rounded-xl border border-line bg-surface p-1 shadow-pop outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({
  onClick,
  children,
}: {
  readonly onClick: () => void;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Base.Item
      onClick={onClick}
      className="flex items-center gap-2.5 rounded-lg px-2.5 py-2 text-sm outline-none select-none data-highlighted:bg-sunken"
    >
      {children}
    </Base.Item>
  );
}
