import { type RefObject, useRef } from "react";
import type { Device } from "../../data/fleet-store.ts";
import type { SortBy } from "./select-devices.ts";

/** An order that changes with each message is told anew no more often. */
const SETTLE_MS = 5_000;

interface Order {
  readonly sortBy: SortBy;
  readonly at: number;
  readonly ranks: ReadonlyMap<Device, number>;
}

/**
 * The devices in an order that stands still for long enough to be read and hit: that of messages and ages changes every
 * five seconds, and none changes while the pointer or the keyboard's focus is within the list. Newcomers come last.
 */
export function useSettled(
  sorted: readonly Device[],
  { sortBy, list }: { readonly sortBy: SortBy; readonly list: RefObject<HTMLElement | null> },
): readonly Device[] {
  const last = useRef<Order | null>(null);
  const now = performance.now();
  const order = last.current;
  const isRestless = sortBy === "fresh" || sortBy === "rate";
  if (
    order === null ||
    order.sortBy !== sortBy ||
    sortBy === "name" ||
    !((isRestless && now - order.at < SETTLE_MS) || isInUse(list.current))
  ) {
    last.current = { sortBy, at: now, ranks: new Map(sorted.map((device, rank) => [device, rank])) };
    return sorted;
  }
  const { ranks } = order;
  const rankOf = (device: Device) => ranks.get(device) ?? Number.POSITIVE_INFINITY;
  return [...sorted].sort((one, other) => {
    const ranksOf = [rankOf(one), rankOf(other)] as const;
    return ranksOf[0] === ranksOf[1] ? 0 : ranksOf[0] - ranksOf[1];
  });
}

function isInUse(list: HTMLElement | null): boolean {
  return list !== null && (list.matches(":hover") || list.querySelector(":focus-visible") !== null);
}
