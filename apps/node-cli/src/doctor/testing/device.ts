import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import type { Platform } from "@tesa/platform";
import { generate, type Packet, parser } from "mqtt-packet";

export interface DeviceOptions {
  readonly organisation?: string;
  readonly deviceId: string;
  /** The payload of the next message. */
  readonly payload: () => string;
  readonly sensor?: string;
  readonly retain?: boolean;
  /** @default 20 */
  readonly intervalMs?: number;
}

/** A device that publishes over MQTTS, the first message at once, until it is disposed of. */
export async function startDevice(platform: Platform, options: DeviceOptions): Promise<AsyncDisposable> {
  const { organisation = "acme", deviceId, payload, retain = false, intervalMs = 20 } = options;
  const { username, password } = platform.devices.register({ organisation, deviceId });
  const { hostname, port } = new URL(platform.urls.mqtts);
  const socket = connect({
    host: hostname,
    port: Number(port),
    ca: readFileSync(platform.caCertPath, "utf8"),
  });
  const packets = parser({ protocolVersion: 4 });
  socket.on("data", (chunk) => packets.parse(chunk));
  const send = (packet: Packet) => socket.write(generate(packet));
  await once(socket, "secureConnect");
  send({
    cmd: "connect",
    clientId: deviceId,
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: 0,
    username,
    password: Buffer.from(password),
  });
  const [connack] = await once(packets, "packet");
  if (connack.returnCode !== 0) throw new Error(`The device was refused: ${connack.returnCode}.`);
  let messageId = 0;
  const publish = () => {
    messageId = (messageId % 65_535) + 1;
    const topic = `device/${deviceId}/telemetry/${options.sensor ?? "temperature"}`;
    send({ cmd: "publish", topic, payload: payload(), qos: 1, retain, dup: false, messageId });
  };
  publish();
  await once(packets, "packet");
  const timer = setInterval(publish, intervalMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      socket.end(generate({ cmd: "disconnect" }));
      await once(socket, "close");
    },
  };
}

/** A reading of the platform's first payload shape, stamped this far from now. */
export function reading(offsetMs = 0): string {
  const timestamp = new Date(Date.now() + offsetMs).toISOString();
  return JSON.stringify({ timestamp, sensor: "temperature", value: 25.5, unit: "°C" });
}
