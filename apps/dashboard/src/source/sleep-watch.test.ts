import { createFakeClock } from "@tesa/core/testing";
import { expect, test } from "vitest";
import { watchForSleep } from "./sleep-watch.ts";

/** A clock whose timers stand still while the machine sleeps, and whose time of day does not. */
function sleepyClock() {
  const clock = createFakeClock();
  const { now } = clock;
  let sleptMs = 0;
  clock.now = () => now() + sleptMs;
  return {
    clock,
    sleep(ms: number) {
      sleptMs += ms;
    },
  };
}

test("a timer that comes more than 10 s late tells of a sleep, once for each", async () => {
  const { clock, sleep } = sleepyClock();
  let woken = 0;
  const stop = watchForSleep(clock, () => {
    woken += 1;
  });
  await clock.advance(60_000);
  expect(woken).toBe(0);
  sleep(10_000);
  await clock.advance(5_000);
  expect(woken).toBe(0);
  sleep(10_001);
  await clock.advance(4_999);
  expect(woken).toBe(0);
  await clock.advance(1);
  expect(woken).toBe(1);
  await clock.advance(60_000);
  expect(woken).toBe(1);
  sleep(8 * 3_600_000);
  await clock.advance(5_000);
  expect(woken).toBe(2);
  stop();
  sleep(60_000);
  await clock.advance(60_000);
  expect(woken).toBe(2);
  expect(clock.pending).toBe(0);
});

test("a clock that is set back is no sleep", async () => {
  const { clock, sleep } = sleepyClock();
  let woken = 0;
  const stop = watchForSleep(clock, () => {
    woken += 1;
  });
  sleep(-3_600_000);
  await clock.advance(60_000);
  expect(woken).toBe(0);
  stop();
});
