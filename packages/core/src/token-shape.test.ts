import fc from "fast-check";
import { expect, test } from "vitest";
import { findTokenProblems, holdsToken, splitToken } from "./token-shape.ts";

const RANDOM = "FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

test.each([
  ["tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", "acme", 32],
  ["tesa_mqtt_acme_corp_th_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", "acme_corp_th", 32],
  ["tesa_mqtt_acme_FAKE_AKEFAKEFAKE_AKEFAKEFAKE0001", "acme", 32],
  ["tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKE0001", "acme", 28],
  ["tesa_mqtt_acme_north_FAKEFAKEFAKEFAKEFAKEFAKE0001", "acme_north", 28],
  // Here 32 characters follow the first underscore by chance: less is shown than could be.
  ["tesa_mqtt_my_org_FAKEFAKEFAKEFAKEFAKEFAKE0001", "my", 32],
  ["tesa_mqtt_my_org_FAKEFAKEFAKE0001", "my_org", 16],
  ["tesa_mqtt__FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", "", 32],
  ["tesa_mqtt__FAKE_FAKEFAKEFAKEFAKEFAKEFAKE001", "", 32],
  ["tesa_mqtt_acme_", "acme", 0],
  ["tesa_mqtt_acme", "", 4],
  ["tesa_mqtt_", "", 0],
  // When in doubt, what follows the first underscore is secret.
  ["tesa_mqtt_acme_FAKEFAKE_FAKE", "acme", 13],
  ["tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFA_FAKE1", "acme", 40],
])("splitToken() takes %s apart", (text, organisation, length) => {
  const parts = splitToken(text);
  expect(parts.organisation).toBe(organisation);
  expect(parts.random).toHaveLength(length);
});

const organisations = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,18}[a-z0-9])?$/);
const randoms = fc.stringMatching(/^[A-Za-z0-9]{32}$/);

test("splitToken() and findTokenProblems() know every token of the documented form", () => {
  fc.assert(
    fc.property(organisations, randoms, (organisation, random) => {
      const text = `tesa_mqtt_${organisation}_${random}`;
      expect(splitToken(text)).toEqual({ organisation, random });
      expect(findTokenProblems(text)).toEqual([]);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("findTokenProblems() accepts random parts of any length and of URL-safe characters", () => {
  fc.assert(
    fc.property(organisations, fc.stringMatching(/^[A-Za-z0-9_-]{16,64}$/), (organisation, random) => {
      expect(findTokenProblems(`tesa_mqtt_${organisation}_${random}`)).toEqual([]);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test.each(["example", "your_org", "my-token-org", "xxxx", "test", "placeholder"])(
  "findTokenProblems() accepts a token of an organisation called %s",
  (organisation) => {
    expect(findTokenProblems(`tesa_mqtt_${organisation}_${RANDOM}`)).toEqual([]);
  },
);

test.each([
  "xxFAKEFAKEFAKEFAKEFAKEFAKEFAxxxx",
  "tokenFAKEFAKEFAKEFAKEFAKEFAKEkey",
  "12345678901234567890123456789012",
])("findTokenProblems() accepts random characters such as %s", (random) => {
  expect(findTokenProblems(`tesa_mqtt_acme_${random}`)).toEqual([]);
});

const TOKEN = `tesa_mqtt_acme_${RANDOM}`;

test.each([
  ["", "is empty"],
  ["  ", "is empty"],
  ['""', "is empty"],
  [` ${TOKEN}`, "has spaces or line breaks"],
  [`${TOKEN}\n`, "has spaces or line breaks"],
  [`${TOKEN}\r`, "has spaces or line breaks"],
  [`tesa_mqtt_acme_FAKE FAKEFAKEFAKEFAKEFAKEFAKE0001`, "has spaces or line breaks"],
  [`\u00a0${TOKEN}`, "has spaces or line breaks"],
  [`\ufeff${TOKEN}`, "has spaces or line breaks"],
  [`"${TOKEN}"`, "has quotes"],
  [`'${TOKEN}`, "has quotes"],
  [`${TOKEN}\``, "has quotes"],
  [`“${TOKEN}”`, "has quotes"],
  [`tesa_mqtt_acme_FAKE"FAKEFAKEFAKEFAKEFAKEFAKE0001`, "has quotes"],
  [`${TOKEN}\u0000`, "has invisible characters"],
  [`${TOKEN}\u001b`, "has invisible characters"],
  [`tesa_mqtt_acme_FAKE\u200bFAKEFAKEFAKEFAKEFAKEFAKE0001`, "has invisible characters"],
  [`tesa_mqtt_acme_FAKE\ud800FAKEFAKEFAKEFAKEFAKEFAKE0001`, "has invisible characters"],
  [`${TOKEN}${"°".repeat(40_000)}`, "is 80047 bytes long"],
  [RANDOM, "does not begin with tesa_mqtt_"],
  ["tesa_mqt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", "does not begin with tesa_mqtt_"],
  ["TESA_MQTT_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", "does not begin with tesa_mqtt_"],
  [`MQTT_API_TOKEN=${TOKEN}`, "has other characters before tesa_mqtt_"],
  [`${TOKEN}${TOKEN}`, "has tesa_mqtt_ in it twice"],
  [`${TOKEN},${TOKEN}`, "has tesa_mqtt_ in it twice"],
  ["tesa_mqtt_", "is not whole"],
  ["tesa_mqtt_acme", "is not whole"],
  ["tesa_mqtt_acme_", "is not whole"],
  [`tesa_mqtt__${RANDOM}`, "is not whole"],
  ["tesa_mqtt_acme_...", "is shortened"],
  ["tesa_mqtt_acme_FAKE...0001", "is shortened"],
  ["tesa_mqtt_acme_FAKE…", "is shortened"],
  ["tesa_mqtt_acme_****", "is shortened"],
])("findTokenProblems() says of %.60j that it %s", (text, problem) => {
  expect(findTokenProblems(text)).toEqual([expect.stringContaining(problem)]);
});

test.each([
  "tesa_mqtt_yourorg_xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "tesa_mqtt_yourorg_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "tesa_mqtt_acme_XXXXXXXX",
  "tesa_mqtt_acme_00000000000000000000000000000000",
  "tesa_mqtt_<org>_<32chars>",
  "tesa_mqtt_<org_prefix>_<32 random characters>",
  "tesa_mqtt_{org}_{random}",
  "tesa_mqtt_your_org_your_token_here",
  "tesa_mqtt_yourorg_your32randomcharacters",
  "tesa_mqtt_acme_changeme",
  "tesa_mqtt_acme_token",
  "your-token-here",
  "YOUR_TOKEN_HERE",
  "your_mqtt_api_token",
  "<your token>",
  "<your-token>",
  '"<your-token>"',
  "changeme",
  "change-me",
  "replace_me",
  "xxx",
  "todo",
  "$" + "{MQTT_API_TOKEN}",
  "{{token}}",
])("findTokenProblems() takes %s for a placeholder", (text) => {
  expect(findTokenProblems(text)).toEqual([expect.stringContaining("is a placeholder")]);
});

test("findTokenProblems() names every problem at once", () => {
  expect(findTokenProblems(` "acme\u0007"`)).toEqual([
    expect.stringContaining("spaces"),
    expect.stringContaining("quotes"),
    expect.stringContaining("invisible"),
    expect.stringContaining("does not begin with"),
  ]);
});

test("findTokenProblems() takes any text without failing or showing it", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}${TOKEN}${b}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(findTokenProblems(text).join()).not.toContain("FAKE");
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("findTokenProblems() is quick about a very long text", () => {
  const started = performance.now();
  for (const unit of ["x", "_", "token", "keys", '"', " ", "{", "<"]) findTokenProblems(unit.repeat(200_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});

test.each([
  TOKEN,
  "tesa_mqtt_acme_FAKE-FAKE-FAKE-FAKE-FAKE-FAKE-01",
  `wss://broker.example/${TOKEN}?`,
  "x=tesa_mqtt_a_b_FAKEFAKEFAKEFAKEFAKEFAKE0001;",
])("holdsToken() finds the token in %s", (text) => {
  expect(holdsToken(text)).toBe(true);
});

test.each([
  "",
  "tesa_mqtt_",
  "tesa_mqtt_client_1",
  "/run/secrets/tesa_mqtt_token",
  "tesa_mqtt_api_production_token_2026",
])("holdsToken() finds none in %s", (text) => {
  expect(holdsToken(text)).toBe(false);
});
