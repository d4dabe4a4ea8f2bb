import { backoffDelayMs } from "./backoff.ts";
import { type Checks, waitOrCheck } from "./checks.ts";
import { untilAborted } from "./clock.ts";
import { readEarlierProcess } from "./earlier-process.ts";
import { TesaError } from "./errors.ts";
import type { GapRecorder } from "./gap-recorder.ts";
import { Inbox } from "./inbox.ts";
import type { Gap, SessionRecord } from "./log.ts";
import type { OverflowWatch } from "./overflow-watch.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type { StateMachine } from "./state.ts";
import type { StreamParts } from "./stream-parts.ts";
import { subscriptionRefused } from "./subscription-refused.ts";
import { type Token, tokenFingerprint } from "./token.ts";
import type { Connection, ConnectionEnd, ConnectionProbe, Look, Publish } from "./transport.ts";
import { treatmentOf } from "./treatment.ts";

/** From the first DNS query to the CONNACK. EMQX may take 6 s when its authentication back end is slow. */
const CONNECT_TIMEOUT_MS = 30_000;
/** How long to wait for a SUBACK: EMQX sends none while its authorization back end hangs (over 12 s observed). */
const SUBACK_TIMEOUT_MS = 15_000;
/** A broker that denies by disconnecting says nothing on 3.1.1: so many closes before a SUBACK are a refusal. */
const CLOSES_BEFORE_SUBACK = 3;
/** Two closes of code 1000 within this time mean that two clients fight for one client id (3.1.1 has no other sign). */
const TAKEOVER_WINDOW_MS = 30_000;

/** What the lifecycle works with and whom it tells. */
export interface LifecycleOptions extends StreamParts {
  readonly wait: boolean;
  readonly machine: StateMachine;
  readonly checks: Checks;
  /** Aborts when no further connection is wanted; what is there is finished. */
  readonly stop: AbortSignal;
  /** Aborts when everything is to end at once. */
  readonly kill: AbortSignal;
  /** Fulfils when what was received has been dealt with. Asked once, after `stop`. */
  readonly drained: () => Promise<void>;
  readonly onPublish: (publish: Publish, connection: Connection) => void;
  readonly onLook: (look: Look) => void;
  /** A connection ended; `sessionKept` says whether the broker will send again what it has no PUBACK for. */
  readonly onEnd: (connection: Connection, sessionKept: boolean) => void;
  readonly gaps: GapRecorder;
  readonly keeper: SessionKeeper;
  readonly watch: OverflowWatch;
  /** Gives the next gap that came out while the connection lasted; asked at its end, until there is none. */
  readonly takeLastGap: () => Gap | null;
  readonly onLive: () => void;
}

/** Connects, subscribes, stays and comes back, until it is stopped or must end. Gives the error that ended it. */
export async function runLifecycle(options: LifecycleOptions): Promise<TesaError | null> {
  const lifecycle = new Lifecycle(options);
  while (!options.stop.aborted) {
    const { error, treatment } = await lifecycle.connectOnce();
    if (options.stop.aborted) break;
    if (treatment === "end") return error;
    if (treatment === "now") continue;
    await lifecycle.waitBeforeNext(error, treatment);
  }
  return null;
}

interface Outcome {
  readonly error: TesaError;
  readonly treatment: "end" | "backoff" | "slow" | "now";
}

class Lifecycle {
  readonly #options: LifecycleOptions;
  /** Failures and losses since the last connection that lasted. */
  #attempt = 1;
  #version: 4 | 5;
  #liveCount = 0;
  /** When the last connection ended; `null` before the first one. */
  #lostAt: number | null = null;
  #closesBeforeSuback = 0;
  #lastPlainClose = Number.NEGATIVE_INFINITY;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#version = options.config.protocolVersion === 4 ? 4 : 5;
  }

  /** One connection from its beginning to its end, and what follows from how it ended. */
  async connectOnce(): Promise<Outcome> {
    let fingerprint: string | null = null;
    try {
      this.#options.machine.change({
        type: "connecting",
        attempt: this.#attempt,
        protocolVersion: this.#version,
      });
      const token = await this.#options.readToken();
      fingerprint = tokenFingerprint(token);
      const end = await this.#connection(token);
      return await this.#outcome(this.#reasonFor(end), fingerprint);
    } catch (error) {
      return this.#outcome(asTesaError(error), fingerprint);
    }
  }

  async waitBeforeNext(error: TesaError, treatment: "backoff" | "slow"): Promise<void> {
    const { checks, clock, config, machine, random, stop } = this.#options;
    const { backoff } = config;
    const delayMs =
      treatment === "slow"
        ? backoffDelayMs(1, { ...backoff, firstMs: backoff.maxMs }, random)
        : backoffDelayMs(this.#attempt, backoff, random);
    machine.change({ type: "waiting", attempt: this.#attempt, delayMs, until: clock.now() + delayMs, error });
    // A try that somebody asked for makes no later wait longer.
    if (await waitOrCheck({ clock, checks, delayMs, soonestMs: backoff.firstMs, stop })) this.#attempt += 1;
  }

  async #connection(token: Token): Promise<ConnectionEnd> {
    const { clock, config, log, onEnd, stop, kill, transport } = this.#options;
    const session = await log.session();
    const keepSession = config.sessionExpirySeconds > 0 && (log.durable || this.#version === 5);
    const inbox = new Inbox(this.#options.onPublish);
    const probe = transport.createProbe?.(clock);
    const connection = await transport.connect(
      {
        url: config.brokerUrl,
        username: token.reveal(),
        password: token.reveal(),
        clientId: config.clientId ?? session.clientId,
        protocolVersion: this.#version,
        keepAliveSeconds: config.keepAliveSeconds,
        cleanStart: !keepSession || (!log.durable && this.#lostAt === null),
        sessionExpirySeconds: keepSession ? config.sessionExpirySeconds : 0,
        receiveMaximum: config.receiveMaximum,
        timeoutMs: CONNECT_TIMEOUT_MS,
        onPublish: (publish) => {
          probe?.heard();
          inbox.push(publish);
        },
        onLook: (look) => {
          probe?.heard(look);
          this.#options.onLook(look);
        },
      },
      stop,
    );
    const onKill = () => connection.destroy();
    kill.addEventListener("abort", onKill, { once: true });
    let isPlaced = false;
    try {
      await log.connected({ sessionPresent: connection.sessionPresent });
      await this.#noteGap(connection, session);
      isPlaced = true;
      inbox.open(connection);
      await this.#subscribe(connection, session, tokenFingerprint(token));
      return await this.#live(connection, probe);
    } catch (error) {
      // Aborted while subscribing, or refused: nobody else will end this connection.
      if (stop.aborted) await this.#leave(connection);
      connection.destroy();
      throw error;
    } finally {
      kill.removeEventListener("abort", onKill);
      onEnd(connection, keepSession);
      // Otherwise the log has failed, and what it said before of the time since when we were away still holds.
      if (isPlaced) await this.#rememberEnd();
    }
  }

  async #subscribe(connection: Connection, session: SessionRecord, fingerprint: string): Promise<void> {
    const { clock, config, keeper, machine, stop, watch } = this.#options;
    machine.change({
      type: "subscribing",
      attempt: this.#attempt,
      sessionPresent: connection.sessionPresent,
    });
    const unwanted = connection.sessionPresent
      ? session.filters.filter((filter) => !config.filters.includes(filter))
      : [];
    if (unwanted.length > 0) await this.#inTime(connection.unsubscribe(unwanted, stop));
    // A close that says no more may be the broker's way to refuse: count it here, forgive it at the SUBACK.
    this.#closesBeforeSuback += 1;
    const codes = await this.#inTime(connection.subscribe(config.filters, stop));
    this.#closesBeforeSuback = 0;
    const refused = config.filters.filter((_, index) => (codes[index] ?? 0x80) >= 0x80);
    if (refused.length > 0)
      throw subscriptionRefused(
        refused,
        codes.find((code) => code >= 0x80),
      );
    await keeper.save({
      filters: config.filters,
      acceptedToken: fingerprint,
      connectedUntil: clock.now(),
      caughtUpAt: watch.settledAt,
    });
  }

  async #live(connection: Connection, probe: ConnectionProbe | undefined): Promise<ConnectionEnd> {
    const { checks, clock, config, machine, stop } = this.#options;
    const since = clock.now();
    machine.change({
      type: "live",
      since,
      sessionPresent: connection.sessionPresent,
      protocolVersion: this.#version,
      filters: config.filters,
    });
    this.#liveCount += 1;
    this.#options.onLive();
    checks.onCheck = () => probe?.begin(connection);
    await untilAborted(connection.ended, stop);
    checks.onCheck = undefined;
    probe?.end();
    if (stop.aborted) await this.#leave(connection);
    const end = await connection.ended;
    if (clock.now() - since >= config.backoff.resetAfterMs) this.#attempt = 1;
    return { ...end, error: probe?.error ?? end.error };
  }

  /**
   * Finishes what was received and says goodbye. The session stays if there is a log to go on with, or others to share
   * with: EMQX throws away what a worker had not acknowledged when it says goodbye with an expiry of 0.
   */
  async #leave(connection: Connection): Promise<void> {
    const { config, drained, kill, log } = this.#options;
    await untilAborted(drained(), kill);
    if (kill.aborted) return;
    const staysBehind = log.durable || config.share !== undefined;
    await connection.disconnect({ sessionExpirySeconds: staysBehind ? config.sessionExpirySeconds : 0 });
  }

  /** Without its session, whatever was sent since `from` is gone; with it, only what its queue could not hold. */
  async #noteGap(connection: Connection, session: SessionRecord): Promise<void> {
    const { clock, config, gaps, log, watch } = this.#options;
    // Those that the log could not take before.
    await this.#recordLastGaps();
    const lostAt = this.#lostAt ?? session.connectedUntil;
    const to = clock.now();
    if (lostAt === null) {
      watch.began(to);
      return;
    }
    const earlier =
      this.#lostAt === null ? await readEarlierProcess(log, session, config.brokerQueue) : undefined;
    const gap = connection.sessionPresent
      ? watch.away(lostAt, to, earlier)
      : watch.forgotten(lostAt, to, earlier);
    if (gap !== null) await gaps.record(gap);
  }

  /**
   * For the next process. A log that cannot be written now says so at the next message, and the next process finds what
   * gap there is by what is on record.
   */
  async #rememberEnd(): Promise<void> {
    const { clock, keeper, log, watch } = this.#options;
    this.#lostAt = clock.now();
    await this.#recordLastGaps().catch(() => {});
    if (!log.durable) return;
    await keeper.save({ connectedUntil: this.#lostAt, caughtUpAt: watch.settledAt }).catch(() => {});
  }

  async #recordLastGaps(): Promise<void> {
    const { gaps, takeLastGap } = this.#options;
    for (let gap = takeLastGap(); gap !== null; gap = takeLastGap()) await gaps.record(gap);
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const timeout = new AbortController();
    const cancel = this.#options.clock.setTimer(SUBACK_TIMEOUT_MS, () => timeout.abort());
    try {
      const result = await untilAborted(answer, timeout.signal);
      if (timeout.signal.aborted) {
        answer.catch(() => {});
        throw new TesaError(
          "subscription-timeout",
          `The broker did not answer the subscription within ${SUBACK_TIMEOUT_MS / 1_000} s. Its access control may be overloaded.`,
          { retryable: true },
        );
      }
      return result as T;
    } finally {
      cancel();
    }
  }

  /** Reads from how a live connection ended what the protocol version could not say. */
  #reasonFor(end: ConnectionEnd): TesaError {
    const now = this.#options.clock.now();
    if (this.#version === 5 || end.closeCode !== 1_000) return end.error;
    const isFight = now - this.#lastPlainClose <= TAKEOVER_WINDOW_MS;
    this.#lastPlainClose = now;
    if (!isFight) return end.error;
    return new TesaError(
      "taken-over",
      "The broker closed the connection twice in short order: possibly taken over by another client with the same client id. Give each client its own MQTT_CLIENT_ID, or none.",
    );
  }

  async #outcome(error: TesaError, fingerprint: string | null): Promise<Outcome> {
    const { config, log, wait } = this.#options;
    if (error.code === "protocol-version" && config.protocolVersion === "auto" && this.#version === 5) {
      this.#version = 4;
      return { error, treatment: "now" };
    }
    const everLive = this.#liveCount > 0;
    const accepted = fingerprint === null ? everLive : (await log.session()).acceptedToken === fingerprint;
    const reason = this.#closesBeforeSuback >= CLOSES_BEFORE_SUBACK ? this.#silentRefusal(error) : error;
    return { error: reason, treatment: treatmentOf(reason, { accepted, wait, everLive }) };
  }

  #silentRefusal(error: TesaError): TesaError {
    if (error.code !== "connection-lost") {
      this.#closesBeforeSuback = 0;
      return error;
    }
    return subscriptionRefused(this.#options.config.filters, undefined);
  }
}

function asTesaError(error: unknown): TesaError {
  if (error instanceof TesaError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TesaError("network", `Unexpected failure: ${message}`, { retryable: true, cause: error });
}
