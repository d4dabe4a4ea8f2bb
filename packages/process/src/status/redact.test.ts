import { expect, test } from "vitest";
import { redact } from "./redact.ts";

const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

test("redact() hides every token in a text, wherever it stands", () => {
  expect(redact(`a ${FAKE} b "${FAKE.toUpperCase()}" token=${FAKE}`)).not.toMatch(/fake/i);
});

test("redact() leaves alone what is redacted already", () => {
  expect(redact("tesa_mqtt_acme_... and tesa_mqtt_")).toBe("tesa_mqtt_acme_... and tesa_mqtt_");
});

test("redact() hides the secret of a webhook and the password of a URL, and nothing else of it", () => {
  expect(redact("secret whsec_RkFLRUZBS0U= of postgres://tesa:hunter2@db:5432/plant")).toBe(
    "secret whsec_... of postgres://tesa:...@db:5432/plant",
  );
  expect(redact("postgres://user:password@host:5432/database and wss://host:8085/mqtt")).toBe(
    "postgres://user:password@host:5432/database and wss://host:8085/mqtt",
  );
});
