import { errors, type JWTVerifyResult, jwtVerify } from "jose";
import { Problem } from "../http/problem.ts";
import { claimsSchema, MAX_KEY_LIFE_MS } from "./claims.ts";
import type { Grant } from "./grant.ts";
import type { RelaySecret } from "./secrets.ts";

/** By what a key is judged. */
export interface KeyRules {
  readonly secrets: readonly RelaySecret[];
  /** The organisation whose telemetry this is; without it, that of any key. */
  readonly organisation?: string | undefined;
  /** @default {@link KEY_COMMAND} */
  readonly keyCommand?: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What makes a key, where the relay is not told of another way. */
export const KEY_COMMAND = "tesa relay key";

/** Clocks of those who make keys may be ahead by so much, in milliseconds. */
const AHEAD_MS = 60_000;
/** A day of seconds has five digits, a kilobyte of claims is plenty; ten thousand devices fit in. */
const MAX_LENGTH = 512 * 1024;

/**
 * Reads the key of a client.
 *
 * @throws Problem 401 for one that is not signed with a secret of ours by HS256, has ended, or lasts too long; 403 for one
 * of another organisation. It does not hold the key.
 */
export async function verifyRelayKey(
  key: string,
  { secrets, organisation, keyCommand = KEY_COMMAND, now }: KeyRules,
): Promise<Grant> {
  const { payload } = await verifySignature(key, secrets, now);
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) {
    const wrong = [...new Set(claims.error.issues.map(({ path }) => String(path[0])))].join(", ");
    throw refused(
      "key-invalid",
      `The key's claims are wrong or missing: ${wrong}. Make one by: ${keyCommand}`,
    );
  }
  const { org, devices, scope, exp } = claims.data;
  const endsAt = exp * 1_000;
  if (endsAt > now + MAX_KEY_LIFE_MS + AHEAD_MS) {
    throw refused("key-invalid", "The key lasts longer than 24 hours.");
  }
  if (organisation !== undefined && org !== organisation) {
    throw new Problem(403, "organisation-not-allowed", "The key is for another organisation.");
  }
  return {
    organisation: org,
    devices: devices === undefined ? null : new Set(devices),
    scope: new Set(scope),
    endsAt,
    holder: key.slice(key.lastIndexOf(".") + 1),
  };
}

async function verifySignature(
  key: string,
  secrets: readonly RelaySecret[],
  now: number,
): Promise<JWTVerifyResult> {
  if (key.length > MAX_LENGTH) throw refused("key-invalid", "The key is too long.");
  let failure: unknown;
  for (const { kid, bytes } of secrets) {
    try {
      const result = await jwtVerify(key, bytes, {
        algorithms: ["HS256"],
        requiredClaims: ["exp"],
        currentDate: new Date(now),
      });
      const named = result.protectedHeader.kid;
      if (named === undefined || named === kid) return result;
      failure ??= new errors.JWTInvalid("its kid names another secret");
    } catch (error) {
      // A signature that is right says more than one that is wrong with the other secret.
      if (failure === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) failure = error;
    }
  }
  if (failure instanceof errors.JWTExpired)
    throw refused("key-expired", "The key has ended. Make a new one.");
  throw refused("key-invalid", "The key is not one of this relay: wrong secret, algorithm or form.");
}

function refused(code: "key-invalid" | "key-expired", detail: string): Problem {
  return new Problem(401, code, detail, { "www-authenticate": 'Bearer error="invalid_token"' });
}
