import { afterEach, expect, test, vi } from "vitest";
import { createWebAfterTurn } from "./after-turn.ts";

afterEach(() => vi.unstubAllGlobals());

test.each(["with", "without"])(
  "afterTurn() %s setImmediate calls back in order, after what was awaited in this turn",
  async (kind) => {
    if (kind === "without") vi.stubGlobal("setImmediate", undefined);
    const afterTurn = createWebAfterTurn();
    const order: string[] = [];
    const done = new Promise<void>((resolve) => {
      afterTurn(() => order.push("first"));
      afterTurn(() => {
        order.push("second");
        resolve();
      });
    });
    for (let step = 0; step < 10; step += 1) await Promise.resolve();
    order.push("this turn");
    await done;
    expect(order).toEqual(["this turn", "first", "second"]);
  },
);
