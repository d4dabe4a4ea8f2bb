// What users need first; below it, what runtimes bring.

export { openApiDocument } from "./contract/openapi.ts";
export { type EventId, formatEventId, parseEventId } from "./event-id.ts";
export { isLoopback } from "./http/loopback.ts";
export { Problem, type ProblemCode, problemResponse } from "./http/problem.ts";
export { type OpenByteStream, type OpenedStream, openWebStream } from "./http/web-outlet.ts";
export type { RingLimits } from "./hub/event-ring.ts";
export type { GapNotice } from "./hub/gap-list.ts";
export type { Outlet, OutletEvents } from "./hub/outlet.ts";
export type { UpstreamNotice } from "./hub/upstream.ts";
export { MAX_KEY_LIFE_MS, RELAY_SCOPES, type RelayScope } from "./keys/claims.ts";
export { createRelayKey, type RelayKey, type RelayKeyOptions } from "./keys/create-key.ts";
export type { Grant } from "./keys/grant.ts";
export { parseRelaySecrets, type RelaySecret } from "./keys/secrets.ts";
export { type KeyRules, verifyRelayKey } from "./keys/verify-key.ts";
export type { RelayAccess, RelayLimits, RelayOptions, UpstreamSource } from "./options.ts";
export { createRelay, type Relay } from "./relay.ts";
export { allowConnections, parseConnectOrigins } from "./settings/connect-origins.ts";
export {
  type RelaySettings,
  type RelaySettingsSource,
  readRelaySettings,
} from "./settings/relay-settings.ts";
export { RELAY_VARIABLES, type RelayVariable, type RelayVariableName } from "./settings/relay-variables.ts";
