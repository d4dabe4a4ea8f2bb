import { Tabs } from "@base-ui/react/tabs";
import { History } from "lucide-react";
import { type ReactElement, useEffect, useRef, useState } from "react";
import type { PageConfig } from "../source/page-config.ts";
import { type Probe, probeRelay } from "../source/relay-probe.ts";
import { parseRelayUrl } from "../source/relay-url.ts";
import { type Remembered, remember } from "../source/secrets.ts";
import type { Problem } from "../source/source.ts";
import { Keep, SecretField, Submit, TextField } from "./connect-fields.tsx";
import { type FormProblem, Problems, refusedBy, useFieldProblems, useSubmit } from "./connect-problems.tsx";
import { Logo } from "./header.tsx";
import { Button } from "./parts/button.tsx";
import { useText } from "./preferences.tsx";
import { PreferencesPanel } from "./preferences-panel.tsx";

interface ConnectProps {
  readonly config: PageConfig;
  /** There is a relay, and it wants a key. */
  readonly keyNeeded: boolean;
  /** What was tried last, to be changed. */
  readonly last: Remembered | null;
  /** Why that was refused, if it was: then its key or token stands in its field again. */
  readonly refusal: Problem | null;
  /** Gives why it was refused; `null` if it was not, as far as is known. */
  readonly onConnect: (wanted: Remembered) => Promise<Problem | null>;
  /** Back to the connection that runs on meanwhile; `null` where there is none. */
  readonly onCancel: (() => void) | null;
}

/** Where to connect to, and with what. */
export default function Connect(props: ConnectProps): ReactElement {
  const { config, last, onCancel } = props;
  const text = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  // What was pressed to come here is gone, and the focus with it.
  useEffect(() => {
    if (onCancel !== null) heading.current?.focus();
  }, [onCancel]);
  const [kind, setKind] = useState<Remembered["kind"]>(
    last?.kind ?? (config.relay === null ? "direct" : "relay"),
  );
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-end gap-1 p-3">
        <PreferencesPanel />
      </header>
      <main className="mx-auto w-full max-w-md px-5 pt-[min(10vh,6rem)] pb-16">
        <Logo />
        <h1 ref={heading} tabIndex={-1} className="mt-5 text-2xl font-semibold tracking-tight outline-none">
          {text.connect.title}
        </h1>
        <p className="mt-2 text-pretty text-muted">{text.connect.lead}</p>
        <Tabs.Root
          value={kind}
          onValueChange={(next: Remembered["kind"]) => setKind(next)}
          className="mt-7 rounded-2xl border border-line bg-surface shadow-card"
        >
          <Tabs.List className="relative flex gap-1 border-b border-line px-2">
            {(["relay", "direct"] as const).map((value) => (
              <Tabs.Tab
                key={value}
                value={value}
                className="-mb-px border-b-2 border-transparent px-3 py-3 text-sm font-medium text-muted hover:text-ink data-active:border-accent data-active:text-ink"
              >
                {value === "relay" ? text.connect.relayTab : text.connect.brokerTab}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="relay" className="p-5">
            <RelayForm {...props} />
          </Tabs.Panel>
          <Tabs.Panel value="direct" className="p-5">
            <DirectForm {...props} />
          </Tabs.Panel>
        </Tabs.Root>
        {onCancel !== null && (
          <Button kind="quiet" onClick={onCancel} className="mt-3 h-10! w-full">
            {text.connect.cancel}
          </Button>
        )}
      </main>
    </div>
  );
}

/** Connects, and remembers it if that is wanted and it was not refused. */
async function submit(
  wanted: Remembered,
  { keep, onConnect }: { readonly keep: boolean } & Pick<ConnectProps, "onConnect">,
): Promise<readonly FormProblem[]> {
  const refusal = await onConnect(wanted);
  remember(keep && refusal === null ? wanted : null);
  return refusal === null ? [] : [refusedBy(refusal, wanted)];
}

function RelayForm({ config, keyNeeded, last: tried, refusal, onConnect }: ConnectProps): ReactElement {
  const text = useText();
  const last = tried?.kind === "relay" ? tried : null;
  const told = last === null || refusal === null ? null : refusedBy(refusal, last);
  const [url, setUrl] = useState(last?.url ?? (config.relay || location.origin));
  const [key, setKey] = useState(told === null ? "" : (last?.secret ?? ""));
  const [keep, setKeep] = useState(false);
  const { isBusy, problems, onSubmit } = useSubmit(told, async () => {
    const parsed = parseRelayUrl(url, location.origin);
    if ("problem" in parsed) return [{ type: "typed", words: parsed.problem }];
    return submit({ kind: "relay", url: parsed.baseUrl, secret: key.trim() }, { keep, onConnect });
  });
  const secret = useFieldProblems(problems, "secret");
  const access = useAccess(last?.url ?? null);
  // What the relay said holds for its address alone.
  const said = last === null || url === last.url ? access : null;
  const isNeeded = said === "key-needed" || (keyNeeded && last === null) || secret.lines.length > 0;
  return (
    <form onSubmit={onSubmit} className="space-y-4" noValidate>
      <TextField
        label={text.connect.relayUrl}
        hint={text.connect.relayUrlHint}
        value={url}
        onChange={setUrl}
        type="url"
        wrong={useFieldProblems(problems, "url")}
      />
      <SecretField
        label={text.connect.key}
        hint={
          isNeeded ? text.connect.keyNeeded : said === "open" ? text.connect.keyOpen : text.connect.keyHint
        }
        value={key}
        onChange={setKey}
        wrong={secret}
      />
      <Keep checked={keep} onChange={setKeep} />
      <Problems problems={problems} />
      <Submit isBusy={isBusy} />
    </form>
  );
}

/** What the relay says that was tried last: whether it wants a key. `null` while that is not known. */
function useAccess(url: string | null): Probe | null {
  const [access, setAccess] = useState<Probe | null>(null);
  useEffect(() => {
    if (url === null) return;
    const abort = new AbortController();
    void probeRelay(url, (...args) => fetch(...args), abort.signal).then((found) => {
      if (!abort.signal.aborted) setAccess(found);
    });
    return () => abort.abort();
  }, [url]);
  return access;
}

function DirectForm({ config, last: tried, refusal, onConnect }: ConnectProps): ReactElement {
  const text = useText();
  const last = tried?.kind === "direct" ? tried : null;
  const told = last === null || refusal === null ? null : refusedBy(refusal, last);
  const [url, setUrl] = useState(last?.url ?? config.brokerUrl);
  const [topic, setTopic] = useState(last?.topic ?? config.topic);
  const [token, setToken] = useState(told === null ? "" : (last?.secret ?? ""));
  const [keep, setKeep] = useState(false);
  const { isBusy, problems, onSubmit } = useSubmit(told, async () => {
    const missing: FormProblem[] = [];
    if (url.trim() === "") missing.push({ type: "typed", words: "needBrokerUrl" });
    if (token.trim() === "") missing.push({ type: "typed", words: "needToken" });
    if (topic.trim() === "") missing.push({ type: "typed", words: "needTopic" });
    if (missing.length > 0) return missing;
    const wanted = { kind: "direct", url: url.trim(), topic: topic.trim(), secret: token.trim() } as const;
    return submit(wanted, { keep, onConnect });
  });
  return (
    <form onSubmit={onSubmit} className="space-y-4" noValidate>
      <TextField
        label={text.connect.brokerUrl}
        value={url}
        onChange={setUrl}
        type="url"
        wrong={useFieldProblems(problems, "url")}
      />
      <SecretField
        label={text.connect.token}
        hint={text.connect.tokenHint}
        value={token}
        onChange={setToken}
        wrong={useFieldProblems(problems, "secret")}
      />
      <TextField
        label={text.connect.topic}
        value={topic}
        onChange={setTopic}
        wrong={useFieldProblems(problems, "topic")}
      />
      <Keep checked={keep} onChange={setKeep} />
      <p className="flex gap-2 text-xs text-muted">
        <History size={14} className="mt-0.5 shrink-0" />
        {text.connect.directNote}
      </p>
      <Problems problems={problems} />
      <Submit isBusy={isBusy} />
    </form>
  );
}
