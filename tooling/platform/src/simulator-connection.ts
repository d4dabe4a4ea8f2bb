import { setTimeout as delay } from "node:timers/promises";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Credentials } from "./types.ts";

/** What a device needs to connect. */
export interface DeviceConnectOptions {
  /** `mqtts://host:port` */
  readonly url: string;
  /** PEM of the CA that the server's certificate is verified against. */
  readonly ca: string;
  readonly deviceId: string;
  readonly credentials: Credentials;
}

/** A connection that the broker has accepted. */
export interface DeviceConnection {
  readonly client: MqttClient;
  /** How many QoS 1 messages the broker takes unacknowledged (MQTT 5, 3.2.2.3.3). */
  readonly receiveMaximum: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_SECONDS = 60;
/** How long a broker has to close the connection after DISCONNECT. */
const DISCONNECT_TIMEOUT_MS = 500;

/**
 * Connects once: with MQTT 5, which tells why a publish is refused, and with 3.1.1 where the broker speaks no 5.
 * @throws Error why not; the signal's reason as soon as it aborts.
 */
export async function connectDevice(
  options: DeviceConnectOptions,
  signal: AbortSignal,
): Promise<DeviceConnection> {
  try {
    return await attempt(options, 5, signal);
  } catch (error) {
    if (!isVersionRefusal(error)) throw error;
    return attempt(options, 4, signal);
  }
}

/** CONNACK 0x84 (MQTT 5, 3.2.2.2) or 1 (MQTT 3.1.1, 3.2.2.3). */
function isVersionRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === 0x84 || error.code === 1);
}

function attempt(
  options: DeviceConnectOptions,
  protocolVersion: 4 | 5,
  signal: AbortSignal,
): Promise<DeviceConnection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const client = connect(options.url, settingsFor(options, protocolVersion));
    let lastError: Error | undefined;
    // Stays for good: mqtt.js tells each fault by "error" too, which without a listener would end the process. What
    // matters of it later, the loss of the connection, comes as "close".
    client.on("error", (error) => {
      lastError = error;
    });
    const fail = (error: unknown) => {
      release();
      discard(client);
      reject(error);
    };
    const onClose = () => fail(lastError ?? new Error("the broker closed the connection without a reason"));
    const onAbort = () => fail(signal.reason);
    const release = () => {
      client.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
    };
    client.once("connect", ({ properties }) => {
      release();
      // 65,535 where the broker names none (MQTT 5, 3.2.2.3.3).
      resolve({ client, receiveMaximum: properties?.receiveMaximum ?? 65_535 });
    });
    client.once("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function settingsFor(options: DeviceConnectOptions, protocolVersion: 4 | 5): IClientOptions {
  return {
    ca: options.ca,
    clientId: options.deviceId,
    username: options.credentials.username,
    password: options.credentials.password,
    protocolVersion,
    clean: true,
    keepalive: KEEP_ALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // mqtt.js only knows a constant pause; the link of the device reconnects by itself.
    reconnectPeriod: 0,
    // The default log prints the password where DEBUG is set.
    log: () => {},
  };
}

/** Cuts the connection, if it is still there, and releases what mqtt.js holds for it. */
export function discard(client: MqttClient): void {
  client.end(true);
}

/** Sends DISCONNECT and waits until the connection is closed; one that stays open is cut. */
export async function disconnect(client: MqttClient): Promise<void> {
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  client.end();
  const timeout = delay(DISCONNECT_TIMEOUT_MS, undefined, { ref: false }).then(() => client.stream.destroy());
  await Promise.race([closed, timeout]);
}
