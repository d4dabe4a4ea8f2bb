import { type ReactElement, Suspense } from "react";
import { lazyPart } from "./lazy-part.ts";
import { Panel } from "./parts/panel.tsx";
import { useFormats, useText } from "./preferences.tsx";
import { useSession, useSessionState } from "./session-context.tsx";
import { Countdown } from "./state-banner.tsx";
import { DOT, leadingLink, toneOf } from "./state-words.ts";
import { usePaced } from "./ticker.ts";

/** Comes when somebody asks for it. */
const Details = lazyPart(() => import("./state-details.tsx"));

/** A lag below this is nobody's concern. */
const WORTH_TELLING_MS = 1_000;

/** Where the connection stands, in a few words; the rest behind it. */
export function StatePill(): ReactElement {
  const text = useText();
  const { link } = leadingLink(useSessionState());
  return (
    <Panel
      label={text.state.details}
      title={text.state.title}
      state={link.type}
      triggerClass="tnum flex h-9 min-w-0 items-center gap-2 rounded-full border border-line bg-surface px-3 text-[13px] shadow-card hover:border-line-strong"
      trigger={
        <>
          <span className={`size-2 shrink-0 rounded-full ${DOT[toneOf(link)]}`} />
          <span className="font-medium whitespace-nowrap">{text.state[link.type]}</span>
          {link.type === "live" && <LiveFigures />}
          {link.type === "waiting" && (
            <span className="text-muted max-sm:hidden">
              <Countdown retryAt={link.retryAt} />
            </span>
          )}
        </>
      }
    >
      {() => (
        <Suspense fallback={<div className="skeleton h-48" />}>
          <Details />
        </Suspense>
      )}
    </Panel>
  );
}

function LiveFigures(): ReactElement {
  const text = useText();
  const formats = useFormats();
  const session = useSession();
  const rate = usePaced(() => formats.rate(session.store.rate.perSecond(session.now())), 500);
  const lag = usePaced(() => Math.round(session.lag.lagMs / 100) * 100, 500);
  return (
    <>
      <span className="text-muted max-sm:hidden">{text.state.rate(rate)}</span>
      {lag >= WORTH_TELLING_MS && <span className="text-warn">{text.state.lag(formats.count(lag))}</span>}
    </>
  );
}
