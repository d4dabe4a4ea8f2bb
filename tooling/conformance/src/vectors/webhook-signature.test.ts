import { TesaError } from "@tesa/core";
import { signWebhook } from "@tesa/webhook";
import { expect, test } from "vitest";
import { type Refused, readVectors } from "./read-vectors.ts";

interface SignatureInput {
  /** As `TESA_WEBHOOK_SECRET` has it: several are separated by spaces. */
  readonly secret: string;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly body?: string;
  readonly bodyBase64?: string;
}

type ExpectedSignature = { readonly signature: string } | Refused;

test.each(readVectors<SignatureInput, ExpectedSignature>("webhook-signature"))(
  "webhook signature: $name",
  async ({ input, expected }) => {
    expect(await sign(input)).toEqual(expected);
  },
);

async function sign({
  secret,
  id,
  timestamp,
  body = "",
  bodyBase64,
}: SignatureInput): Promise<ExpectedSignature> {
  try {
    const headers = await signWebhook({
      secret: secret.split(" "),
      id,
      now: timestamp * 1_000,
      body: bodyBase64 === undefined ? body : Buffer.from(bodyBase64, "base64"),
    });
    return { signature: headers["webhook-signature"] };
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    expect(error.message).not.toMatch(/FAKE|RkZG/);
    return { refused: true };
  }
}
