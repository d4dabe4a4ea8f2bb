import { TesaError } from "@tesa/core";

const PREFIX = "whsec_";
/** The limits of the Standard Webhooks specification: 192 to 512 bits. */
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** Signs as the Standard Webhooks specification says (version 1.0.0, scheme `v1`: HMAC-SHA256). */
export interface WebhookSigner {
  /** The three headers of a request. `id` must not hold a full stop; `now` is epoch milliseconds. */
  headers(message: {
    readonly id: string;
    readonly now: number;
    readonly body: Uint8Array;
  }): Promise<WebhookHeaders>;
}

/** The headers of the Standard Webhooks specification. */
export interface WebhookHeaders {
  readonly "webhook-id": string;
  /** Seconds since the epoch. */
  readonly "webhook-timestamp": string;
  /** `v1,` and the signature in base64, one for each secret, with spaces between. */
  readonly "webhook-signature": string;
}

/**
 * Makes a signer from one secret or, while they are being changed, from several: the receiver takes a request if any
 * of the signatures is right.
 *
 * @throws TesaError `config` for a secret that is not `whsec_` and base64 of 24 to 64 bytes; it is not shown
 */
export async function createSigner(secret: string | readonly string[]): Promise<WebhookSigner> {
  const keys = await Promise.all(parseSecrets(secret).map(importKey));
  return {
    async headers({ id, now, body }) {
      const timestamp = String(Math.floor(now / 1_000));
      const content = concatBytes([new TextEncoder().encode(`${id}.${timestamp}.`), body]);
      const signatures = await Promise.all(
        keys.map(
          async (key) => `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, content)))}`,
        ),
      );
      return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
    },
  };
}

/**
 * The headers of one request, for those who send by themselves.
 *
 * @example
 * ```ts
 * const headers = await signWebhook({ secret, id: "msg_1", now: Date.now(), body: '{"type":"test"}' });
 * await fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body });
 * ```
 * @throws TesaError `config` as {@link createSigner}
 */
export async function signWebhook(message: {
  readonly secret: string | readonly string[];
  readonly id: string;
  readonly now: number;
  readonly body: string | Uint8Array;
}): Promise<WebhookHeaders> {
  const { secret, id, now, body } = message;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return (await createSigner(secret)).headers({ id, now, body: bytes });
}

/** Lists what is wrong with the secrets, without showing any of them. */
export function findSecretProblems(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (secrets.length === 0)
    return ["secret is an empty list; give one, or several while they are being changed"];
  return secrets.flatMap((text, index) => {
    const which = secrets.length === 1 ? "secret" : `secret ${index + 1}`;
    const key = keyBytes(text);
    if (key === undefined) return [`${which} is not ${PREFIX} followed by base64; ${HOW_TO_MAKE_ONE}`];
    if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES) {
      const rule = `a secret has ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES}`;
      return [`${which} has ${key.length} bytes; ${rule}; ${HOW_TO_MAKE_ONE}`];
    }
    return [];
  });
}

const HOW_TO_MAKE_ONE = 'make one with: echo "whsec_$(openssl rand -base64 32)"';

function parseSecrets(secret: string | readonly string[]): readonly Uint8Array<ArrayBuffer>[] {
  const problems = findSecretProblems(secret);
  if (problems.length > 0) {
    throw new TesaError("config", `The webhook cannot be signed: ${problems.join(". ")}.`, { problems });
  }
  return (typeof secret === "string" ? [secret] : secret).flatMap((text) => keyBytes(text) ?? []);
}

function keyBytes(secret: string): Uint8Array<ArrayBuffer> | undefined {
  const text = secret.trim();
  const encoded = text.slice(PREFIX.length);
  if (!text.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  try {
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    // Of a length that base64 cannot have.
    return undefined;
  }
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** One array of the given parts. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
