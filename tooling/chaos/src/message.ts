/** Names one message in the whole run: `<device id>/<running number>`. */
export type MessageKey = string;

/** The topic of a device's numbered messages. */
export function topicOf(deviceId: string): string {
  return `device/${deviceId}/telemetry/running-number`;
}

/** What a device publishes: the platform's shape of one reading, whose value is the running number, from 1. */
export function encodeNumbered(deviceId: string, number: number, now: number): Buffer {
  return Buffer.from(
    `{"timestamp":${now},"device_id":"${deviceId}","sensor":"running-number","value":${number},"unit":"1"}`,
  );
}

export function keyFor(deviceId: string, number: number): MessageKey {
  return `${deviceId}/${number}`;
}

/** Reads the key from a payload, parsed or as bytes. @throws Error if it is none of ours */
export function keyOf(payload: unknown): MessageKey {
  const content: unknown =
    payload instanceof Uint8Array ? JSON.parse(Buffer.from(payload).toString("utf8")) : payload;
  if (typeof content === "object" && content !== null && "device_id" in content && "value" in content) {
    const { device_id: deviceId, value } = content;
    if (typeof deviceId === "string" && Number.isInteger(value)) return keyFor(deviceId, Number(value));
  }
  throw new Error(`This payload is not one that was published: ${JSON.stringify(content)}.`);
}
