import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import type { ReactElement, ReactNode } from "react";

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly {
    readonly value: Value;
    readonly label: ReactNode;
    readonly name?: string;
  }[];
  readonly onChange: (value: Value) => void;
  /** On a phone it is as wide as the screen, and breaks into lines where that is not enough. @default false */
  readonly isBroad?: boolean;
}

/** Nothing that is beside the screen: who does not see it does not look for it. */
const BROAD =
  "max-sm:flex max-sm:h-auto max-sm:w-full max-sm:flex-wrap max-sm:[&>button]:h-8 max-sm:[&>button]:flex-auto max-sm:[&>button]:justify-center max-sm:[&>button]:px-1";

/** One of a few, all of them in sight. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
  isBroad = false,
}: ChoiceProps<Value>): ReactElement {
  return (
    <ToggleGroup
      aria-label={label}
      value={[value]}
      onValueChange={([next]) => {
        // Pressing the pressed one changes nothing: one always holds.
        if (next !== undefined) onChange(next as Value);
      }}
      className={`inline-flex h-9 items-center gap-0.5 rounded-lg border border-line bg-sunken p-0.5 ${isBroad ? BROAD : ""}`}
    >
      {options.map((option) => (
        <Toggle
          key={option.value}
          value={option.value}
          aria-label={option.name}
          title={option.name}
          className="inline-flex h-full items-center gap-1.5 rounded-md px-2.5 text-[13px] font-medium whitespace-nowrap text-muted transition-colors hover:text-ink data-pressed:bg-raised data-pressed:text-ink data-pressed:shadow-card"
        >
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
