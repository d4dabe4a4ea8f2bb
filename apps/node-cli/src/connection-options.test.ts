import { expect, test } from "vitest";
import { repeatedFlags } from "./connection-options.ts";

test("repeatedFlags gives what was typed, in quotes where a shell wants them", () => {
  expect(repeatedFlags({})).toBe("");
  expect(repeatedFlags({ dotenv: false })).toBe(" --no-dotenv");
  const flags = {
    broker: "wss://127.0.0.1:8084/mqtt",
    device: ["press-1", "it's"],
    dotenv: ".tesa/my platform.env",
    clientId: "a client of its own, which two cannot share",
  };
  expect(repeatedFlags(flags)).toBe(
    " --device press-1 --device 'it'\\''s' --broker wss://127.0.0.1:8084/mqtt --dotenv '.tesa/my platform.env'",
  );
});
