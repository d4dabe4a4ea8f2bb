import { expect, test } from "vitest";
import { redact } from "./redact.ts";

const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

test("redact() hides every token in a text, wherever it stands", () => {
  expect(redact(`a ${FAKE} b "${FAKE.toUpperCase()}" token=${FAKE}`)).not.toMatch(/fake/i);
});

test("redact() leaves alone what is redacted already", () => {
  expect(redact("tesa_mqtt_acme_... and tesa_mqtt_")).toBe("tesa_mqtt_acme_... and tesa_mqtt_");
});
