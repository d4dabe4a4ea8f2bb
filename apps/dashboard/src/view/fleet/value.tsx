import type { ReactElement } from "react";
import type { Series } from "../../data/series.ts";
import { Name, UnitName } from "../device-name.tsx";
import { useFormats } from "../preferences.tsx";

/** The newest value with its unit. */
export function Value({
  series,
  className = "",
}: {
  readonly series: Series;
  readonly className?: string;
}): ReactElement {
  const formats = useFormats();
  const value = formats.value(series.latest);
  return (
    <span className={`flex min-w-0 items-baseline justify-end gap-1 ${className}`}>
      <Name name={value} className="value tnum truncate text-[17px] font-semibold tracking-tight" />
      <UnitName unit={series.unit} className="max-w-16 truncate text-xs text-muted" />
    </span>
  );
}
