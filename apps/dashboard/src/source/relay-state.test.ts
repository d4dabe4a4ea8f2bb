import { expect, test } from "vitest";
import { toUpstream } from "./relay-state.ts";

test("a refusal that the relay tries again after is a wait with its time, one that it does not is final", () => {
  const refused = { type: "refused", since: 1, code: "token-refused", message: "No." };
  const problem = { code: "token-refused", message: "No." };
  expect(toUpstream({ ...refused, retryAt: 5_000 })).toEqual({ type: "waiting", problem, retryAt: 5_000 });
  expect(toUpstream({ ...refused, retryAt: null })).toEqual({ type: "refused", problem });
});
