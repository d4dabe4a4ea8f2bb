import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createHumanReport } from "./report.ts";

test("what a step found, and how long it took, do not stand in brackets behind brackets", () => {
  const stdout = new PassThrough({ encoding: "utf8" });
  const report = createHumanReport({ stdout, colour: false, scrub: String });
  report.onReport?.({ name: "tls", status: "ok", ms: 12, detail: "TLSv1.3 (TLS_AES_256_GCM_SHA384)" });
  report.onReport?.({ name: "upgrade", status: "skipped", ms: 0, detail: "not reached" });
  const text: string = stdout.read();
  expect(text).toContain("TLSv1.3 (TLS_AES_256_GCM_SHA384), 12 ms\n");
  expect(text).toMatch(/not reached\n$/);
  expect(text).not.toMatch(/\) ?\(/);
});
