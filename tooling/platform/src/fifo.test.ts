import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

test("a Fifo behaves as an array does", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 5_000, size: "max" }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const [index, isPush] of steps.entries()) {
        if (isPush) {
          fifo.push(index);
          model.push(index);
        } else {
          expect(fifo.shift()).toBe(model.shift());
        }
        expect([fifo.length, fifo.peek()]).toEqual([model.length, model[0]]);
      }
      expect(fifo.takeAll()).toEqual(model);
      expect(fifo.length).toBe(0);
    }),
    { numRuns: 20 },
  );
});

test("a Fifo that is used for long does not grow", () => {
  const fifo = new Fifo<number>();
  for (let index = 0; index < 10_000; index += 1) {
    fifo.push(index);
    if (index >= 10) expect(fifo.shift()).toBe(index - 10);
  }
  expect(fifo.takeAll()).toHaveLength(10);
});
