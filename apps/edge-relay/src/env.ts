import type { OrganisationRelay } from "./organisation-relay.ts";

/** What wrangler.jsonc binds, and the secrets. Everything but the two bindings is text, and may be missing. */
export interface Env {
  readonly ORGANISATION: DurableObjectNamespace<OrganisationRelay>;
  /** The files of public/. */
  readonly ASSETS: Fetcher;
  /** Secret. Several with a space between, one for each organisation. */
  readonly MQTT_API_TOKEN?: string;
  /** Secret. 32 bytes or more; two with a space between while one replaces the other. */
  readonly TESA_RELAY_SECRET?: string;
  readonly MQTT_BROKER_URL?: string;
  readonly MQTT_TOPIC?: string;
  readonly MQTT_KEEPALIVE?: string;
  readonly MQTT_RECONNECT_PERIOD?: string;
  readonly TESA_DEVICE?: string;
  readonly TESA_SENSOR?: string;
  readonly TESA_PROTOCOL_VERSION?: string;
  readonly TESA_RECEIVE_MAXIMUM?: string;
  readonly TESA_SESSION_EXPIRY?: string;
  readonly TESA_BROKER_QUEUE?: string;
  /** Origins of web pages that may use the relay, with commas between. */
  readonly TESA_RELAY_ORIGINS?: string;
  /** Origins of relays and brokers that the dashboard may connect to. Empty: those that it was built for. */
  readonly TESA_DASHBOARD_CONNECT?: string;
  /** `clients`: connected while there are clients; `always`. */
  readonly TESA_EDGE_STAY?: string;
  /** Seconds to stay connected after the last client has gone. */
  readonly TESA_EDGE_LINGER?: string;
}
