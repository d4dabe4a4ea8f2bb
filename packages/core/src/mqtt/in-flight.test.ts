import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { countPingAnswers, countPings, InFlight } from "./in-flight.ts";

const fresh = { duplicate: false };
const again = { duplicate: true };

test("InFlight counts what the broker had sent, less what it had seen acknowledged", () => {
  const inFlight = new InFlight();
  for (let count = 0; count < 10; count += 1) inFlight.came(fresh);
  inFlight.acknowledged(4);
  inFlight.asked(1_000);
  // Too late for the broker to have seen it.
  inFlight.acknowledged(3);
  inFlight.came(fresh);
  expect(inFlight.answered()).toEqual({ askedAt: 1_000, inFlight: 7 });
});

test("InFlight holds each answer against its own question", () => {
  const inFlight = new InFlight();
  inFlight.came(fresh);
  inFlight.asked(1);
  inFlight.acknowledged(1);
  inFlight.asked(2);
  expect(inFlight.answered()).toEqual({ askedAt: 1, inFlight: 1 });
  expect(inFlight.answered()).toEqual({ askedAt: 2, inFlight: 0 });
  expect(inFlight.answered()).toBeUndefined();
});

test("InFlight cannot tell until what was sent again was acknowledged: it may have come twice", () => {
  const inFlight = new InFlight();
  inFlight.came(fresh);
  inFlight.came(again);
  inFlight.acknowledged(1);
  inFlight.asked(1);
  inFlight.acknowledged(1);
  inFlight.came(fresh);
  inFlight.asked(2);
  expect(inFlight.answered()).toEqual({ askedAt: 1, inFlight: null });
  expect(inFlight.answered()).toEqual({ askedAt: 2, inFlight: 1 });
});

test("countPings() and countPingAnswers() look at packets, not at bytes", () => {
  const subscribe = generate({
    cmd: "subscribe",
    // 0xc0 0x00 and 0xd0 0x00 are in it.
    messageId: 0xc000,
    subscriptions: [{ topic: `\u{410}${"a".repeat(300)}`, qos: 1 }],
  });
  const suback = generate({ cmd: "suback", messageId: 0xd000, granted: [1] });
  const pingreq = generate({ cmd: "pingreq" });
  const pingresp = generate({ cmd: "pingresp" });
  const packets = Buffer.concat([subscribe, pingreq, suback, pingresp, pingreq]);
  expect(countPings(packets)).toBe(2);
  expect(countPingAnswers(packets)).toBe(1);
  expect(countPings(subscribe)).toBe(0);
  expect(countPingAnswers(suback)).toBe(0);
});
