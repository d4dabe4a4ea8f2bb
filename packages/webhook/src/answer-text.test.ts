import { createFakeClock, settle } from "@tesa/core/testing";
import { expect, test } from "vitest";
import { MAX_ANSWER_BYTES, quoteAnswer, readAnswerText } from "./answer-text.ts";

/** A body that gives the same chunk again and again, for as long as somebody reads. */
function endless(chunk: Uint8Array) {
  const seen = { chunks: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      seen.chunks += 1;
      controller.enqueue(chunk);
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { body, seen };
}

test("readAnswerText() reads an endless body up to its bound, and cancels it", async () => {
  const clock = createFakeClock();
  const { body, seen } = endless(new TextEncoder().encode("x".repeat(1_000)));
  const text = await readAnswerText(body, clock);
  expect(text.length).toBe(MAX_ANSWER_BYTES);
  expect(seen.chunks).toBeLessThan(20);
  expect(seen.cancelled).toBe(true);
  expect(clock.pending).toBe(0);
});

test("readAnswerText() waits for a silent body for a second, and gives what came before", async () => {
  const clock = createFakeClock();
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
    cancel: () => {
      cancelled = true;
    },
  });
  const text = readAnswerText(body, clock);
  await settle();
  await clock.advance(1_000);
  expect(await text).toBe("begun");
  expect(cancelled).toBe(true);
});

test("readAnswerText() gives what came before a body broke off, and nothing for none", async () => {
  const clock = createFakeClock();
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls += 1;
      if (pulls === 1) controller.enqueue(new TextEncoder().encode("half"));
      else controller.error(new Error("reset"));
    },
  });
  expect(await readAnswerText(body, clock)).toBe("half");
  expect(await readAnswerText(null, clock)).toBe("");
  expect(clock.pending).toBe(0);
});

test("readAnswerText() takes bytes that are no UTF-8 as they are", async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Uint8Array.of(0xc3));
      controller.enqueue(Uint8Array.of(0xa4, 0xff));
      controller.close();
    },
  });
  expect(await readAnswerText(body, createFakeClock())).toBe("ä\ufffd");
});

test.each([
  ["", ""],
  [" \r\n", ""],
  ["a\n\tb\u001b[2Jc", '"a b [2Jc"'],
  ["key whsec_AAAA/BBB+= is wrong", '"key whsec_... is wrong"'],
  ["x".repeat(300), `"${"x".repeat(200)}..."`],
])("quoteAnswer() makes %j into %j", (text, quoted) => {
  expect(quoteAnswer(text)).toBe(quoted);
});
