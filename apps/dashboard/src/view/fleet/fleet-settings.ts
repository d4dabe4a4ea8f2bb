import { useState } from "react";
import type { Session } from "../../data/session.ts";
import { keep, readKept } from "../kept.ts";
import { useSession } from "../session-context.tsx";
import { type FleetQuery, SORTS } from "./select-devices.ts";

export const DENSITIES = ["cards", "rows"] as const;
export type Density = (typeof DENSITIES)[number];

/** How the list is set up. */
export interface FleetSettings {
  readonly query: FleetQuery;
  /** `null`: what suits the size of the fleet. */
  readonly density: Density | null;
}

/** What of the query chooses devices: it shows all of them. */
export const EVERYTHING = { search: "", sensor: "", state: "all" } as const;

const KEYS = { sortBy: "tesa.fleet.sort", density: "tesa.fleet.view" };

/** The search and the filters are about the fleet of one connection, and hold as long as it does. */
const ofSession = new WeakMap<Session, FleetSettings>();

/** Holds while devices are looked at; order and view are kept in this browser too. */
export function useFleetSettings(): {
  readonly settings: FleetSettings;
  change(part: Partial<FleetSettings>): void;
} {
  const session = useSession();
  const [settings, setSettings] = useState(() => ofSession.get(session) ?? fromBrowser());
  const change = (part: Partial<FleetSettings>) => {
    const next = { ...settings, ...part };
    ofSession.set(session, next);
    if (next.query.sortBy !== settings.query.sortBy) keep(KEYS.sortBy, next.query.sortBy);
    if (next.density !== null && next.density !== settings.density) keep(KEYS.density, next.density);
    setSettings(next);
  };
  return { settings, change };
}

function fromBrowser(): FleetSettings {
  const sortBy = oneOf(SORTS, readKept(KEYS.sortBy)) ?? "name";
  return { query: { ...EVERYTHING, sortBy }, density: oneOf(DENSITIES, readKept(KEYS.density)) };
}

function oneOf<T extends string>(values: readonly T[], kept: string | null): T | null {
  return values.find((value) => value === kept) ?? null;
}
