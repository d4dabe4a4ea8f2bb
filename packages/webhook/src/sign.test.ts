import { TesaError } from "@tesa/core";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { findSecretProblems, signWebhook } from "./sign.ts";

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString("base64")}`;

describe("signWebhook()", () => {
  test("signs anything as the reference library does", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        async (key, id, body, now) => {
          const secret = secretOf(key);
          const headers = await signWebhook({ secret, id, now, body });
          expect(headers["webhook-signature"]).toBe(new Webhook(secret).sign(id, new Date(now), body));
        },
      ),
    );
  });

  test("is accepted by the reference library, with either of two secrets", async () => {
    const secrets = [secretOf(new Uint8Array(24).fill(1)), secretOf(new Uint8Array(64).fill(2))];
    const body = '{"type":"telemetry.batch"}';
    const headers = await signWebhook({ secret: secrets, id: "log-lane0of1-1-2", now: Date.now(), body });
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(body, { ...headers })).toEqual({ type: "telemetry.batch" });
    }
  });
});

describe("A secret", () => {
  test.each([
    ["", "is not whsec_"],
    ["FAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE", "is not whsec_"],
    ["whsec_", "is not whsec_"],
    ["whsec_not base64 at all !!", "is not whsec_"],
    ["whsec_AAAAA", "is not whsec_"],
    ["whsk_FAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE", "is not whsec_"],
    ["whsec_FAKEFAKE", "has 6 bytes"],
    [secretOf(new Uint8Array(65)), "has 65 bytes"],
  ])("of %j is refused, without being shown, and it is said how to make one", (secret, problem) => {
    const [found = ""] = findSecretProblems(secret);
    expect(found).toContain(problem);
    expect(found).toContain("openssl rand");
    expect(found).not.toContain("FAKE");
  });

  test("that is wrong among several is told by its place", () => {
    const good = secretOf(new Uint8Array(32));
    expect(findSecretProblems([good, "nonsense"])).toEqual([
      expect.stringContaining("secret 2 is not whsec_"),
    ]);
    expect(findSecretProblems([])).toEqual([expect.stringContaining("empty list")]);
    expect(findSecretProblems([good])).toEqual([]);
  });

  test("that is wrong makes signWebhook() throw", async () => {
    await expect(signWebhook({ secret: "nonsense", id: "a", now: 0, body: "" })).rejects.toBeInstanceOf(
      TesaError,
    );
  });
});
