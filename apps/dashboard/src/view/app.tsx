import { CSPProvider } from "@base-ui/react/csp-provider";
import { type ReactElement, Suspense, useCallback, useEffect, useState } from "react";
import type { Session } from "../data/session.ts";
import { type PageConfig, readPageConfig } from "../source/page-config.ts";
import { probeRelay } from "../source/relay-probe.ts";
import { parseRelayUrl } from "../source/relay-url.ts";
import { type Remembered, readRemembered, remember } from "../source/secrets.ts";
import type { Problem } from "../source/source.ts";
import { Arrival, noteArrival } from "./arrival.tsx";
import { Header } from "./header.tsx";
import { lazyPart } from "./lazy-part.ts";
import { openSession, untilAnswered } from "./open-session.ts";
import { PreferencesProvider, useText } from "./preferences.tsx";
import { parseRoute, useRoute } from "./route.ts";
import { SessionContext } from "./session-context.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { ShowOrSay } from "./show-or-say.tsx";
import { StateBanner } from "./state-banner.tsx";
import { useLoadAhead } from "./use-load-ahead.ts";
import { useRecovery } from "./use-recovery.ts";

const VIEWS = {
  fleet: () => import("./fleet/fleet.tsx"),
  device: () => import("./device/device-page.tsx"),
};
const Connect = lazyPart(() => import("./connect.tsx"));
const Fleet = lazyPart(VIEWS.fleet);
const DevicePage = lazyPart(VIEWS.device);

export function App(): ReactElement {
  // It comes while the relay is looked for. What fails here is tried again when it is shown.
  useEffect(() => void VIEWS[parseRoute(location.hash).view]().catch(() => {}), []);
  return (
    <CSPProvider disableStyleElements>
      <PreferencesProvider>
        <ShowOrSay>
          <Connection />
        </ShowOrSay>
      </PreferencesProvider>
    </CSPProvider>
  );
}

/** Where the page stands before there is something to see. */
type Stage =
  | { readonly type: "looking" }
  | {
      readonly type: "asking";
      readonly config: PageConfig;
      readonly keyNeeded: boolean;
      readonly last: Remembered | null;
      /** Why that was refused, if it was. */
      readonly refusal: Problem | null;
      /** What goes on until another connection takes its place. */
      readonly running: { readonly session: Session; readonly onCancel: () => void } | null;
    }
  | {
      readonly type: "open";
      readonly session: Session;
      readonly config: PageConfig;
      readonly as: Remembered;
    };

function Connection(): ReactElement {
  const [stage, setStage] = useState<Stage>({ type: "looking" });
  const ask = useCallback((config: PageConfig, last: Remembered, refusal: Problem | null) => {
    remember(null);
    setStage({ type: "asking", config, keyNeeded: false, last, refusal, running: null });
  }, []);
  useEffect(() => {
    if (stage.type !== "looking") return;
    const abort = new AbortController();
    void lookAround(abort.signal).then(async ({ config, found, keyNeeded }) => {
      if (abort.signal.aborted) return;
      const asking = { type: "asking", config, keyNeeded, refusal: null, running: null } as const;
      if (found === null) setStage({ ...asking, last: null });
      else
        await openSession(found).then(
          (session) => setStage({ type: "open", session, config, as: found }),
          () => setStage({ ...asking, last: found }),
        );
    });
    return () => abort.abort();
  }, [stage.type]);
  useEffect(() => {
    if (stage.type !== "open") return;
    const { session, config, as } = stage;
    // Refused before anything came: there is nothing to see here, and something to put right there.
    const look = () => {
      const { link } = session.getState();
      if (link.type !== "refused" || session.store.reception.startedAt !== null) return;
      session.close();
      ask(config, as, link.problem);
    };
    const stop = session.subscribe(look);
    look();
    return stop;
  }, [stage, ask]);
  if (stage.type === "looking") return <Looking />;
  if (stage.type === "asking") {
    const { config, keyNeeded, last, refusal, running } = stage;
    const connect = async (wanted: Remembered): Promise<Problem | null> => {
      const session = await openSession(wanted);
      const refused = await untilAnswered(session);
      if (refused !== null) session.close();
      else {
        running?.session.close();
        noteArrival(session);
        setStage({ type: "open", session, config, as: wanted });
      }
      return refused;
    };
    return (
      <Suspense fallback={<Looking />}>
        <Connect
          config={config}
          keyNeeded={keyNeeded}
          last={last}
          refusal={refusal}
          onConnect={connect}
          onCancel={running?.onCancel ?? null}
        />
      </Suspense>
    );
  }
  const leave = () => {
    const { session, config, as } = stage;
    const { link } = session.getState();
    if (link.type === "refused") {
      session.close();
      ask(config, as, link.problem);
      return;
    }
    const wasKept = readRemembered() !== null;
    // Whoever reloads the page now is asked.
    remember(null);
    const onCancel = () => {
      if (wasKept) remember(as);
      noteArrival(session);
      setStage(stage);
    };
    setStage({
      type: "asking",
      config,
      keyNeeded: false,
      last: as,
      refusal: null,
      running: { session, onCancel },
    });
  };
  return (
    <SessionContext value={{ session: stage.session, leave }}>
      <Page />
    </SessionContext>
  );
}

/** What is served with the page, what this tab remembers, and whether there is a relay that needs no key. */
async function lookAround(signal: AbortSignal): Promise<{
  readonly config: PageConfig;
  readonly found: Remembered | null;
  readonly keyNeeded: boolean;
}> {
  const fetchIt: typeof fetch = (...args) => fetch(...args);
  const config = await readPageConfig(fetchIt);
  const found = readRemembered();
  if (found !== null || config.relay === null) return { config, found, keyNeeded: false };
  const url = parseRelayUrl(config.relay, location.origin);
  if ("problem" in url) return { config, found: null, keyNeeded: false };
  const probe = await probeRelay(url.baseUrl, fetchIt, signal);
  return {
    config,
    found: probe === "open" ? { kind: "relay", url: url.baseUrl, secret: "" } : null,
    keyNeeded: probe === "key-needed",
  };
}

function Looking(): ReactElement {
  const text = useText();
  return (
    <main className="grid min-h-dvh place-items-center">
      <p className="flex items-center gap-3 text-sm text-muted" role="status">
        <span className="size-4 animate-spin rounded-full border-2 border-line-strong border-t-accent" />
        {text.connect.looking}
      </p>
    </main>
  );
}

function Page(): ReactElement {
  const route = useRoute();
  const text = useText();
  useRecovery();
  useLoadAhead();
  return (
    <>
      <button
        type="button"
        onClick={() => document.getElementById("content")?.focus()}
        className="sr-only rounded-lg bg-accent px-4 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50"
      >
        {text.skipToContent}
      </button>
      <Header />
      <StateBanner />
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto w-full max-w-[100rem] px-4 pt-5 pb-16 outline-none sm:px-6"
      >
        <ShowOrSay key={route.view === "device" ? `device ${route.deviceId}` : route.view}>
          <Suspense fallback={<div className="skeleton mt-2 h-96" />}>
            {route.view === "fleet" ? (
              <Fleet />
            ) : (
              <DevicePage key={route.deviceId} deviceId={route.deviceId} />
            )}
            <Arrival key={route.view === "fleet" ? "fleet" : `device ${route.deviceId}`} route={route} />
          </Suspense>
        </ShowOrSay>
      </main>
      <Shortcuts />
    </>
  );
}
