import { ChevronsUpDown } from "lucide-react";
import type { ReactElement } from "react";

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
}

/** One of many. The browser's own: on a phone it is the one that people know, and it weighs nothing. */
export function Select<Value extends string>({
  label,
  value,
  options,
  onChange,
}: SelectProps<Value>): ReactElement {
  return (
    <label className="relative inline-flex h-9 min-w-28 items-center max-sm:flex-1 rounded-lg border border-line bg-surface text-sm shadow-card hover:border-line-strong has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
      <span className="pl-3 whitespace-nowrap text-faint max-xl:sr-only">{label}</span>
      <select
        value={value}
        // The options are all there are.
        onChange={(event) => onChange(event.target.value as Value)}
        className="h-full max-w-44 min-w-0 grow appearance-none max-sm:max-w-none truncate rounded-lg bg-transparent pr-8 pl-3 font-medium outline-none xl:pl-2 [&>option]:bg-surface [&>option]:text-ink"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronsUpDown size={14} className="pointer-events-none absolute right-2.5 text-faint" />
    </label>
  );
}
