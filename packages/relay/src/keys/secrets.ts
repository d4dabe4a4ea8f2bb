import { TesaError } from "@tesa/core";
import { base64url } from "jose";

/** RFC 7518, section 3.2: a key of HS256 is as long as its hash. */
const MIN_BYTES = 32;

/** A secret by which keys are signed. */
export interface RelaySecret {
  /** Names the secret in the keys made with it, so that it is found while two are in use. Tells nothing about it. */
  readonly kid: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads `TESA_RELAY_SECRET`: one secret, or two with a space between while the first replaces the second. Each is
 * base64url of 32 bytes or more, or else text of as many bytes.
 *
 * @param setting What the user calls it. @default "TESA_RELAY_SECRET"
 * @throws TesaError `config`; its message does not hold the secret
 */
export async function parseRelaySecrets(
  text: string,
  setting = "TESA_RELAY_SECRET",
): Promise<readonly RelaySecret[]> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const problems =
    words.length === 0 ? ["it is empty"] : words.length > 2 ? [`it holds ${words.length}`] : [];
  const secrets = words.map(secretBytes);
  for (const [index, { length }] of secrets.entries()) {
    if (length < MIN_BYTES) problems.push(`the ${index === 0 ? "first" : "second"} has ${length} bytes`);
  }
  if (problems.length > 0) {
    throw new TesaError(
      "config",
      `${setting} has to be one secret of at least ${MIN_BYTES} bytes, or two with a space between: ` +
        `${problems.join(", ")}. Make one by: openssl rand -hex 32`,
      { problems },
    );
  }
  return Promise.all(secrets.map(async (bytes) => ({ bytes, kid: await nameOf(bytes) })));
}

function secretBytes(word: string): Uint8Array {
  const decoded = asBase64url(word);
  return decoded !== null && decoded.length >= MIN_BYTES ? decoded : new TextEncoder().encode(word);
}

function asBase64url(word: string): Uint8Array | null {
  // No base64 is longer by one character than a multiple of four.
  return /^[A-Za-z0-9_-]+$/.test(word) && word.length % 4 !== 1 ? base64url.decode(word) : null;
}

async function nameOf(bytes: Uint8Array): Promise<string> {
  const about = new TextEncoder().encode("tesa-relay-kid:");
  const hash = await crypto.subtle.digest("SHA-256", new Uint8Array([...about, ...bytes]));
  return base64url.encode(new Uint8Array(hash)).slice(0, 8);
}
