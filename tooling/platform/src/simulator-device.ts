import { setTimeout as delay } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import {
  connectDevice,
  type DeviceConnection,
  type DeviceConnectOptions,
  discard,
  disconnect,
} from "./simulator-connection.ts";

/** A message on its way to the broker. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Called once: with `true` when the broker has acknowledged it, with `false` when it was given up. */
  readonly settle: (acknowledged: boolean) => void;
}

/** The most that a device has unacknowledged; less where the broker's receive maximum is smaller. */
const OUTBOX_SIZE = 32;
/** After how many lost connections the message that was next to be acknowledged is given up. */
const MAX_CUTS = 3;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;

type LinkState =
  | { readonly type: "connected"; readonly client: MqttClient }
  | { readonly type: "waiting" }
  | { readonly type: "draining"; readonly client: MqttClient }
  | { readonly type: "closed" };

interface Pending {
  readonly message: OutgoingMessage;
  /** How often the connection was lost while this one was the oldest without an acknowledgement. */
  cuts: number;
}

/**
 * Connects a device. @throws Error when the first attempt fails; after that, a lost connection is made anew until
 * `close()`.
 */
export async function openDeviceLink(
  options: DeviceConnectOptions,
  signal: AbortSignal,
): Promise<DeviceLink> {
  return new DeviceLink(options, await connectDevice(options, signal));
}

/** The connection of one device, with the messages that the broker has not acknowledged yet. */
export class DeviceLink {
  readonly #options: DeviceConnectOptions;
  readonly #stopping = new AbortController();
  /** In the order of sending. */
  readonly #outbox = new Set<Pending>();
  readonly #waiters = new Set<() => void>();
  #window = OUTBOX_SIZE;
  #state: LinkState = { type: "waiting" };
  #closing: Promise<void> | undefined;

  constructor(options: DeviceConnectOptions, connection: DeviceConnection) {
    this.#options = options;
    this.#adopt(connection);
  }

  /** Takes a message, or not: a device without a connection drops what its outbox has no room for. */
  send(message: OutgoingMessage): boolean {
    const state = this.#state;
    if (state.type === "draining" || state.type === "closed" || this.#isFull()) return false;
    const pending = { message, cuts: 0 };
    this.#outbox.add(pending);
    if (state.type === "connected") this.#publish(state.client, pending);
    return true;
  }

  /** Whether `send()` need not wait for the broker: there is room, or no connection to wait for. */
  isReady(): boolean {
    return this.#state.type !== "connected" || !this.#isFull();
  }

  /** Fulfils when `isReady()`. */
  async ready(): Promise<void> {
    while (!this.isReady()) await this.#change();
  }

  /** Fulfils when nothing is unacknowledged any more, through lost connections too, or when the link is being closed. */
  async flushed(): Promise<void> {
    while (this.#outbox.size > 0 && (this.#state.type === "connected" || this.#state.type === "waiting")) {
      await this.#change();
    }
  }

  /** Waits up to `graceMs` for what is unacknowledged, gives up the rest and disconnects. Can be called twice. */
  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    if (this.#state.type === "connected") this.#become({ type: "draining", client: this.#state.client });
    const deadline = delay(graceMs, "late", { ref: false });
    while (this.#state.type === "draining" && this.#outbox.size > 0) {
      if ((await Promise.race([this.#change(), deadline])) === "late") break;
    }
    const last = this.#state;
    this.#become({ type: "closed" });
    this.#stopping.abort();
    for (const pending of [...this.#outbox]) this.#finish(pending, false);
    if (last.type === "draining") await disconnect(last.client);
  }

  #adopt({ client, receiveMaximum }: DeviceConnection): void {
    this.#window = Math.min(OUTBOX_SIZE, receiveMaximum);
    client.once("close", () => this.#onClose(client));
    this.#become({ type: "connected", client });
    for (const pending of this.#outbox) this.#publish(client, pending);
  }

  #onClose(client: MqttClient): void {
    discard(client);
    if (this.#state.type === "draining") this.#become({ type: "closed" });
    if (this.#state.type !== "connected") return;
    this.#become({ type: "waiting" });
    this.#blameOldest();
    void this.#reconnect();
  }

  /**
   * A broker answers in order, so if it cut the connection for a message that it does not allow, it was the oldest one
   * without an answer. That one is not sent for ever, lest it keep the others from getting through.
   */
  #blameOldest(): void {
    const [oldest] = this.#outbox;
    if (oldest === undefined) return;
    oldest.cuts += 1;
    if (oldest.cuts >= MAX_CUTS) this.#finish(oldest, false);
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 0; this.#state.type === "waiting"; attempt += 1) {
      try {
        await delay(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt), undefined, { signal });
        const connection = await connectDevice(this.#options, signal);
        if (signal.aborted) discard(connection.client);
        else this.#adopt(connection);
      } catch {
        // The broker is not back yet, or the link is being closed; the loop's condition tells them apart.
      }
    }
  }

  #publish(client: MqttClient, pending: Pending): void {
    const { topic, payload } = pending.message;
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    client.publish(topic, bytes, { qos: 1 }, (error) => {
      if (!error) this.#finish(pending, true);
      // A number is the reason code of a refusal. Any other error is a lost connection: the next one sends it again.
      else if ("code" in error && typeof error.code === "number") this.#finish(pending, false);
    });
  }

  #finish(pending: Pending, acknowledged: boolean): void {
    if (!this.#outbox.delete(pending)) return;
    pending.message.settle(acknowledged);
    this.#wake();
  }

  #isFull(): boolean {
    return this.#outbox.size >= this.#window;
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.add(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}
