import type { ComponentProps, ReactElement } from "react";

type Kind = "primary" | "plain" | "quiet";

const KINDS: Readonly<Record<Kind, string>> = {
  primary: "bg-accent text-accent-ink hover:brightness-110 shadow-card",
  plain: "bg-surface text-ink border border-line hover:border-line-strong shadow-card",
  quiet: "text-muted hover:text-ink hover:bg-sunken",
};

/** How every button of the page looks; for those that a library renders, too. */
export function buttonClass(kind: Kind, isIcon = false): string {
  return `inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-lg text-sm font-medium whitespace-nowrap transition-[background,border-color,filter,color] disabled:opacity-50 disabled:pointer-events-none ${isIcon ? "w-9" : "px-3.5"} ${KINDS[kind]}`;
}

export function Button({
  kind = "plain",
  isIcon = false,
  className = "",
  ...props
}: ComponentProps<"button"> & { readonly kind?: Kind; readonly isIcon?: boolean }): ReactElement {
  return <button type="button" {...props} className={`${buttonClass(kind, isIcon)} ${className}`} />;
}
