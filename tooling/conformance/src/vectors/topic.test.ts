import { parseTopic } from "@tesa/core";
import { expect, test } from "vitest";
import { readVectors } from "./read-vectors.ts";

type ExpectedTopic = { readonly deviceId: string; readonly sensor: string | null } | null;

test.each(readVectors<string, ExpectedTopic>("topic"))("topic: $name", ({ input, expected }) => {
  const parsed = parseTopic(input);
  expect(parsed.kind === "other" ? null : { deviceId: parsed.deviceId, sensor: parsed.sensor }).toEqual(
    expected,
  );
});
