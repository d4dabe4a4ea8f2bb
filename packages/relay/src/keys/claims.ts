import { z } from "zod";

/** What a key may be used for. */
export const RELAY_SCOPES = ["stream", "history", "metrics"] as const;

/** `stream`: live with replay. `history`: messages, devices and gaps of the log. `metrics`: the relay's own figures. */
export type RelayScope = (typeof RELAY_SCOPES)[number];

/** How long a key may last, in milliseconds: a day. */
export const MAX_KEY_LIFE_MS: number = 24 * 3_600_000;

const name = z.string().min(1).max(256);

/** The claims of a key. Others are allowed and not looked at. */
export const claimsSchema: z.ZodType<RelayClaims> = z.object({
  org: name,
  devices: z.array(name).max(10_000).optional(),
  scope: z.array(z.enum(RELAY_SCOPES)).min(1),
  exp: z.number().positive(),
  jti: name.optional(),
});

/** What a key says. */
export interface RelayClaims {
  readonly org: string;
  /** The devices that may be seen; all without it. */
  readonly devices?: readonly string[] | undefined;
  readonly scope: readonly RelayScope[];
  /** Seconds since the epoch, as in every JWT. */
  readonly exp: number;
  readonly jti?: string | undefined;
}
