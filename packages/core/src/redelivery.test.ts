import { expect, test } from "vitest";
import { contentHash, RedeliveryWindow, type StoredMark } from "./redelivery.ts";

const mark = (packetId: number, content = `content ${packetId}`): StoredMark => ({
  packetId,
  hash: contentHash("device/a/telemetry", new TextEncoder().encode(content)),
});

function storeAll(window: RedeliveryWindow, marks: readonly StoredMark[]): boolean[] {
  return marks.map((each) => {
    const again = window.isRedelivery(each);
    if (!again) window.stored(each);
    return again;
  });
}

test("RedeliveryWindow knows what the broker sends again after a reconnect into a kept session", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  expect(storeAll(window, [mark(1), mark(2), mark(3)])).toEqual([false, false, false]);
  window.connected({ sessionPresent: true });
  expect(storeAll(window, [mark(2), mark(3), mark(4)])).toEqual([true, true, false]);
});

test("RedeliveryWindow takes the same value under the same packet id for new within a connection", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  expect(storeAll(window, [mark(1, "21.5"), mark(1, "21.5")])).toEqual([false, false]);
});

test("RedeliveryWindow takes everything for new once something new came on the connection", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(1, "21.5"), mark(2, "21.5")]);
  window.connected({ sessionPresent: true });
  expect(storeAll(window, [mark(3, "21.5"), mark(1, "21.5")])).toEqual([false, false]);
});

test("RedeliveryWindow takes each stored message for sent again once at most", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(1), mark(2)]);
  window.connected({ sessionPresent: true });
  expect(storeAll(window, [mark(1), mark(1)])).toEqual([true, false]);
});

test("RedeliveryWindow takes nothing for sent again when the broker has no session", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(1)]);
  window.connected({ sessionPresent: false });
  expect(storeAll(window, [mark(1)])).toEqual([false]);
});

test("RedeliveryWindow compares the content too", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(1, "a")]);
  window.connected({ sessionPresent: true });
  expect(storeAll(window, [mark(1, "b")])).toEqual([false]);
});

test("RedeliveryWindow knows a redelivery after two reconnects without a word in between", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(1)]);
  window.connected({ sessionPresent: true });
  window.connected({ sessionPresent: true });
  expect(storeAll(window, [mark(1)])).toEqual([true]);
});

test("RedeliveryWindow goes on from what an earlier process stored", () => {
  const window = new RedeliveryWindow(2, [mark(1), mark(2), mark(3)]);
  window.connected({ sessionPresent: true });
  expect(storeAll(window, [mark(2), mark(3)])).toEqual([true, true]);
});

test("RedeliveryWindow knows what EMQX sends again behind new messages, and the new ones too, by their DUP", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(36), mark(37)]);
  window.connected({ sessionPresent: true });
  expect(storeAll(window, [mark(38), mark(39)])).toEqual([false, false]);
  expect([36, 37, 38, 39].map((id) => window.isRedelivery(mark(id), true))).toEqual([true, true, true, true]);
  expect(storeAll(window, [mark(40)])).toEqual([false]);
});

test("RedeliveryWindow does not take DUP alone for a sign", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(1, "a")]);
  window.connected({ sessionPresent: true });
  expect(window.isRedelivery(mark(1, "b"), true)).toBe(false);
  expect(window.isRedelivery(mark(2, "a"), true)).toBe(false);
});

test("RedeliveryWindow goes by the last message under a packet id, whose number is used again and again", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(window, [mark(1, "first"), mark(1, "second")]);
  window.connected({ sessionPresent: true });
  expect(window.isRedelivery(mark(1, "first"), true)).toBe(false);
  window.connected({ sessionPresent: true });
  expect(window.isRedelivery(mark(1, "second"), true)).toBe(true);
});

test("RedeliveryWindow remembers as much as can be unacknowledged, and not more than twice that", () => {
  const window = new RedeliveryWindow(10);
  window.connected({ sessionPresent: false });
  storeAll(
    window,
    Array.from({ length: 1_000 }, (_, index) => mark(index + 1)),
  );
  window.connected({ sessionPresent: true });
  expect(window.isRedelivery(mark(991), true)).toBe(true);
  expect(window.isRedelivery(mark(970), true)).toBe(false);
});

test("contentHash() tells topics, payloads and their border apart", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const hashes = [
    contentHash("a", bytes("bc")),
    contentHash("b", bytes("bc")),
    contentHash("a", bytes("bd")),
    contentHash("a", bytes("")),
    contentHash("", bytes("")),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
});
