import type { DeviceRegistry } from "./devices.ts";
import type { TokenRegistry } from "./tokens.ts";

/** Who a client is, once its credentials have been accepted. */
export type Identity =
  | { readonly type: "application"; readonly organisation: string }
  | { readonly type: "device"; readonly organisation: string; readonly deviceId: string };

/** Why credentials are refused: nobody by this name, or somebody with another password. */
export type CredentialRefusal = "not-authorised" | "bad-password";

/**
 * Finds who a client is by its credentials, on whatever listener it came: EMQX does not tell listeners apart either.
 * A token that has expired or was revoked is as good as unknown.
 */
export function authenticate(
  credentials: { readonly username: string | undefined; readonly password: string | undefined },
  stores: { readonly tokens: TokenRegistry; readonly devices: DeviceRegistry },
): Identity | CredentialRefusal {
  const { username, password } = credentials;
  // EMQX' built-in database takes a missing password for a wrong one, whoever it is.
  if (password === undefined) return "bad-password";
  if (username === undefined) return "not-authorised";
  const token = stores.tokens.find(username);
  if (token !== undefined) {
    if (token.state !== "active") return "not-authorised";
    if (password !== username) return "bad-password";
    return { type: "application", organisation: token.organisation };
  }
  const device = stores.devices.find(username);
  if (device === undefined) return "not-authorised";
  if (password !== device.password) return "bad-password";
  return { type: "device", organisation: device.organisation, deviceId: device.deviceId };
}
