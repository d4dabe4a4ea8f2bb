import type { ReactElement } from "react";
import { PreferencesPanel } from "./preferences-panel.tsx";
import { FLEET_HREF } from "./route.ts";
import { useSessionHandle } from "./session-context.tsx";
import { StatePill } from "./state-pill.tsx";

export function Header(): ReactElement {
  const { leave } = useSessionHandle();
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-canvas/85 backdrop-blur-md">
      <div className="mx-auto flex h-14 max-w-[100rem] items-center gap-2 px-4 sm:gap-3 sm:px-6">
        <a href={FLEET_HREF} className="mr-auto flex items-center gap-2.5 rounded-md">
          <Logo />
          <span className="text-[15px] font-semibold tracking-tight">
            Tesa<span className="font-normal text-muted max-[22rem]:hidden"> live</span>
          </span>
        </a>
        <StatePill />
        <PreferencesPanel onLeave={leave} />
      </div>
    </header>
  );
}

export function Logo(): ReactElement {
  return (
    <svg viewBox="0 0 32 32" className="size-7" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M5 17h5l3-8 5 15 3.5-10 1.5 3h4"
        fill="none"
        className="stroke-accent-ink"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
