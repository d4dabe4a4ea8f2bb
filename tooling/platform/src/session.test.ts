import { describe, expect, test } from "vitest";
import { createLedger } from "./ledger.ts";
import type { Message } from "./message.ts";
import { type Delivery, type Outlet, Session } from "./session.ts";

interface Sent {
  readonly packetId: number;
  readonly isResent: boolean;
  readonly id: number;
}

function createOutlet(window: number): Outlet & { readonly sent: Sent[]; isCongested: boolean } {
  const sent: Sent[] = [];
  return {
    window,
    sent,
    isCongested: false,
    publish: ({ message }, packet) => {
      sent.push({ ...packet, id: message.id });
      return true;
    },
    takeOver: () => {},
  };
}

function createSession(maxQueue = 1_000): Session {
  const identity = { type: "application", organisation: "acme" } as const;
  return new Session({ clientId: "app", identity, maxQueue, ledger: createLedger("off").writer });
}

function delivery(id: number, qos: 0 | 1 = 1): Delivery {
  const topic = "device/d1/telemetry";
  const message: Message = {
    id,
    topic,
    levels: topic.split("/"),
    payload: Buffer.alloc(0),
    qos,
    retain: false,
    properties: undefined,
    organisation: "acme",
    publisherId: "d1",
  };
  return { message, qos, retain: false, subscriptionIdentifier: undefined, sharedFilter: undefined };
}

describe("Session", () => {
  test("packet ids wrap around and pass over those in flight", () => {
    const session = createSession();
    const outlet = createOutlet(2);
    session.attach(outlet);
    session.deliver(delivery(1));
    for (let id = 2; id <= 65_536; id += 1) {
      session.deliver(delivery(id));
      session.acknowledge(outlet.sent.at(-1)?.packetId ?? 0);
    }
    expect(outlet.sent.slice(-2).map(({ packetId }) => packetId)).toEqual([65_535, 2]);
  });

  test("what was acknowledged after the client came back, before it was sent again, is not sent again", () => {
    const session = createSession();
    session.attach(createOutlet(3));
    for (const id of [1, 2, 3]) session.deliver(delivery(id));
    session.detach();
    const outlet = createOutlet(1);
    session.attach(outlet);
    session.acknowledge(2);
    expect(outlet.sent).toEqual([{ packetId: 1, isResent: true, id: 1 }]);
    session.acknowledge(1);
    expect(outlet.sent.at(-1)).toEqual({ packetId: 3, isResent: true, id: 3 });
    expect(session.inflightCount).toBe(1);
  });

  test("nothing is sent while the network takes nothing, and QoS 0 keeps its order behind it", () => {
    const session = createSession();
    const outlet = createOutlet(10);
    session.attach(outlet);
    outlet.isCongested = true;
    session.deliver(delivery(1, 0));
    session.deliver(delivery(2));
    outlet.isCongested = false;
    session.deliver(delivery(3, 0));
    expect(outlet.sent).toEqual([]);
    session.pump();
    expect(outlet.sent.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test("a session that ends gives out what it holds, in order", () => {
    const session = createSession(2);
    session.attach(createOutlet(1));
    for (const id of [1, 2, 3, 4]) session.deliver(delivery(id));
    expect(session.takeAll().map(({ message }) => message.id)).toEqual([1, 3, 4]);
    expect([session.inflightCount, session.queuedCount]).toEqual([0, 0]);
  });
});
