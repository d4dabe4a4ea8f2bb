import { createFakeClock } from "@tesa/core/testing";
import { expect, test } from "vitest";
import type { LinkState, Source } from "../source/source.ts";
import { message } from "../testing/messages.ts";
import { Session } from "./session.ts";

const refusal = { code: "page-policy", message: null };

test("a refusal stands, whatever its source tells while it ends, and closes the source", () => {
  const session = new Session({ now: () => 0 });
  let isClosed = false;
  session.attach({
    kind: "direct",
    address: "wss://broker.example/mqtt",
    retryNow: () => {},
    checkNow: () => {},
    close: () => {
      isClosed = true;
      session.listener.onLink({ type: "closed", problem: null });
    },
  });
  session.refuse(refusal);
  session.listener.onLink({ type: "closed", problem: null });
  expect(isClosed).toBe(true);
  expect(session.getState().link).toEqual({ type: "refused", problem: refusal });
});

test("each change of a link is a new state, and tells whoever watches until the session is closed", () => {
  const session = new Session({ now: () => 0 });
  let told = 0;
  session.subscribe(() => {
    told += 1;
  });
  const before = session.getState();
  session.listener.onLink({ type: "live", since: 1 });
  expect(session.getState()).not.toBe(before);
  session.close();
  session.listener.onLink({ type: "connecting", attempt: 2 });
  expect(told).toBe(1);
});

const source = (given: Partial<Source> = {}): Source => ({
  kind: "relay",
  address: "https://relay.example",
  retryNow: () => {},
  checkNow: () => {},
  close: () => {},
  ...given,
});
const waiting = (code: string): LinkState => ({
  type: "waiting",
  problem: { code, message: null },
  retryAt: null,
});

/** A session that is live on a fake clock, with a device that sends every second and did so just now. */
async function sending() {
  const clock = createFakeClock();
  const session = new Session({ now: clock.now });
  session.listener.onLink({ type: "live", since: clock.now() });
  const send = () => session.listener.onMessages([message({ receivedAt: session.now() })]);
  for (let count = 0; count < 5; count += 1) {
    send();
    await clock.advance(1_000);
  }
  const freshness = () => session.freshnessOf([...session.store.devices.values()][0] as never);
  expect(freshness()).toBe("live");
  return { clock, session, send, freshness };
}

test.each([
  ["its link waits", { link: waiting("relay-unreachable") }],
  ["its link is refused", { link: { type: "refused", problem: refusal } as LinkState }],
  ["the relay has lost the broker", { upstream: waiting("network") }],
])(
  "while %s, no device is called quiet or silent",
  async (_, { link, upstream }: { link?: LinkState; upstream?: LinkState }) => {
    const { clock, session, freshness } = await sending();
    if (link !== undefined) session.listener.onLink(link);
    if (upstream !== undefined) session.listener.onUpstream(upstream);
    for (const seconds of [0, 20, 3_600]) {
      await clock.advance(seconds * 1_000);
      expect(freshness()).toBe("unknown");
    }
  },
);

test("after an outage a device has its usual time again, and is live as soon as it speaks", async () => {
  const { clock, session, send, freshness } = await sending();
  session.listener.onLink(waiting("relay-unreachable"));
  await clock.advance(120_000);
  session.listener.onLink({ type: "live", since: clock.now() });
  await clock.advance(14_000);
  expect(freshness()).toBe("unknown");
  await clock.advance(1_000);
  expect(freshness()).toBe("quiet");
  send();
  expect(freshness()).toBe("live");
});

test("a relay that has sent no sign of life for longer than it may leaves its devices unknown, from then on in retrospect", async () => {
  const { clock, session, freshness } = await sending();
  let heardAt = clock.now();
  session.attach(Object.defineProperty(source(), "heardAt", { get: () => heardAt }));
  await clock.advance(9_000);
  heardAt = clock.now();
  await clock.advance(20_001);
  expect(freshness()).toBe("unknown");
  session.listener.onLink(waiting("relay-silent"));
  await clock.advance(1_000);
  session.listener.onLink({ type: "live", since: clock.now() });
  heardAt = clock.now();
  // It was not overdue when the relay was heard last.
  expect(freshness()).toBe("unknown");
  await clock.advance(14_000);
  expect(freshness()).toBe("unknown");
  await clock.advance(1_000);
  expect(freshness()).toBe("quiet");
});

test("a broker that answered no ping was gone since its last message", async () => {
  const { clock, session, freshness } = await sending();
  session.attach(source({ kind: "direct" }));
  await clock.advance(90_000);
  session.listener.onLink(waiting("keep-alive-timeout"));
  session.listener.onLink({ type: "live", since: clock.now() });
  expect(freshness()).toBe("unknown");
});

test("while the machine slept, nothing was received either", async () => {
  const { clock, session, freshness } = await sending();
  await clock.advance(3_600_000);
  session.noteSleep(3_600_000 - 5_000);
  expect(freshness()).toBe("unknown");
  await clock.advance(15_000);
  expect(freshness()).toBe("quiet");
});

test("a gap that the relay tells is time in which a device may have spoken", async () => {
  const { clock, session, freshness } = await sending();
  const from = session.now();
  await clock.advance(600_000);
  expect(freshness()).toBe("silent");
  session.listener.onGap({ kind: "possible", from, to: session.now() });
  expect(freshness()).toBe("unknown");
});
