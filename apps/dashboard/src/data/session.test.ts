import { expect, test } from "vitest";
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
