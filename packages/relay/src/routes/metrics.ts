import type { StreamCounts } from "@tesa/core";
import type { LogStats } from "@tesa/log";
import type { Context } from "hono";
import { LAG_BOUNDS, type RelayCounts } from "../counts.ts";
import { isLocalRequest } from "../http/guard.ts";
import { UPSTREAM_TYPES, type UpstreamNotice } from "../hub/upstream.ts";
import { authorizeFor, type RelayParts } from "../parts.ts";
import { formatMetrics, type Metric, plainMetric } from "../prometheus.ts";

/** `GET /metrics`, for Prometheus: with a key of scope `metrics`, or from this machine where the relay is bound to it. */
export async function metricsRoute(parts: RelayParts, context: Context): Promise<Response> {
  const { options, counts, admission, hub } = parts;
  if (!isLocalRequest(context, options.hostname)) await authorizeFor(parts, context, "metrics");
  const [stats, { lastSeq }] = await Promise.all([options.log.stats(), options.log.bounds()]);
  const metrics = [
    ...logMetrics(stats, lastSeq),
    ...relayMetrics(counts, admission.clients),
    lagMetric(counts),
    stateMetric(hub.upstream.current.type),
    ...(options.stream?.counts === undefined ? [] : streamMetrics(options.stream.counts)),
  ];
  return context.body(formatMetrics(metrics), 200, {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "cache-control": "no-store",
  });
}

function logMetrics({ rows, bytes, rejected, gaps, deadLetters }: LogStats, lastSeq: number): Metric[] {
  return [
    plainMetric("counter", "tesa_messages_total", "Messages stored since the log was made.", lastSeq),
    plainMetric("gauge", "tesa_log_messages", "Messages that the log holds.", rows),
    plainMetric("gauge", "tesa_log_bytes", "Bytes of payload and topic that the log holds.", bytes),
    plainMetric("counter", "tesa_log_rejected_total", "Messages that could not be stored.", rejected),
    plainMetric("counter", "tesa_gaps_total", "Stretches of time of which messages may be missing.", gaps),
    plainMetric("gauge", "tesa_dead_letters", "Messages that a receiver refused for good.", deadLetters),
  ];
}

function relayMetrics(counts: RelayCounts, clients: number): Metric[] {
  return [
    plainMetric("counter", "tesa_batches_total", "Batches stored since the relay began.", counts.batches),
    plainMetric("gauge", "tesa_relay_clients", "Live clients.", clients),
    plainMetric(
      "counter",
      "tesa_relay_drops_total",
      "Clients dropped since they took nothing.",
      counts.drops,
    ),
    plainMetric(
      "counter",
      "tesa_relay_refused_total",
      "Clients refused since there were too many.",
      counts.refused,
    ),
    plainMetric(
      "counter",
      "tesa_relay_reconnects_total",
      "Clients that came back with the id of an event.",
      counts.reconnects,
    ),
    plainMetric(
      "counter",
      "tesa_relay_events_total",
      "Messages handed to live clients, each once.",
      counts.events,
    ),
    plainMetric(
      "counter",
      "tesa_relay_flushes_total",
      "Times that live clients were written to.",
      counts.flushes,
    ),
    plainMetric("counter", "tesa_relay_writes_total", "Writes to live clients.", counts.writes),
  ];
}

function streamMetrics({ received, redelivered, dropped, reconnects }: StreamCounts): Metric[] {
  return [
    plainMetric("counter", "tesa_stream_received_total", "Messages received from the platform.", received),
    plainMetric(
      "counter",
      "tesa_stream_redelivered_total",
      "Messages that the platform sent again.",
      redelivered,
    ),
    plainMetric(
      "counter",
      "tesa_stream_dropped_total",
      "QoS 0 messages for which there was no room.",
      dropped,
    ),
    plainMetric(
      "counter",
      "tesa_stream_reconnects_total",
      "Connections to the platform after the first.",
      reconnects,
    ),
  ];
}

function lagMetric({ lag, lagSum }: RelayCounts): Metric {
  let count = 0;
  const buckets = lag.map((found, index) => {
    count += found;
    const bound = LAG_BOUNDS[index];
    return { suffix: "_bucket", labels: { le: bound === undefined ? "+Inf" : String(bound) }, value: count };
  });
  return {
    name: "tesa_lag_seconds",
    type: "histogram",
    help: "From the device's time stamp to the write to live clients.",
    samples: [...buckets, { suffix: "_sum", value: lagSum }, { suffix: "_count", value: count }],
  };
}

function stateMetric(type: UpstreamNotice["type"]): Metric {
  return {
    name: "tesa_upstream_state",
    type: "gauge",
    help: "How the relay stands with the platform: 1 for the present state.",
    samples: UPSTREAM_TYPES.map((state) => ({ labels: { state }, value: state === type ? 1 : 0 })),
  };
}
