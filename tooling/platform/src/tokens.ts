import { randomInt } from "node:crypto";
import type { IssuedToken, TokenStore } from "./types.ts";

/** The platform's default: 90 days. */
const DEFAULT_LIFETIME_MS = 90 * 86_400_000;
const RANDOM_LENGTH = 32;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

interface TokenRecord {
  readonly organisation: string;
  readonly token: string;
  expiresAt: number;
  isRevoked: boolean;
}

/** Where the broker looks a token up. */
export interface TokenRegistry extends TokenStore {
  /** The token as it is now, or `undefined` if it was never issued. */
  find(token: string): IssuedToken | undefined;
}

/** Keeps the MQTT API tokens of a box, in memory. */
export function createTokenRegistry(): TokenRegistry {
  const records = new Map<string, TokenRecord>();
  const known = (token: string): TokenRecord => {
    const record = records.get(token);
    if (record === undefined) throw new Error("This platform has issued no such token.");
    return record;
  };
  return {
    issue: ({ organisation, lifetimeMs = DEFAULT_LIFETIME_MS }) => {
      assertOrganisation(organisation);
      const token = `tesa_mqtt_${organisation}_${randomText(RANDOM_LENGTH)}`;
      records.set(token, { organisation, token, expiresAt: Date.now() + lifetimeMs, isRevoked: false });
      return token;
    },
    expire: (token) => {
      known(token).expiresAt = Date.now();
    },
    revoke: (token) => {
      known(token).isRevoked = true;
    },
    list: () => [...records.values()].map(describe),
    find: (token) => {
      const record = records.get(token);
      return record === undefined ? undefined : describe(record);
    },
  };
}

/** An organisation's prefix stands in tokens, so it may hold what a token may. @throws Error otherwise */
export function assertOrganisation(organisation: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(organisation)) return;
  throw new Error(
    `"${organisation}" is no organisation prefix: it takes letters, digits, "_" and "-", and begins with a letter or digit.`,
  );
}

function describe({ organisation, token, expiresAt, isRevoked }: TokenRecord): IssuedToken {
  const isExpired = expiresAt <= Date.now();
  return { organisation, token, expiresAt, state: isRevoked ? "revoked" : isExpired ? "expired" : "active" };
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
