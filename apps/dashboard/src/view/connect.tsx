import { Checkbox } from "@base-ui/react/checkbox";
import { Field } from "@base-ui/react/field";
import { Tabs } from "@base-ui/react/tabs";
import { Check, CircleAlert, Eye, EyeOff, History } from "lucide-react";
import { type ReactElement, type RefObject, useEffect, useId, useState } from "react";
import type { PageConfig } from "../source/page-config.ts";
import { type Probe, probeRelay } from "../source/relay-probe.ts";
import { parseRelayUrl } from "../source/relay-url.ts";
import { type Remembered, remember } from "../source/secrets.ts";
import type { Problem } from "../source/source.ts";
import { type FormProblem, Problems, refusedBy, useRefusal, useSubmit } from "./connect-problems.tsx";
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
}

/** Where to connect to, and with what. */
export default function Connect(props: ConnectProps): ReactElement {
  const { config, last } = props;
  const text = useText();
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
        <h1 className="mt-5 text-2xl font-semibold tracking-tight">{text.connect.title}</h1>
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
  return refusal === null ? [] : [refusedBy(refusal)];
}

function RelayForm({ config, keyNeeded, last: tried, refusal, onConnect }: ConnectProps): ReactElement {
  const text = useText();
  const last = tried?.kind === "relay" ? tried : null;
  const told = last === null ? null : refusal;
  const [url, setUrl] = useState(last?.url ?? (config.relay || location.origin));
  const [key, setKey] = useState(told === null ? "" : (last?.secret ?? ""));
  const [keep, setKeep] = useState(false);
  const { isBusy, problems, onSubmit } = useSubmit(told, async () => {
    const parsed = parseRelayUrl(url, location.origin);
    if ("problem" in parsed) return [{ type: "typed", words: parsed.problem }];
    return submit({ kind: "relay", url: parsed.baseUrl, secret: key.trim() }, { keep, onConnect });
  });
  const refused = useRefusal(problems, "secret");
  const access = useAccess(last?.url ?? null);
  // What the relay said holds for its address alone.
  const said = last === null || url === last.url ? access : null;
  const isNeeded = said === "key-needed" || (keyNeeded && last === null) || refused.error !== null;
  return (
    <form onSubmit={onSubmit} className="space-y-4" noValidate>
      <TextField
        label={text.connect.relayUrl}
        hint={text.connect.relayUrlHint}
        value={url}
        onChange={setUrl}
        type="url"
        refused={useRefusal(problems, "url")}
      />
      <SecretField
        label={text.connect.key}
        hint={
          isNeeded ? text.connect.keyNeeded : said === "open" ? text.connect.keyOpen : text.connect.keyHint
        }
        value={key}
        onChange={setKey}
        refused={refused}
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
  const told = last === null ? null : refusal;
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
        refused={useRefusal(problems, "url")}
      />
      <SecretField
        label={text.connect.token}
        hint={text.connect.tokenHint}
        value={token}
        onChange={setToken}
        refused={useRefusal(problems, "secret")}
      />
      <TextField
        label={text.connect.topic}
        value={topic}
        onChange={setTopic}
        refused={useRefusal(problems, "topic")}
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

const INPUT =
  "h-10 w-full rounded-lg border border-line-strong bg-sunken px-3 text-sm text-ink placeholder:text-faint focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent";

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What the other side refused about it, and the way to bring the focus there. */
  readonly refused: { readonly error: string | null; readonly input: RefObject<HTMLInputElement | null> };
}

function TextField({
  label,
  hint,
  value,
  onChange,
  refused,
  type = "text",
}: FieldProps & { readonly type?: string }): ReactElement {
  return (
    <Field.Root invalid={refused.error !== null}>
      <Field.Label className="mb-1.5 block text-sm font-medium">{label}</Field.Label>
      <Field.Control
        ref={refused.input}
        type={type}
        value={value}
        onValueChange={onChange}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className={INPUT}
      />
      <FieldError error={refused.error} />
      {hint !== undefined && (
        <Field.Description className="mt-1.5 text-xs text-muted">{hint}</Field.Description>
      )}
    </Field.Root>
  );
}

function SecretField({ label, hint, value, onChange, refused }: FieldProps): ReactElement {
  const text = useText();
  const [isShown, setShown] = useState(false);
  const action = isShown ? text.connect.hide : text.connect.show;
  return (
    <Field.Root invalid={refused.error !== null}>
      <Field.Label className="mb-1.5 block text-sm font-medium">{label}</Field.Label>
      <div className="relative">
        <Field.Control
          ref={refused.input}
          type={isShown ? "text" : "password"}
          value={value}
          onValueChange={onChange}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className={`${INPUT} pr-11 font-mono`}
        />
        <Button
          kind="quiet"
          isIcon
          aria-label={`${action}: ${label}`}
          onClick={() => setShown(!isShown)}
          className="absolute top-0.5 right-0.5"
        >
          {isShown ? <EyeOff size={16} /> : <Eye size={16} />}
        </Button>
      </div>
      <FieldError error={refused.error} />
      {hint !== undefined && (
        <Field.Description className="mt-1.5 text-xs text-muted">{hint}</Field.Description>
      )}
    </Field.Root>
  );
}

/** Why what is in the field was refused, and what to do; read out when it appears. */
function FieldError({ error }: { readonly error: string | null }): ReactElement | null {
  if (error === null) return null;
  return (
    <div role="alert" className="mt-1.5">
      <Field.Error match className="flex gap-2 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
        <CircleAlert size={16} className="mt-0.5 shrink-0" />
        <span className="min-w-0">{error}</span>
      </Field.Error>
    </div>
  );
}

function Keep({
  checked,
  onChange,
}: {
  readonly checked: boolean;
  readonly onChange: (on: boolean) => void;
}): ReactElement {
  const text = useText();
  const id = useId();
  return (
    <div className="flex gap-2.5">
      <Checkbox.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        aria-describedby={`${id}-hint`}
        className="mt-0.5 grid size-4.5 shrink-0 place-items-center rounded border border-line-strong bg-sunken data-checked:border-accent data-checked:bg-accent"
      >
        <Checkbox.Indicator className="text-accent-ink">
          <Check size={13} strokeWidth={3} />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <div className="text-sm">
        <label htmlFor={id}>{text.connect.remember}</label>
        <p id={`${id}-hint`} className="text-xs text-muted">
          {text.connect.rememberHint}
        </p>
      </div>
    </div>
  );
}

function Submit({ isBusy }: { readonly isBusy: boolean }): ReactElement {
  const text = useText();
  return (
    <Button type="submit" kind="primary" disabled={isBusy} className="h-10! w-full">
      {isBusy ? text.connect.connecting : text.connect.submit}
    </Button>
  );
}
