import fc from "fast-check";
import { expect, test } from "vitest";
import { MissedRanges } from "./missed-ranges.ts";

test("MissedRanges counts each place once, in whatever order and overlap the ranges come", () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat({ max: 20 }));
  fc.assert(
    fc.property(fc.array(range), (ranges) => {
      const missed = new MissedRanges();
      const places = new Set<number>();
      for (const [from, more] of ranges) {
        missed.add(from, from + more);
        for (let place = from; place <= from + more; place += 1) places.add(place);
      }
      expect(missed.count).toBe(places.size);
    }),
  );
});
