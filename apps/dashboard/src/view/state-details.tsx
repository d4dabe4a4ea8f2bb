import type { ReactElement, ReactNode } from "react";
import type { StoredGap } from "../data/fleet-store.ts";
import { visibleText } from "../data/names.ts";
import type { LinkState } from "../source/source.ts";
import { useFormats, useText } from "./preferences.tsx";
import { useSession, useSessionState } from "./session-context.tsx";
import { Countdown } from "./state-banner.tsx";
import { DOT, problemWords, toneOf } from "./state-words.ts";
import { usePaced } from "./ticker.ts";

/** All that is known of the connection. */
export default function Details(): ReactElement {
  const text = useText();
  const formats = useFormats();
  const session = useSession();
  const { link, upstream } = useSessionState();
  const source = session.source;
  const name = source?.kind === "direct" ? text.state.broker : text.state.relay;
  const received = usePaced(
    () =>
      text.state.messagesAndReadings(
        formats.count(session.store.messages),
        formats.count(session.store.readings),
      ),
    500,
  );
  const rate = usePaced(() => formats.rate(session.store.rate.perSecond(session.now())), 500);
  const lag = usePaced(
    () => (session.isReceiving ? text.state.ms(formats.count(Math.round(session.lag.lagMs))) : "–"),
    500,
  );
  return (
    <dl className="tnum grid grid-cols-2 gap-3">
      <Entry name={text.state.ofPage(name)}>
        <LinkWords link={link} />
        {source !== undefined && (
          <p className="truncate font-mono text-xs text-faint" title={source.address}>
            {visibleText(source.address)}
          </p>
        )}
      </Entry>
      {upstream !== null && (
        <Entry name={text.state.relayToBroker}>
          <LinkWords link={upstream} />
        </Entry>
      )}
      <Entry name={text.state.rateTitle} isShort>
        {rate}
      </Entry>
      <Entry name={text.state.lagTitle} isShort>
        {lag}
      </Entry>
      <Entry name={source?.kind === "relay" ? text.state.receivedWithHistory : text.state.received}>
        {received}
      </Entry>
      <Entry name={text.state.gaps}>
        <GapList />
      </Entry>
    </dl>
  );
}

function Entry({
  name,
  isShort = false,
  children,
}: {
  readonly name: string;
  readonly isShort?: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div className={isShort ? "" : "col-span-2"}>
      <dt className="text-xs text-faint">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function LinkWords({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  return (
    <>
      <p className="flex items-center gap-2">
        <span className={`size-2 rounded-full ${DOT[toneOf(link)]}`} />
        {text.state[link.type]}
        {link.type === "waiting" && <Countdown retryAt={link.retryAt} />}
      </p>
      {"problem" in link && link.problem !== null && (
        <p className="mt-0.5 text-muted">{problemWords(link.problem, text)}</p>
      )}
    </>
  );
}

/** More of them than this stand in the log of the relay. */
const SHOWN_GAPS = 5;

function GapList(): ReactElement {
  const text = useText();
  const session = useSession();
  const count = usePaced(() => session.store.gaps.pushed, 500);
  if (count === 0) return <p>{text.state.noGaps}</p>;
  return (
    <ul className="mt-1 space-y-1.5">
      {session.store.gaps
        .toArray()
        .slice(-SHOWN_GAPS)
        .reverse()
        .map((gap) => (
          <GapEntry key={`${gap.kind}${gap.from}${gap.to}`} gap={gap} />
        ))}
    </ul>
  );
}

function GapEntry({ gap }: { readonly gap: StoredGap }): ReactElement {
  const text = useText();
  const formats = useFormats();
  const time = (at: number | null) => (at === null ? text.gap.open : formats.time(at));
  return (
    <li className="flex items-baseline gap-2">
      <span
        className={`size-2 shrink-0 rounded-full ${gap.kind === "certain" ? "bg-bad" : gap.kind === "skipped" ? "bg-dot-bad" : "bg-dot-warn"}`}
      />
      <span>
        {text.gap[gap.kind]}
        <span className="tnum block text-xs text-muted">{text.gap.range(time(gap.from), time(gap.to))}</span>
      </span>
    </li>
  );
}
