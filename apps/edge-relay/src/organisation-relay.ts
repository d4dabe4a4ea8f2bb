import { DurableObject } from "cloudflare:workers";
import { TesaError } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt/web";
import { openDurableObjectLog } from "@tesa/log/durable-object";
import { createRelay, type Relay } from "@tesa/relay";
import type { Env } from "./env.ts";
import { readSettings, readStreamConfig } from "./settings.ts";
import { upgradeWebSocket } from "./upgrade-web-socket.ts";
import { Upstream } from "./upstream.ts";

/** What is kept for replay and history. */
const RETENTION = { maxAgeMs: 86_400_000, maxBytes: 1_000_000_000 };
/** The largest packet that the broker may send, in bytes: what memory allows, 16 at a time. It drops larger ones. */
const MAX_PACKET_BYTES = 2 * 1024 * 1024;
/** How often to look after the connection, in milliseconds. An object without events is evicted after ten seconds. */
const ALARM_MS = 8_000;

interface Parts {
  readonly relay: Relay;
  readonly upstream: Upstream;
  readonly lingerMs: number;
}

/** One organisation: its connection to the platform, its log, its clients. */
export class OrganisationRelay extends DurableObject<Env> {
  #parts: Promise<Parts> | undefined;
  #lastClientAt = Number.NEGATIVE_INFINITY;
  #alarmAt = 0;

  override async fetch(request: Request): Promise<Response> {
    const { relay } = await this.#open();
    const response = await relay.fetch(request);
    await this.#tend();
    return response;
  }

  override async alarm(): Promise<void> {
    // It has rung, be it a little early.
    this.#alarmAt = 0;
    // The instance before this one had clients, lost with it: they come back within seconds.
    if (this.#lastClientAt === Number.NEGATIVE_INFINITY) this.#lastClientAt = Date.now();
    try {
      await this.#tend();
    } catch (error) {
      // Cloudflare gives up an alarm that fails time and again, and without clients nobody else would wake the object.
      if (this.env.TESA_EDGE_STAY !== "always") throw error;
      // biome-ignore lint/suspicious/noConsole: it is how a Worker writes into its log.
      console.error(error);
      await this.ctx.storage.setAlarm(Date.now() + ALARM_MS);
    }
  }

  /** Connected while somebody listens, and for a little longer; then asleep until the next request. */
  async #tend(): Promise<void> {
    const { lingerMs, relay, upstream } = await this.#open();
    const now = Date.now();
    if (relay.clients > 0) this.#lastClientAt = now;
    if (lingerMs === Number.POSITIVE_INFINITY || now < this.#lastClientAt + lingerMs) {
      upstream.start();
      if (now < this.#alarmAt) return;
      // Kept in storage: it wakes the next instance, whatever becomes of this one.
      this.#alarmAt = now + ALARM_MS;
      await this.ctx.storage.setAlarm(this.#alarmAt);
    } else {
      await upstream.stop();
    }
  }

  #open(): Promise<Parts> {
    this.#parts ??= this.#assemble().catch((error: unknown) => {
      this.#parts = undefined;
      throw error;
    });
    return this.#parts;
  }

  async #assemble(): Promise<Parts> {
    const { name: organisation = "" } = this.ctx.id;
    const { lingerMs, origins, secrets, tokens } = await readSettings(this.env);
    const token = tokens.get(organisation);
    if (token === undefined) throw new TesaError("config", `There is no token of ${organisation}.`);
    const config = readStreamConfig(this.env, token);
    const { receiveMaximum } = config;
    const log = await openDurableObjectLog({
      storage: this.ctx.storage,
      name: organisation,
      retention: RETENTION,
      receiveMaximum,
      // biome-ignore lint/suspicious/noConsole: it is how a Worker writes into its log.
      onWarning: (message) => console.warn(message),
    });
    const upstream = new Upstream({
      config,
      readToken: () => token,
      transport: createMqttTransport({ maxPacketBytes: MAX_PACKET_BYTES }),
      clock: systemClock,
      random: Math.random,
      log,
    });
    const relay = createRelay({
      log,
      clock: systemClock,
      stream: upstream,
      access: { type: "keys", secrets, organisation },
      hostname: "edge",
      origins,
      upgradeWebSocket,
      // biome-ignore lint/suspicious/noConsole: it is how a Worker writes into its log.
      onFailure: (error) => console.error(error),
    });
    return { relay, upstream, lingerMs };
  }
}
