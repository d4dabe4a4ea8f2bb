/** The platform in a box and its device, in a process of their own: what they cost is not the client's. */
import { startPlatform } from "@tesa/platform";
import { TestClient } from "@tesa/platform/testing";
import type { FromBox, ToBox } from "./protocol.ts";

/** So many go out before the box is asked how far the client is. */
const CHUNK = 500;
/** Beyond so many that wait for the client, the device waits too: the broker's queue is not what is measured. */
const MAX_QUEUED = 1_000;
const PAUSE_MS = 1;

const DEVICE = "bench-1";
const TOPIC = `device/${DEVICE}/telemetry/temperature`;

const platform = await startPlatform({ ledger: "off", broker: { maxQueue: 1_000_000 } });
const credentials = platform.devices.register({ organisation: "acme", deviceId: DEVICE });
const device = new TestClient({ url: platform.urls.mqtts, caPath: platform.caCertPath });
await device.connect({ clientId: DEVICE, ...credentials });

const tell = (message: FromBox) => process.send?.(message);
platform.onEvent((event) => {
  if (event.type === "subscribed") tell({ type: "subscribed" });
});
process.on("message", ({ count }: ToBox) => void publish(count));
process.on("disconnect", () => process.exit());
tell({
  type: "ready",
  wss: platform.urls.wss,
  mqtts: platform.urls.mqtts,
  caCertPath: platform.caCertPath,
  token: platform.tokens.issue({ organisation: "acme" }),
});

async function publish(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += CHUNK) {
    const chunk = Math.min(CHUNK, count - sent);
    await Promise.all(
      Array.from({ length: chunk }, (_, index) => device.publish(TOPIC, payload(sent + index))),
    );
    // Packets that the device got back would pile up.
    device.received.length = 0;
    while (waiting() > MAX_QUEUED) await pause();
  }
  while (waiting() > 0) await pause();
  tell({ type: "acknowledged" });
}

/** What the client has not acknowledged yet. */
function waiting(): number {
  return platform
    .clients()
    .filter(({ clientId }) => clientId !== DEVICE)
    .reduce((sum, { inflight, queued }) => sum + inflight + queued, 0);
}

/** The platform's single reading, about 200 bytes, each with a value and time of its own. */
function payload(index: number): string {
  return JSON.stringify({
    timestamp: new Date(1_770_201_045_123 + index * 100).toISOString(),
    device_id: DEVICE,
    sensor: "temperature",
    value: 20 + (index % 1_000) / 100,
    unit: "°C",
    metadata: { location: "Factory-A, line 4, north wall", quality: 0.98, index },
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
