import type { Context } from "hono";
import type { Filter } from "../filter.ts";
import { Problem } from "../http/problem.ts";
import type { RelayAccess } from "../options.ts";
import type { RelayScope } from "./claims.ts";
import { type Grant, OPEN_GRANT } from "./grant.ts";
import { KEY_COMMAND, verifyRelayKey } from "./verify-key.ts";

/**
 * Looks at the key of a request.
 *
 * @throws Problem 401 without a key that is good, 403 without the scope
 */
export async function authorize(
  context: Context,
  scope: RelayScope,
  {
    access,
    keyCommand = KEY_COMMAND,
    now,
  }: { readonly access: RelayAccess; readonly keyCommand?: string | undefined; readonly now: number },
): Promise<Grant> {
  if (access.type === "open") return OPEN_GRANT;
  const [, key] = /^Bearer +([^\s]+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
  if (key === undefined) {
    throw new Problem(
      401,
      "key-missing",
      `Send a key: Authorization: Bearer KEY. One is made by: ${keyCommand}`,
      {
        "www-authenticate": "Bearer",
      },
    );
  }
  const { secrets, organisation } = access;
  const grant = await verifyRelayKey(key, { secrets, organisation, keyCommand, now });
  if (!grant.scope.has(scope))
    throw new Problem(403, "scope-missing", `The key has not the scope "${scope}".`);
  return grant;
}

/**
 * The filter that was asked for, within what the key allows.
 *
 * @throws Problem 403 if a device was asked for that the key does not allow
 */
export function allowedFilter(
  grant: Grant,
  asked: { readonly device: readonly string[]; readonly sensor: readonly string[] },
): Filter {
  const forbidden = asked.device.find((device) => grant.devices !== null && !grant.devices.has(device));
  if (forbidden !== undefined) {
    throw new Problem(
      403,
      "device-not-allowed",
      `The key does not allow the device ${JSON.stringify(forbidden)}.`,
    );
  }
  return {
    devices: asked.device.length > 0 ? new Set(asked.device) : grant.devices,
    sensors: asked.sensor.length > 0 ? new Set(asked.sensor) : null,
  };
}
