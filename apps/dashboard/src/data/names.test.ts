import { expect, test } from "vitest";
import { HOSTILE_NAMES } from "../testing/messages.ts";
import { boundedName, visibleName, visibleText } from "./names.ts";

test("visibleText() leaves nothing that acts unseen: controls and marks that turn the direction", () => {
  expect(visibleText("\u202Egnp.exe")).toBe("\uFFFDgnp.exe");
  expect(visibleText("a\u0000b\nc")).toBe("a␀b␊c");
  expect(visibleText("\uD800!")).toBe("\uFFFD!");
  for (const name of HOSTILE_NAMES) {
    expect(visibleText(name)).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\p{Surrogate}/u);
  }
});

test("visibleText() keeps scripts and emoji as they are", () => {
  for (const text of ["อุณหภูมิ", "دما", "温度", "🤖🏭👩‍🔧", "<b>&amp;</b>"])
    expect(visibleText(text)).toBe(text);
});

test("visibleText() cuts what is longer than told, and no character in two", () => {
  expect(visibleText("abcdef", 4)).toBe("abc…");
  expect(visibleText("ab🤖cd", 4)).toBe("ab…");
});

test("boundedName() keeps names up to its limit as they are", () => {
  expect(boundedName("x".repeat(160))).toBe("x".repeat(160));
  expect(boundedName("x".repeat(161))).toMatch(/^x+…[0-9a-f]{8}$/);
});

test("visibleName() shows a name of white space, and leaves the space within others", () => {
  expect(visibleName(" \u00a0")).toBe("␣␣");
  expect(visibleName("press 1")).toBe("press 1");
});
