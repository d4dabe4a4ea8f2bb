import { Checkbox } from "@base-ui/react/checkbox";
import { Field } from "@base-ui/react/field";
import { Check, CircleAlert, Eye, EyeOff } from "lucide-react";
import { type ReactElement, type RefObject, useId, useState } from "react";
import { Button } from "./parts/button.tsx";
import { useText } from "./preferences.tsx";

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

/** A line of text, with what it is for below it. */
export function TextField({
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

/** A key or a token, which can be shown. */
export function SecretField({ label, hint, value, onChange, refused }: FieldProps): ReactElement {
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
