import type { Context } from "hono";
import { formatEventId, parseEventId } from "../event-id.ts";
import type { Filter } from "../filter.ts";
import { PARAMETERS, readParameters } from "../http/parameters.ts";
import { Problem } from "../http/problem.ts";
import type { Fanout } from "../hub/fanout.ts";
import { type Beginning, findStart } from "../hub/find-start.ts";
import type { LatestView } from "../hub/latest-view.ts";
import type { Outlet, OutletEvents } from "../hub/outlet.ts";
import { Subscriber } from "../hub/subscriber.ts";
import type { Wire } from "../hub/wire.ts";
import { allowedFilter } from "../keys/authorize.ts";
import type { Grant } from "../keys/grant.ts";
import type { RelayParts } from "../parts.ts";

/** The parameters of both live routes. */
export const LIVE_PARAMETERS: Pick<typeof PARAMETERS, "device" | "sensor" | "after" | "from" | "view"> = {
  device: PARAMETERS.device,
  sensor: PARAMETERS.sensor,
  after: PARAMETERS.after,
  from: PARAMETERS.from,
  view: PARAMETERS.view,
};

/** Those of a WebSocket. */
export const SOCKET_PARAMETERS: typeof LIVE_PARAMETERS & Pick<typeof PARAMETERS, "ticket"> = {
  ...LIVE_PARAMETERS,
  ticket: PARAMETERS.ticket,
};

/** What a client asks for. */
export interface LiveRequest {
  readonly filter: Filter;
  readonly view: "all" | "latest";
  readonly beginning: Beginning;
  readonly grant: Grant;
}

/** How clients of one kind are served. */
export interface LiveKind<Piece> {
  readonly wire: Wire<Piece>;
  readonly all: Fanout<Piece>;
  readonly latest: LatestView<Piece>;
}

/** @throws Problem 400 for a filter, an event id or a view that cannot be, 403 for a device that the key does not allow */
export function readLiveRequest(
  context: Context,
  grant: Grant,
  parameters: typeof LIVE_PARAMETERS = LIVE_PARAMETERS,
): LiveRequest {
  const { device, sensor, after, from, view = "all" } = readParameters(context, parameters);
  const filter = allowedFilter(grant, { device, sensor });
  const lastEventId = context.req.header("last-event-id") || after;
  if (view === "latest" && (lastEventId !== undefined || from !== undefined)) {
    throw new Problem(
      400,
      "bad-parameter",
      "view=latest begins with what is newest: it goes with no event id and no from.",
    );
  }
  return { filter, view, grant, beginning: readBeginning(lastEventId, from) };
}

function readBeginning(lastEventId: string | undefined, from: number | undefined): Beginning {
  if (lastEventId === undefined) return from === undefined ? { type: "now" } : { type: "from", from };
  const id = parseEventId(lastEventId);
  if (id !== null) return { type: "after", id };
  throw new Problem(
    400,
    "bad-event-id",
    `The event id ${JSON.stringify(lastEventId.slice(0, 60))} is none of this relay's: they look like EPOCH:SEQ.`,
  );
}

/** A client that was let in, and has not been given an outlet yet. */
export interface Arrival {
  /** Begins to serve it. */
  attach<Piece>(kind: LiveKind<Piece>, open: (events: OutletEvents) => Outlet<Piece>): void;
  /** For one that will not be served. */
  cancel(): void;
}

/** Lets a client in and finds its place. @throws Problem 429 or 503 when there are too many; TesaError `log` */
export async function arrive(parts: RelayParts, request: LiveRequest): Promise<Arrival> {
  const { hub, counts, limits, options } = parts;
  const leave = admit(parts, request.grant);
  let release = () => {};
  const cancel = () => {
    leave();
    release();
  };
  try {
    release = await hub.hold();
    const { place, removed } = await findStart(hub, request.beginning, { maxReplay: limits.replay });
    if (request.beginning.type === "after") counts.reconnects += 1;
    return {
      cancel,
      attach(kind, open) {
        const { wire } = kind;
        const now = options.clock.now();
        const outlet = open({
          onReady: () => onReady(),
          onGone: () => hub.leave(subscriber),
        });
        const { filter, grant } = request;
        const subscriber = new Subscriber({ wire, outlet, filter, endsAt: grant.endsAt, now });
        const audience = request.view === "latest" ? kind.latest : kind.all;
        const onReady = () => {
          subscriber.wake();
          subscriber.catchUpState(hub.upstream.current, options.clock.now());
          if (request.view === "latest") kind.latest.wake(subscriber);
        };
        hub.join(subscriber, () => {
          audience.remove(subscriber);
          cancel();
        });
        subscriber.tellState(hub.upstream.current, now);
        if (request.view === "latest") {
          kind.latest.add(subscriber);
          return;
        }
        const start = request.beginning.type === "now" ? hub.place : place;
        const opening = wire.opening(formatEventId({ epoch: hub.log.epoch, seq: start.seq }));
        const first = [
          ...(opening === null ? [] : [opening]),
          ...(removed === null ? [] : [wire.gap(removed)]),
        ];
        subscriber.write(first, now);
        kind.all.add(subscriber, start);
      },
    };
  } catch (error) {
    cancel();
    throw error;
  }
}

function admit({ admission, counts }: RelayParts, grant: Grant): () => void {
  try {
    return admission.enter(grant);
  } catch (error) {
    counts.refused += 1;
    throw error;
  }
}
