import { expect, test, vi } from "vitest";
import { TextCache } from "./text-cache.ts";

const SENSORS = ["temperature", "humidity", "pressure"];
const topics = Array.from({ length: 300 }, (_, index) => {
  const device = `5a96c2f0-7d1e-4b8a-9c3f-${String(index % 100).padStart(12, "0")}`;
  return `device/${device}/telemetry/${SENSORS[Math.floor(index / 100)]}`;
});

test("TextCache remembers nearly all of 300 topics that come in turn, and reads each as it is", () => {
  const cache = new TextCache();
  const all = topics.map((topic) => new TextEncoder().encode(topic));
  const read = () => all.map((bytes) => cache.read(bytes, 0, bytes.length));
  expect(read()).toEqual(topics);
  const decode = vi.spyOn(TextDecoder.prototype, "decode");
  expect(read()).toEqual(topics);
  expect(decode.mock.calls.length).toBeLessThanOrEqual(3);
  decode.mockRestore();
});
