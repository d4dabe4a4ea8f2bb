import type { RelaySecret } from "@tesa/relay";
import { jwtVerify, SignJWT } from "jose";

const AUDIENCE = "tesa-edge-ticket";

/** A ticket with the organisation whose relay made it, signed: who brings one back need not name an organisation. */
export async function sealTicket(organisation: string, ticket: string, secret: RelaySecret): Promise<string> {
  return await new SignJWT({ org: organisation, ticket })
    .setProtectedHeader({ alg: "HS256" })
    .setAudience(AUDIENCE)
    .setExpirationTime("30s")
    .sign(secret.bytes);
}

/** `undefined`: it is none of ours, or too old. The relay that made it knows whether it was used. */
export async function openTicket(
  sealed: string,
  secrets: readonly RelaySecret[],
): Promise<{ readonly organisation: string; readonly ticket: string } | undefined> {
  for (const { bytes } of secrets) {
    try {
      const { payload } = await jwtVerify(sealed, bytes, { algorithms: ["HS256"], audience: AUDIENCE });
      return { organisation: String(payload.org), ticket: String(payload.ticket) };
    } catch {
      // Whatever is wrong with it: it opens nothing. The other secret may know it.
    }
  }
  return undefined;
}
