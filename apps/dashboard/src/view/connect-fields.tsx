import { Checkbox } from "@base-ui/react/checkbox";
import { Field } from "@base-ui/react/field";
import { Check, CircleAlert, Eye, EyeOff } from "lucide-react";
import { type ReactElement, useId, useState } from "react";
import type { FieldProblems, ProblemLine } from "./connect-problems.tsx";
import { Button } from "./parts/button.tsx";
import { useText } from "./preferences.tsx";

const INPUT =
  "h-10 w-full rounded-lg border border-line-strong bg-sunken px-3 text-sm text-ink placeholder:text-faint focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent";

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly wrong: FieldProblems;
}

/** A line of text, with what it is for below it. */
export function TextField({
  label,
  hint,
  value,
  onChange,
  wrong,
  type = "text",
}: FieldProps & { readonly type?: string }): ReactElement {
  return (
    <Field.Root invalid={wrong.lines.length > 0}>
      <Field.Label className="mb-1.5 block text-sm font-medium">{label}</Field.Label>
      <Field.Control
        ref={wrong.input}
        type={type}
        value={value}
        onValueChange={onChange}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className={INPUT}
      />
      <FieldError lines={wrong.lines} />
      {hint !== undefined && (
        <Field.Description className="mt-1.5 text-xs text-muted">{hint}</Field.Description>
      )}
    </Field.Root>
  );
}

/** A key or a token, which can be shown. */
export function SecretField({ label, hint, value, onChange, wrong }: FieldProps): ReactElement {
  const text = useText();
  const [isShown, setShown] = useState(false);
  const action = isShown ? text.connect.hide : text.connect.show;
  return (
    <Field.Root invalid={wrong.lines.length > 0}>
      <Field.Label className="mb-1.5 block text-sm font-medium">{label}</Field.Label>
      <div className="relative">
        <Field.Control
          ref={wrong.input}
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
      <FieldError lines={wrong.lines} />
      {hint !== undefined && (
        <Field.Description className="mt-1.5 text-xs text-muted">{hint}</Field.Description>
      )}
    </Field.Root>
  );
}

/** What is wrong with what is in the field, and what to do; read out when it appears. */
function FieldError({ lines }: { readonly lines: readonly ProblemLine[] }): ReactElement | null {
  if (lines.length === 0) return null;
  return (
    <div role="alert" className="mt-1.5">
      <Field.Error match>
        <ProblemList lines={lines} />
      </Field.Error>
    </div>
  );
}

/** Problems, each with its details below it. */
export function ProblemList({ lines }: { readonly lines: readonly ProblemLine[] }): ReactElement {
  return (
    <ul className="space-y-2.5 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      {lines.map(({ words, details }) => (
        <li key={words} className="flex gap-2 break-words">
          <CircleAlert size={16} className="mt-0.5 shrink-0" />
          <span className="min-w-0">
            {words}
            {details.map((detail) => (
              <span key={detail.words} lang={detail.lang} className="mt-0.5 block text-xs">
                {detail.words}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Whether to remember it until the tab is closed. */
export function Keep({
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

/** Sends the form; while it is on its way it cannot be sent again. */
export function Submit({ isBusy }: { readonly isBusy: boolean }): ReactElement {
  const text = useText();
  return (
    <Button type="submit" kind="primary" disabled={isBusy} className="h-10! w-full">
      {isBusy ? text.connect.connecting : text.connect.submit}
    </Button>
  );
}
