import { parseToken, TesaError } from "@tesa/core";
import { expect, test } from "vitest";
import { type Refused, readVectors } from "./read-vectors.ts";

interface ExpectedToken {
  readonly organisation: string;
  readonly redacted: string;
  readonly unusualLength: boolean;
}

test.each(readVectors<string, ExpectedToken | Refused>("token"))("token: $name", ({ input, expected }) => {
  expect(read(input)).toEqual(expected);
});

function read(text: string): ExpectedToken | Refused {
  try {
    const { organisation, redacted, warnings } = parseToken(text);
    return { organisation, redacted, unusualLength: warnings.length > 0 };
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    expect(error.message).not.toContain("FAKE");
    return { refused: true };
  }
}
