import { Checkbox } from "@base-ui/react/checkbox";
import { Field } from "@base-ui/react/field";
import { Tabs } from "@base-ui/react/tabs";
import { Check, Eye, EyeOff, History } from "lucide-react";
import { type ReactElement, useId, useState } from "react";
import type { PageConfig } from "../source/page-config.ts";
import { parseRelayUrl } from "../source/relay-url.ts";
import { type Remembered, remember } from "../source/secrets.ts";
import { Problems, useSubmit } from "./connect-problems.tsx";
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
  readonly onConnect: (wanted: Remembered) => Promise<void>;
}

/** Where to connect to, and with what. */
export default function Connect({ config, keyNeeded, last, onConnect }: ConnectProps): ReactElement {
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
            <RelayForm config={config} keyNeeded={keyNeeded} last={last} onConnect={onConnect} />
          </Tabs.Panel>
          <Tabs.Panel value="direct" className="p-5">
            <DirectForm config={config} last={last} onConnect={onConnect} />
          </Tabs.Panel>
        </Tabs.Root>
      </main>
    </div>
  );
}

function RelayForm({ config, keyNeeded, last, onConnect }: ConnectProps): ReactElement {
  const text = useText();
  const [url, setUrl] = useState(last?.kind === "relay" ? last.url : config.relay || location.origin);
  const [key, setKey] = useState("");
  const [keep, setKeep] = useState(false);
  const { isBusy, problems, onSubmit } = useSubmit(async () => {
    const parsed = parseRelayUrl(url, location.origin);
    if ("problem" in parsed) return [text.connect[parsed.problem]];
    const wanted: Remembered = { kind: "relay", url: parsed.baseUrl, secret: key.trim() };
    await onConnect(wanted);
    remember(keep ? wanted : null);
    return [];
  });
  return (
    <form onSubmit={onSubmit} className="space-y-4" noValidate>
      <TextField
        label={text.connect.relayUrl}
        hint={text.connect.relayUrlHint}
        value={url}
        onChange={setUrl}
        type="url"
      />
      <SecretField
        label={text.connect.key}
        hint={keyNeeded ? text.connect.keyNeeded : text.connect.keyHint}
        value={key}
        onChange={setKey}
      />
      <Keep checked={keep} onChange={setKeep} />
      <Problems lines={problems} />
      <Submit isBusy={isBusy} />
    </form>
  );
}

function DirectForm({ config, last, onConnect }: Omit<ConnectProps, "keyNeeded">): ReactElement {
  const text = useText();
  const [url, setUrl] = useState(last?.kind === "direct" ? last.url : config.brokerUrl);
  const [topic, setTopic] = useState(last?.kind === "direct" ? last.topic : config.topic);
  const [token, setToken] = useState("");
  const [keep, setKeep] = useState(false);
  const { isBusy, problems, onSubmit } = useSubmit(async () => {
    const missing = [
      ...(url.trim() === "" ? [text.connect.needBrokerUrl] : []),
      ...(token.trim() === "" ? [text.connect.needToken] : []),
      ...(topic.trim() === "" ? [text.connect.needTopic] : []),
    ];
    if (missing.length > 0) return missing;
    const wanted: Remembered = { kind: "direct", url: url.trim(), topic: topic.trim(), secret: token.trim() };
    await onConnect(wanted);
    remember(keep ? wanted : null);
    return [];
  });
  return (
    <form onSubmit={onSubmit} className="space-y-4" noValidate>
      <TextField label={text.connect.brokerUrl} value={url} onChange={setUrl} type="url" />
      <SecretField
        label={text.connect.token}
        hint={text.connect.tokenHint}
        value={token}
        onChange={setToken}
      />
      <TextField label={text.connect.topic} value={topic} onChange={setTopic} />
      <Keep checked={keep} onChange={setKeep} />
      <p className="flex gap-2 text-xs text-muted">
        <History size={14} className="mt-0.5 shrink-0" />
        {text.connect.directNote}
      </p>
      <Problems lines={problems} />
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
}

function TextField({
  label,
  hint,
  value,
  onChange,
  type = "text",
}: FieldProps & { readonly type?: string }): ReactElement {
  return (
    <Field.Root>
      <Field.Label className="mb-1.5 block text-sm font-medium">{label}</Field.Label>
      <Field.Control
        type={type}
        value={value}
        onValueChange={onChange}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className={INPUT}
      />
      {hint !== undefined && (
        <Field.Description className="mt-1.5 text-xs text-muted">{hint}</Field.Description>
      )}
    </Field.Root>
  );
}

function SecretField({ label, hint, value, onChange }: FieldProps): ReactElement {
  const text = useText();
  const [isShown, setShown] = useState(false);
  const action = isShown ? text.connect.hide : text.connect.show;
  return (
    <Field.Root>
      <Field.Label className="mb-1.5 block text-sm font-medium">{label}</Field.Label>
      <div className="relative">
        <Field.Control
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
      {hint !== undefined && (
        <Field.Description className="mt-1.5 text-xs text-muted">{hint}</Field.Description>
      )}
    </Field.Root>
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
