import { Radar } from "lucide-react";
import type { ReactElement, ReactNode } from "react";

/** Stands where there is nothing to show, and says why. */
export function Empty({
  title,
  hint,
  children,
}: {
  readonly title: string;
  readonly hint: string;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <div className="flex flex-col items-center rounded-2xl border border-dashed border-line-strong px-6 py-16 text-center">
      <Radar size={32} strokeWidth={1.5} className="text-faint" />
      <p className="mt-4 font-medium">{title}</p>
      <p className="mt-1 mb-4 max-w-sm text-sm text-balance text-muted">{hint}</p>
      {children}
    </div>
  );
}
