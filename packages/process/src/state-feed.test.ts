import type { StreamState } from "@tesa/core";
import { expect, test } from "vitest";
import { createStateFeed } from "./state-feed.ts";

const CONNECTING: StreamState = { type: "connecting", attempt: 1, protocolVersion: 5 };
const CLOSED: StreamState = { type: "closed", error: null };

test("a watcher gets the present state, then each later one, and ends with the last", async () => {
  const feed = createStateFeed();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { type } of feed.status()) seen.push(type);
  })();
  await Promise.resolve();
  feed.onState(CONNECTING);
  await expect.poll(() => seen).toEqual(["idle", "connecting"]);
  feed.onState(CLOSED);
  await watching;
  expect(seen).toEqual(["idle", "connecting", "closed"]);
  expect(feed.state).toBe(CLOSED);
});

test("a watcher that comes late gets the last state alone", async () => {
  const feed = createStateFeed();
  feed.onState(CONNECTING);
  feed.onState(CLOSED);
  const seen: StreamState[] = [];
  for await (const state of feed.status()) seen.push(state);
  expect(seen).toEqual([CLOSED]);
});
