import { useEffect, useLayoutEffect } from "react";
import type { Session } from "../data/session.ts";
import type { Route } from "./route.ts";
import { useSession } from "./session-context.tsx";

/** Where the user was within a session. */
interface Place {
  /** Something was pressed to come where the page is now: its focus is gone. */
  hasMoved: boolean;
  /** The device that was looked at last. */
  deviceId: string | null;
  /** How far the fleet was scrolled. */
  fleetTop: number;
}

const places = new WeakMap<Session, Place>();

function placeIn(session: Session): Place {
  const known = places.get(session);
  if (known !== undefined) return known;
  const place = { hasMoved: false, deviceId: null, fleetTop: 0 };
  places.set(session, place);
  return place;
}

/** The page that opens next was asked for within this one. */
export function noteArrival(session: Session): void {
  placeIn(session).hasMoved = true;
}

/** A list that is drawn late has its cards by then. */
const MAX_FRAMES = 10;

/**
 * Brings focus and scrolling to where a page begins when it opens; on the way back to the fleet, to where it was left.
 * It stands beside the page, so that it comes when that is loaded. A page that is loaded by the browser is left alone.
 */
export function Arrival({ route }: { readonly route: Route }): null {
  const session = useSession();
  const deviceId = route.view === "device" ? route.deviceId : null;
  useLayoutEffect(() => {
    const place = placeIn(session);
    if (!place.hasMoved) return;
    scrollTo(0, deviceId === null ? place.fleetTop : 0);
  }, [session, deviceId]);
  useEffect(() => {
    const place = placeIn(session);
    const from = place.deviceId;
    place.deviceId = deviceId;
    const stopFocus = place.hasMoved ? focusWhenThere(deviceId === null ? from : null) : () => {};
    const noteTop = () => {
      place.fleetTop = scrollY;
    };
    if (deviceId === null) addEventListener("scroll", noteTop, { passive: true });
    return () => {
      stopFocus();
      removeEventListener("scroll", noteTop);
      place.hasMoved = true;
    };
  }, [session, deviceId]);
  return null;
}

/** The card of a device if there is one, else the heading of the page. */
function focusWhenThere(deviceId: string | null): () => void {
  let handle = 0;
  const look = (frames: number) => {
    const card =
      deviceId === null
        ? null
        : document.querySelector<HTMLElement>(`[data-device="${CSS.escape(deviceId)}"]`);
    if (card === null && deviceId !== null && frames < MAX_FRAMES) {
      handle = requestAnimationFrame(() => look(frames + 1));
      return;
    }
    const heading = document.querySelector<HTMLElement>("#content h1");
    (card ?? heading)?.focus({ preventScroll: true });
  };
  look(0);
  return () => cancelAnimationFrame(handle);
}
