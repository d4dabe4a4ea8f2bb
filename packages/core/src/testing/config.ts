import type { StreamConfig } from "../stream-parts.ts";

/** What `parseConfig()` makes of a token alone, on a broker that does not exist. */
export const TEST_CONFIG: StreamConfig = {
  brokerUrl: "wss://broker.example:8085/mqtt",
  filters: ["device/+/telemetry/#"],
  clientId: undefined,
  keepAliveSeconds: 60,
  backoff: { firstMs: 1_000, maxMs: 30_000, jitter: 0.5, resetAfterMs: 30_000 },
  protocolVersion: "auto",
  receiveMaximum: 100,
  sessionExpirySeconds: 300,
  brokerQueue: 1_000,
  share: undefined,
};
