import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { DeviceLink } from "./device-link.ts";
import type { PublisherCommand, PublisherEvent, PublisherSettings } from "./protocol.ts";

/** How often due messages are sent, in milliseconds. */
const TICK_MS = 5;
/** How long the end waits for acknowledgements. */
const FLUSH_TIMEOUT_MS = 15_000;

const tell = (event: PublisherEvent): void => void process.send?.(event);
const fail = (error: unknown): void => {
  tell({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
};

let links: readonly DeviceLink[] = [];
let rate = 0;
const stopping = new AbortController();

process.on("message", (command: PublisherCommand) => {
  if (command.type === "open") open(command.settings).catch(fail);
  else if (command.type === "start") publish().catch(fail);
  else stopping.abort();
});
// The parent has gone, however it ended.
process.on("disconnect", () => process.exit());

async function open(settings: PublisherSettings): Promise<void> {
  const ca = readFileSync(settings.caCertPath, "utf8");
  rate = settings.rate;
  links = await Promise.all(
    settings.devices.map((device) => DeviceLink.open({ url: settings.url, ca }, device, fail)),
  );
  tell({ type: "opened" });
}

async function publish(): Promise<void> {
  const startedAt = performance.now();
  let sent = 0;
  let turn = 0;
  while (!stopping.signal.aborted) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * rate);
    for (let misses = 0; sent < due && misses < links.length; turn += 1) {
      const link = links[turn % links.length];
      if (link?.hasRoom) {
        link.publishNext(Date.now());
        sent += 1;
        misses = 0;
      } else misses += 1;
    }
    for (const link of links) link.flush();
    await delay(TICK_MS);
  }
  const elapsedMs = performance.now() - startedAt;
  const deadline = performance.now() + FLUSH_TIMEOUT_MS;
  while (links.some((link) => !link.isFlushed) && performance.now() < deadline) await delay(TICK_MS);
  tell({ type: "done", devices: links.map(({ report }) => report), elapsedMs });
  for (const link of links) link.close();
}
