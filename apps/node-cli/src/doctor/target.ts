/** Where the broker is, taken apart. */
export interface Target {
  /** What the user calls the setting, such as `MQTT_BROKER_URL`. */
  readonly setting: string;
  readonly url: string;
  /** Whether TLS is used: `wss://`. */
  readonly secure: boolean;
  /** A name or an IP address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Takes a checked broker URL apart. `setting` is what the user calls it. */
export function parseTarget(brokerUrl: string, setting: string): Target {
  const url = new URL(brokerUrl);
  const secure = url.protocol === "wss:";
  return {
    setting,
    url: brokerUrl,
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname,
  };
}

/** What usually listens on the ports that are mixed up with the platform's WSS port. */
const KNOWN_PORTS: Readonly<Record<number, string>> = {
  80: "80 is plain HTTP",
  1883: "1883 is MQTT without TLS and without WebSocket",
  8080: "8080 is usually plain HTTP",
  8083: "8083 is EMQX's WebSocket port without TLS",
  8883: "8883 is MQTT over TLS without WebSocket",
  8884: "8884 is the platform's MQTTS port for devices, without WebSocket",
  14567: "14567 is MQTT over QUIC",
  18083: "18083 is EMQX's dashboard",
};

/** A sentence about the port, where it is one that is often mixed up; else nothing. */
export function portHint({ port }: Target): string {
  const known = KNOWN_PORTS[port];
  return known === undefined ? "" : ` Port ${known}.`;
}

/** The platform's own address. Source: the platform's public documentation. */
export const PLATFORM_URL = "wss://mqtt.tesaiot.com:8085/mqtt";
