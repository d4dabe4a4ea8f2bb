import { type ComponentType, createElement, lazy, type ReactElement } from "react";

const loads = new Set<() => Promise<unknown>>();
const renewals = new Set<() => void>();

/**
 * A part of the page that is loaded when it is shown first, or ahead of that. React's own `lazy()` remembers for ever
 * that a part could not be loaded; this one is loaded anew after {@link renewFailedParts}.
 */
export function lazyPart<P extends object>(
  load: () => Promise<{ readonly default: ComponentType<P> }>,
): (props: P) => ReactElement {
  let hasFailed = false;
  const make = () =>
    lazy(() =>
      load().catch((error: unknown) => {
        hasFailed = true;
        throw error;
      }),
    ) as unknown as ComponentType<P>;
  let Current = make();
  loads.add(load);
  renewals.add(() => {
    if (!hasFailed) return;
    hasFailed = false;
    Current = make();
  });
  return (props) => createElement(Current, props);
}

/** Has {@link loadAhead} load something that is no component, too. */
export function alsoAhead<M>(load: () => Promise<M>): () => Promise<M> {
  loads.add(load);
  return load;
}

/**
 * Loads everything that has not been shown yet, one after the other, so that it is there when the connection is not.
 * What cannot be loaded is loaded when it is shown.
 */
export async function loadAhead(): Promise<void> {
  // A part that is loaded here may bring others, which are loaded then.
  for (const load of loads) await load().catch(() => {});
}

/** What could not be loaded is loaded anew when it is shown next. */
export function renewFailedParts(): void {
  for (const renew of renewals) renew();
}
