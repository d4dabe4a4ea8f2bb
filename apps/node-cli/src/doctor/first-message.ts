import { decode, type Telemetry } from "@tesa/core";
import { printable, quote } from "@tesa/process";
import type { IPublishPacket } from "mqtt-packet";
import type { LinkEvent, MqttLink } from "./mqtt-link.ts";
import { type Failed, formatDuration, type Outcome, type Step } from "./step.ts";

export type Message = Omit<Telemetry, "seq">;

export interface FirstMessageInput {
  readonly link: MqttLink;
  readonly filters: readonly string[];
  /** What the user calls the setting that chooses sensors, where one does. */
  readonly sensorSetting?: string | undefined;
}

/** How many readings the report shows. */
const MAX_READINGS = 3;
/** The platform's filter for everything that a token may read. */
const EVERY_DEVICE = "device/+/telemetry/#";

/**
 * Step 9: a message that a device sends now. None in the time given is a failure with an exit code of its own (124):
 * all that can be checked from here works, but that messages arrive has not been seen, and that is what was asked. A
 * stored (retained) message shows that delivery works, though not that a device is alive: a warning.
 */
export const firstMessageStep: Step<FirstMessageInput, readonly Message[]> = {
  name: "first-message",
  async run(input, { signal, timeoutMs }) {
    const retained: Message[] = [];
    for (;;) {
      const event = await nextPublish(input.link, signal).catch((error: unknown) => {
        if (retained.length === 0) throw error;
        return undefined;
      });
      if (event === undefined) return onlyRetained(retained, timeoutMs);
      if ("status" in event) return event;
      if (!event.retained) return arrived(event, retained);
      retained.push(event);
    }
  },
  timedOut: ({ filters, sensorSetting }, timeoutMs) => {
    const everyDevice = filters.includes(EVERY_DEVICE);
    const subject = everyDevice
      ? "No device of your organisation"
      : `No device that matches ${filters.map((filter) => quote(filter)).join(" or ")}`;
    const bySensor =
      sensorSetting === undefined
        ? ""
        : `${sensorSetting} chooses by the topic: devices that send several readings in one message have no sensor in theirs.\n`;
    const advice = everyDevice
      ? "."
      : sensorSetting === undefined
        ? `, or listen to every device with ${EVERY_DEVICE}.`
        : `, or try without ${sensorSetting}.`;
    return {
      status: "failed",
      code: "timeout",
      detail: `no message within ${formatDuration(timeoutMs)}; everything before this step is well`,
      cause: `${bySensor}${subject} has sent anything meanwhile: devices are off${everyDevice ? "" : ", have other ids"}, or send more rarely than that.`,
      action: `Look in the Admin UI when the devices last sent, or wait longer with --timeout${advice}`,
    };
  },
};

/** The next message, or why there will be none. Rejects when the signal aborts. */
export async function nextPublish(link: MqttLink, signal: AbortSignal): Promise<Message | Failed> {
  const event = await link.next(["publish", "disconnect"], signal);
  if (event.type === "packet" && event.packet.cmd === "publish") {
    return toMessage(event.packet, event.receivedAt);
  }
  return ended(event);
}

function toMessage(packet: IPublishPacket, receivedAt: number): Message {
  return decode({
    topic: packet.topic,
    payload: typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload,
    // Subscribed at QoS 1, so there is no 2; whoever sends it all the same is not the doctor's subject.
    qos: packet.qos === 0 ? 0 : 1,
    retained: packet.retain,
    receivedAt,
  });
}

function ended(event: LinkEvent): Failed {
  const how =
    event.type === "closed"
      ? `closed the connection (WebSocket close code ${event.code})`
      : event.type === "malformed"
        ? `sent something that is not MQTT: ${quote(event.problem)}`
        : `sent DISCONNECT ${reasonOf(event)}`;
  return {
    status: "failed",
    code: event.type === "malformed" ? "protocol" : "connection-lost",
    detail: `the broker ${how} while waiting for a message`,
    cause: "The broker restarts, an administrator ended the connection, or the network failed in between.",
    action: "Run it again; if it stays so, tell whoever runs the platform.",
  };
}

function reasonOf(event: LinkEvent): string {
  const code =
    event.type === "packet" && event.packet.cmd === "disconnect" ? (event.packet.reasonCode ?? 0) : 0;
  return `0x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

function arrived(message: Message, retained: readonly Message[]): Outcome<readonly Message[]> {
  const stored = retained.length === 0 ? "" : ` (after ${retained.length} stored)`;
  return {
    status: "ok",
    value: [message],
    detail: describe(message) + stored,
    data: toData(message, retained),
  };
}

function onlyRetained(retained: readonly Message[], timeoutMs: number): Outcome<readonly Message[]> {
  const [message] = retained;
  return {
    status: "warning",
    value: [],
    detail: `only ${retained.length} stored, the first ${message === undefined ? "" : describe(message)}; no live one within ${formatDuration(timeoutMs)}`,
    cause:
      "Delivery works, but what came had been stored in the broker (retained), which may be any time ago.",
    action: "Look in the Admin UI when the devices last sent, or wait longer with --timeout.",
    data: message === undefined ? {} : toData(message, retained),
  };
}

function describe({ topic, deviceId, format, readings, payload, warnings }: Message): string {
  const shown = readings
    .slice(0, MAX_READINGS)
    .map(
      ({ sensor, value, unit }) =>
        `${printable(sensor)} ${quoteValue(value)}${unit === null ? "" : ` ${printable(unit)}`}`,
    );
  const more = readings.length > MAX_READINGS ? `, ${readings.length - MAX_READINGS} more` : "";
  const content = shown.length === 0 ? `${payload.length} bytes, no readings` : `${shown.join(", ")}${more}`;
  const device = deviceId === null ? "no device in the topic" : `device ${printable(deviceId)}`;
  const notes = warnings.length === 0 ? "" : ` [${warnings.join(", ")}]`;
  return `${device}, ${printable(topic)}, ${format}: ${content}${notes}`;
}

function quoteValue(value: number | string | boolean | null): string {
  return typeof value === "string" ? quote(value, 40) : String(value);
}

function toData(message: Message, retained: readonly Message[]): Record<string, unknown> {
  const { topic, deviceId, sensor, format, readings, timestamp, receivedAt, warnings, payload } = message;
  return {
    topic,
    deviceId,
    sensor,
    format,
    readings: readings.slice(0, 20),
    payloadBytes: payload.length,
    timestamp,
    receivedAt,
    retained: message.retained,
    warnings,
    storedMessages: retained.length,
  };
}
