import { TesaError } from "@tesa/core";
import { SignJWT } from "jose";
import { MAX_KEY_LIFE_MS, type RelayScope } from "./claims.ts";
import type { RelaySecret } from "./secrets.ts";

/** What a key is to say. */
export interface RelayKeyOptions {
  /** The first of `parseRelaySecrets()`. */
  readonly secret: RelaySecret;
  readonly organisation: string;
  /** The devices that may be seen. @default all of them */
  readonly devices?: readonly string[];
  /** @default `stream` and `history` */
  readonly scope?: readonly RelayScope[];
  /** Milliseconds, at the most 24 hours. @default an hour */
  readonly expiresInMs?: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The key, and until when it is good. */
export interface RelayKey {
  readonly key: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Makes a key for clients of the relay: a JWT, signed with HS256.
 *
 * @throws TesaError `usage` if it would last longer than 24 hours, or not at all
 * @example
 * ```ts
 * const [secret] = await parseRelaySecrets(process.env.TESA_RELAY_SECRET ?? "");
 * const { key } = await createRelayKey({ secret, organisation: "acme", devices: ["press-1"], now: Date.now() });
 * ```
 */
export async function createRelayKey(options: RelayKeyOptions): Promise<RelayKey> {
  const {
    secret,
    organisation,
    devices,
    scope = ["stream", "history"],
    expiresInMs = 3_600_000,
    now,
  } = options;
  if (!(expiresInMs >= 1_000 && expiresInMs <= MAX_KEY_LIFE_MS)) {
    throw new TesaError(
      "usage",
      `A key that lasts ${expiresInMs / 1_000} s was asked for: from 1 s to 24 h is possible.`,
    );
  }
  const issuedAt = Math.floor(now / 1_000);
  const expiresAt = issuedAt + Math.floor(expiresInMs / 1_000);
  const claims = { org: organisation, scope, ...(devices === undefined ? {} : { devices }) };
  const key = await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT", kid: secret.kid })
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(secret.bytes);
  return { key, expiresAt: expiresAt * 1_000 };
}
