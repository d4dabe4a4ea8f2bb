import { CircleAlert, CloudOff } from "lucide-react";
import type { ReactElement } from "react";
import { Button } from "./parts/button.tsx";
import { useFormats, useText } from "./preferences.tsx";
import { useSessionHandle, useSessionState } from "./session-context.tsx";
import { leadingLink, problemWords } from "./state-words.ts";
import { useNow } from "./ticker.ts";

/** What is wrong with the connection, and what to do, across the page; nothing while all is well. */
export function StateBanner(): ReactElement {
  const { link, isUpstream } = leadingLink(useSessionState());
  return (
    <div role="status" aria-live="polite">
      {link.type === "waiting" && <Waiting link={link} isUpstream={isUpstream} />}
      {(link.type === "refused" || (link.type === "closed" && link.problem !== null)) && link.problem && (
        <Refused problem={link.problem} isUpstream={isUpstream} />
      )}
    </div>
  );
}

/** After these the broker was not lost: it has said no. */
const REFUSALS: ReadonlySet<string> = new Set(["token-refused", "subscription-refused"]);

function Waiting({
  link,
  isUpstream,
}: {
  readonly link: Extract<ReturnType<typeof leadingLink>["link"], { type: "waiting" }>;
  readonly isUpstream: boolean;
}): ReactElement {
  const text = useText();
  const { session } = useSessionHandle();
  return (
    <div className="border-b border-warn/25 bg-warn-soft text-warn">
      <div className="mx-auto flex max-w-[100rem] flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2 text-sm sm:px-6">
        <CloudOff size={16} className="shrink-0" />
        <p className="min-w-0 flex-1 basis-64">
          {isUpstream && (
            <strong className="font-semibold">
              {REFUSALS.has(link.problem.code) ? text.state.relayTries : text.state.relayWaits}{" "}
            </strong>
          )}
          {problemWords(link.problem, text)} <span aria-hidden="true">· </span>
          <Countdown retryAt={link.retryAt} />
        </p>
        {!isUpstream && (
          <Button onClick={() => session.source?.retryNow()} className="h-8! max-sm:ml-7">
            {text.state.tryNow}
          </Button>
        )}
      </div>
    </div>
  );
}

export function Countdown({ retryAt }: { readonly retryAt: number | null }): ReactElement | null {
  const text = useText();
  const formats = useFormats();
  const now = useNow(1_000);
  if (retryAt === null) return null;
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1_000));
  // Not read out each second: the banner is.
  return (
    <span className="tnum whitespace-nowrap" aria-hidden="true">
      {seconds === 0 ? text.state.tryingNow : text.state.nextTry(formats.count(seconds))}
    </span>
  );
}

function Refused({
  problem,
  isUpstream,
}: {
  readonly problem: { readonly code: string; readonly message: string | null };
  readonly isUpstream: boolean;
}): ReactElement {
  const text = useText();
  const { leave } = useSessionHandle();
  return (
    <div className="border-b border-bad/25 bg-bad-soft text-bad">
      <div className="mx-auto flex max-w-[100rem] flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5 text-sm sm:px-6">
        <CircleAlert size={16} className="shrink-0" />
        <p className="min-w-0 flex-1 basis-64">
          {isUpstream && <strong className="font-semibold">{text.state.relayToBroker}: </strong>}
          {problemWords(problem, text)}
        </p>
        {!isUpstream && (
          <Button onClick={leave} className="h-8! max-sm:ml-7">
            {text.state.change}
          </Button>
        )}
      </div>
    </div>
  );
}
