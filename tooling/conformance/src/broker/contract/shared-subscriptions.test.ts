import type { ConnectOptions, TestClient } from "@tesa/platform/testing";
import { describe, expect, test } from "vitest";
import { sharedBroker } from "../shared.ts";
import {
  connectAs,
  connectDevice,
  EACH_VERSION,
  needs,
  newPlace,
  numbered,
  type Place,
  payloadsOf,
  QUIET_MS,
  receiveAndAcknowledge,
  type Version,
} from "./support.ts";

const WINDOW = 32;
const DISCONNECT_WITH_WILL = 4;
/** 32 in flight and 68 queued, as it was measured. */
const HELD = 100;

const filterOf = (place: Place) => `$share/workers/${place.filter}`;

async function join(place: Place, version: Version, options: ConnectOptions = {}): Promise<TestClient> {
  const member = await connectAs("tokenA", version, options);
  await member.subscribe(filterOf(place));
  return member;
}

describe.each(EACH_VERSION)("share groups on $name", { concurrent: true }, ({ version }) => {
  test("each message goes to one member, and members take turns", async () => {
    const place = newPlace();
    await using first = await join(place, version);
    await using second = await join(place, version);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(10));
    const [one, two] = [await receiveAndAcknowledge(first, 5), await receiveAndAcknowledge(second, 5)];
    const all = [...payloadsOf(one), ...payloadsOf(two)].toSorted((a, b) => Number(a) - Number(b));
    expect(all).toEqual(numbered(10));
  });

  test("two groups, and who subscribes without one, receive each message", async () => {
    const place = newPlace();
    await using worker = await join(place, version);
    await using other = await connectAs("tokenA", version);
    await other.subscribe(`$share/others/${place.filter}`);
    await using plain = await connectAs("tokenA", version);
    await plain.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1"]);
    for (const client of [worker, other, plain]) {
      expect(payloadsOf(await receiveAndAcknowledge(client, 1))).toEqual(["1"]);
      expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
    }
  });

  test("a slow member keeps what it was given", async (context) => {
    needs(context, "window");
    const place = newPlace();
    await using slow = await join(place, version);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(HELD));
    await slow.nextPublishes(WINDOW);
    await using other = await join(place, version);
    expect(await other.isQuiet("publish", QUIET_MS)).toBe(true);
  });
});

interface Ending {
  readonly title: string;
  readonly versions: readonly Version[];
  readonly expirySeconds: number;
  readonly end: (member: TestClient, place: Place) => Promise<unknown>;
}

const KEPT_ENDINGS: readonly Ending[] = [
  { title: "its socket is killed", versions: [4, 5], expirySeconds: 0, end: (member) => member.cut() },
  {
    title: "its socket is killed and an expiry of 2 s has passed",
    versions: [5],
    expirySeconds: 2,
    end: (member) => member.cut(),
  },
  {
    title: "it unsubscribes and is then closed",
    versions: [4, 5],
    expirySeconds: 0,
    end: async (member, place) => {
      await member.unsubscribe(filterOf(place));
      await member.cut();
    },
  },
  {
    title: "it sends DISCONNECT with reason 0 and an expiry of 2 s has passed",
    versions: [5],
    expirySeconds: 2,
    end: (member) => member.disconnect(),
  },
  {
    title: "it sends DISCONNECT with reason 4",
    versions: [5],
    expirySeconds: 0,
    end: (member) => member.disconnect({ reasonCode: DISCONNECT_WITH_WILL }),
  },
];

/** Ends a member that holds 100 messages and gives the one that is left, which has joined meanwhile. */
async function endHoldingMember(
  version: Version,
  { expirySeconds, end }: Pick<Ending, "expirySeconds" | "end">,
): Promise<TestClient> {
  const place = newPlace();
  const expiry = expirySeconds === 0 ? {} : { properties: { sessionExpiryInterval: expirySeconds } };
  await using holder = await join(place, version, expiry);
  await using publisher = await connectDevice();
  await publisher.send(place.topic(), numbered(HELD));
  await holder.nextPublishes(WINDOW);
  const heir = await join(place, version);
  await end(holder, place);
  return heir;
}

describe.each(EACH_VERSION)(
  "what a share group's member still held, on $name,",
  { concurrent: true },
  ({ version }) => {
    const endings = KEPT_ENDINGS.filter(({ versions }) => versions.includes(version));

    test.for(endings)("goes to another member when $title", async (ending, context) => {
      needs(context, "session-end-redispatch");
      await using heir = await endHoldingMember(version, ending);
      const received = payloadsOf(await receiveAndAcknowledge(heir, HELD));
      expect(new Set(received)).toEqual(new Set(numbered(HELD)));
      expect(received).toHaveLength(HELD);
    });

    test("goes to another member, or is lost, when it sends an ordinary DISCONNECT and keeps no session", async (context) => {
      needs(context, "session-end-redispatch");
      await using heir = await endHoldingMember(version, {
        expirySeconds: 0,
        end: (member) => member.disconnect(),
      });
      if (sharedBroker().capabilities.has("clean-shutdown-redispatch")) {
        expect(new Set(payloadsOf(await receiveAndAcknowledge(heir, HELD)))).toEqual(new Set(numbered(HELD)));
      } else {
        expect(await heir.isQuiet("publish", 2 * QUIET_MS)).toBe(true);
      }
    });
  },
);
