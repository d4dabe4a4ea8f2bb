/** An MQTT API token. Whatever prints it, prints `tesa_mqtt_acme_...`. */
export interface Token {
  readonly organisation: string;
  /** `tesa_mqtt_<organisation>_...` */
  readonly redacted: string;
  /** Something about it that is unusual and may be a mistake, such as its length; never the token. */
  readonly warnings: readonly string[];
  /** The token itself, for CONNECT and nothing else. */
  reveal(): string;
}
