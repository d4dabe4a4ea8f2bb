import { readFileSync } from "node:fs";
import {
  createMemoryLog,
  type Gap,
  openStream,
  parseConfig,
  parseToken,
  type StreamState,
  type TelemetryStream,
} from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";
import { type Platform, type PlatformOptions, startPlatform, startSimulator } from "@tesa/platform";

/** A platform in a box with a token of organisation "acme" and one device. */
export interface Box extends AsyncDisposable {
  readonly platform: Platform;
  readonly token: string;
  /** Publishes `count` numbered readings, as fast as the broker takes them, and waits for their PUBACKs. */
  publish(count: number): Promise<void>;
}

/** Starts a box; it ends with `await using`. */
export async function openBox(options?: PlatformOptions): Promise<Box> {
  const platform = await startPlatform(options);
  const token = platform.tokens.issue({ organisation: "acme" });
  const credentials = platform.devices.register({ organisation: "acme", deviceId: "press-1" });
  return {
    platform,
    token,
    async publish(count) {
      await using simulator = await startSimulator({
        url: platform.urls.mqtts,
        caCertPath: platform.caCertPath,
        devices: [{ organisation: "acme", deviceId: "press-1", kind: "climate", credentials }],
        rate: 2_000,
        seed: 1,
        count,
      });
      await simulator.done;
    },
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

/** A stream on the box that is read in the background. */
export interface Watched extends AsyncDisposable {
  readonly stream: TelemetryStream;
  readonly states: readonly (StreamState & { readonly at: number })[];
  readonly gaps: readonly Gap[];
  readonly payloads: readonly string[];
  /** The error the stream ended with, `null` for none. */
  readonly ended: Promise<unknown>;
}

/** Opens a stream with the core's own configuration, transport and clock. */
export function watch(box: Box, variables: Readonly<Record<string, string>> = {}): Watched {
  const environment = { MQTT_API_TOKEN: box.token, MQTT_BROKER_URL: box.platform.urls.wss, ...variables };
  const gaps: Gap[] = [];
  const stream = openStream({
    config: parseConfig(environment),
    readToken: () => parseToken(environment.MQTT_API_TOKEN),
    transport: createMqttTransport({ caCertificates: readFileSync(box.platform.caCertPath, "utf8") }),
    clock: systemClock,
    random: Math.random,
    log: createMemoryLog({ random: Math.random }),
    onGap: (gap) => gaps.push(gap),
  });
  const states: (StreamState & { at: number })[] = [];
  void (async () => {
    for await (const state of stream.status()) states.push({ ...state, at: Date.now() });
  })();
  const payloads: string[] = [];
  const ended = (async () => {
    try {
      for await (const { payload } of stream) payloads.push(new TextDecoder().decode(payload));
      return null;
    } catch (error) {
      return error;
    }
  })();
  return { stream, states, gaps, payloads, ended, [Symbol.asyncDispose]: () => stream.close() };
}

/** Waits until something holds. @throws Error after 15 s, naming it */
export async function until(what: string, condition: () => boolean, limitMs = 15_000): Promise<void> {
  for (const start = Date.now(); !condition(); ) {
    if (Date.now() - start > limitMs) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
