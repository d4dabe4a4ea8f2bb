import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TesaError } from "./errors.ts";
import { parseToken, type Token, tokenFingerprint } from "./token.ts";

const TEXT = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

test("parseToken() keeps the token for reveal() alone", () => {
  const token = parseToken(TEXT);
  expect(token.organisation).toBe("acme");
  expect(token.redacted).toBe("tesa_mqtt_acme_...");
  expect(token.warnings).toEqual([]);
  expect(token.reveal()).toBe(TEXT);
});

test("parseToken() warns of a random part of another length, and accepts it", () => {
  const token = parseToken("tesa_mqtt_acme_north_FAKEFAKEFAKEFAKEFAKEFAKE0001");
  expect(token.redacted).toBe("tesa_mqtt_acme_north_...");
  expect(token.warnings).toEqual([expect.stringContaining("28 characters, where 32 are usual")]);
});

test("parseToken() throws one error with every problem and nothing of the token", () => {
  let error: unknown;
  try {
    parseToken(`"Bearer ${TEXT}"`);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(TesaError);
  expect(error).toMatchObject({
    code: "config",
    retryable: false,
    problems: [
      "The MQTT API token has spaces or line breaks in it: remove them.",
      "The MQTT API token has quotes in it: write it without quotes.",
      "The MQTT API token has other characters before tesa_mqtt_: remove them.",
    ],
  });
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain("FAKE");
});

/** What `console` writes for a value, by each of its methods that write values. */
function printed(value: unknown): string {
  const stream = new PassThrough();
  const console = new Console({ stdout: stream, stderr: stream });
  console.log(value);
  console.log("%s %o %O %j", value, value, value, value);
  console.error(value);
  console.dir(value, { showHidden: true, depth: null });
  console.table([value]);
  return String(stream.read());
}

/** Every way in which a token might get into an output. */
function everyForm(token: Token): string[] {
  const thrown = new Error("x", { cause: token });
  return [
    String(token),
    `${token}`,
    "".concat(token as unknown as string),
    JSON.stringify(token),
    JSON.stringify({ deep: [{ token }] }),
    JSON.stringify({ ...token }),
    JSON.stringify(Object.entries(token)),
    JSON.stringify(Object.getOwnPropertyDescriptors(token)),
    JSON.stringify(Object.assign({}, token)),
    JSON.stringify(structuredClone({ ...token })),
    Object.keys(token).join(),
    Reflect.ownKeys(token).map(String).join(),
    inspect(token),
    inspect({ deep: [{ token }] }, { depth: null }),
    inspect(token, { showHidden: true, customInspect: false, depth: null, getters: true, showProxy: true }),
    inspect({ ...token }),
    inspect(thrown, { depth: null }),
    format("%s %o %O %j %d", token, token, token, token, token),
    printed(token),
    printed({ config: { token } }),
  ];
}

test("a token shows nothing but its organisation in any printed form", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z]{1,8}(_[a-z]{1,8})?$/),
      fc.stringMatching(/^Z[A-Z0-9]{15,40}$/),
      (organisation, random) => {
        for (const form of everyForm(parseToken(`tesa_mqtt_${organisation}_${random}`))) {
          // Eight characters in a row would be a part of it that is of use.
          for (let at = 0; at + 8 <= random.length; at += 1) {
            expect(form).not.toContain(random.slice(at, at + 8));
          }
        }
      },
    ),
    { seed: 1, numRuns: 50 },
  );
});

test("a token prints as its redacted form", () => {
  const token = parseToken(TEXT);
  expect(String(token)).toBe("tesa_mqtt_acme_...");
  expect(JSON.stringify({ token })).toBe('{"token":"tesa_mqtt_acme_..."}');
  expect(inspect({ token })).toBe("{ token: tesa_mqtt_acme_... }");
});

test("tokenFingerprint() is the same for the same token only, and holds nothing of it", () => {
  const fingerprint = tokenFingerprint(parseToken(TEXT));
  expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(tokenFingerprint(parseToken(TEXT))).toBe(fingerprint);
  const others = new Set(
    Array.from({ length: 2_000 }, (_, index) =>
      tokenFingerprint(
        parseToken(`tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKE${String(index).padStart(8, "0")}`),
      ),
    ),
  );
  expect(others.size).toBe(2_000);
});
