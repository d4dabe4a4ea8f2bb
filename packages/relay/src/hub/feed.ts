import type { Clock } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import type { EventRing } from "./event-ring.ts";
import type { GapList } from "./gap-list.ts";
import type { Place } from "./subscriber.ts";
import type { Upstream } from "./upstream.ts";

/** What comes out of the log, as those see it who hand it on. */
export interface Feed {
  readonly log: TelemetryLog;
  readonly ring: EventRing;
  readonly gaps: GapList;
  readonly clock: Clock;
  readonly upstream: Upstream;
  /** Where those clients stand that are live. Moves when a flush is over. */
  readonly place: Place;
}
