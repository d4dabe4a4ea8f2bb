import type { ReactElement } from "react";

/** A word of warning beside something. */
export function Tag({
  tone,
  title,
  children,
}: {
  readonly tone: "warn" | "bad";
  readonly title?: string;
  readonly children: string;
}): ReactElement {
  return (
    <span
      title={title}
      className={`rounded-md px-1.5 py-px text-xs font-medium whitespace-nowrap ${tone === "warn" ? "bg-warn-soft text-warn" : "bg-bad-soft text-bad"}`}
    >
      {children}
    </span>
  );
}
