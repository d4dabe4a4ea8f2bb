#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "clock.h"
#include "memory.h"
#include "reasons.h"
#include "stream_inside.h"

/* How long a DISCONNECT may take to leave, and the broker to close. */
#define GOODBYE_TIMEOUT_MS 2000
/* How long disk and output may take for what they have after a stop. */
#define DRAIN_TIMEOUT_MS 10000
/* A broker that denies by disconnecting says nothing on 3.1.1: so many closes before a SUBACK are a refusal. */
#define CLOSES_BEFORE_SUBACK 3

void stream_enter(struct stream *stream, enum phase phase, int64_t timeout_ms)
{
    stream->phase = phase;
    stream->deadline = timeout_ms == NEVER ? NEVER : monotonic_ms() + timeout_ms;
}

static void keep_failure(struct stream *stream, const struct failure *failure)
{
    if (failure == &stream->failure) return;
    failure_free(&stream->failure);
    if (failure->code != FAILURE_NONE) failure_set(&stream->failure, failure->code, "%s", failure_words(failure));
}

void stream_finish(struct stream *stream, const struct failure *failure)
{
    keep_failure(stream, failure);
    link_abandon(stream->link);
    stream_enter(stream, PHASE_OVER, NEVER);
}

static void finish_in_order(struct stream *stream)
{
    stream_finish(stream, &(struct failure){ 0 });
}

void stream_end_connection(struct stream *stream, const struct failure *failure)
{
    keep_failure(stream, failure);
    link_abandon(stream->link);
    if (stream->phase == PHASE_LIVE) backoff_ended_after(&stream->backoff, monotonic_ms() - stream->live_since);
    stream->is_held = false;
    stream_enter(stream, PHASE_SETTLING, NEVER);
}

/* For the next process. A log that cannot be written now says so at the next message. */
static void remember_end(struct stream *stream)
{
    struct failure ignored = { 0 };
    if (!stream->was_live) return;
    stream->was_live = false;
    stream->lost_at = now_ms();
    log_save_session(worker_borrow_log(stream->worker), NULL, NULL, stream->lost_at, &ignored);
    worker_return_log(stream->worker);
    failure_free(&ignored);
}

/* After so many closes in a row before a SUBACK, the close is the refusal. */
static void recognise_silent_refusal(struct stream *stream)
{
    if (stream->closes_before_suback < CLOSES_BEFORE_SUBACK) return;
    if (stream->failure.code == FAILURE_CONNECTION_LOST)
        explain_suback(&stream->options.config->filters, (struct text){ NULL, 0 }, &stream->failure);
    else
        stream->closes_before_suback = 0;
}

static enum treatment treatment(struct stream *stream)
{
    const char *fingerprint = stream->credentials.fingerprint.data;
    bool ever_live = stream->counts.live > 0;
    const char *accepted = log_session(worker_borrow_log(stream->worker))->accepted_token;
    bool is_accepted = fingerprint == NULL || *fingerprint == '\0'
        ? ever_live
        : accepted != NULL && strcmp(accepted, fingerprint) == 0;
    worker_return_log(stream->worker);
    struct history history = { .accepted = is_accepted, .ever_live = ever_live, .wait = stream->options.waits };
    return treatment_of(stream->failure.code, history);
}

/* The connection has ended, and nothing of it is under way any more: what follows? */
static void settle(struct stream *stream)
{
    /* The broker sends again what it has no PUBACK for. */
    if (stream_keeps_session(stream)) batch_free(&stream->pending);
    remember_end(stream);
    if (stream->is_stopped) {
        finish_in_order(stream);
        return;
    }
    bool is_auto = stream->options.config->protocol == PROTOCOL_AUTO;
    if (stream->failure.code == FAILURE_PROTOCOL_VERSION && is_auto && stream->is_v5) {
        stream->is_v5 = false;
        stream_connect(stream);
        return;
    }
    recognise_silent_refusal(stream);
    enum treatment what = treatment(stream);
    if (what == TREATMENT_END) {
        stream_finish(stream, &stream->failure);
        return;
    }
    int64_t delay_ms =
        what == TREATMENT_SLOW ? backoff_slow(random_number()) : backoff_next(&stream->backoff, random_number());
    status_waiting(&stream->status, &stream->failure, delay_ms);
    stream_enter(stream, PHASE_WAITING, delay_ms);
}

static void on_deadline(struct stream *stream)
{
    struct failure failure = { 0 };
    switch (stream->phase) {
    case PHASE_WAITING: stream_connect(stream); break;
    case PHASE_LEAVING: finish_in_order(stream); break;
    case PHASE_CONNECTING:
        failure_set(&failure, FAILURE_NETWORK, "The broker did not answer within 30 s.");
        stream_end_connection(stream, &failure);
        break;
    default:
        failure_set(&failure, FAILURE_SUBSCRIPTION_TIMEOUT,
                    "The broker did not answer the subscription within 15 s. Its access control may be "
                    "overloaded.");
        stream_end_connection(stream, &failure);
    }
    failure_free(&failure);
}

/* The session stays if there is a log to go on with, or others to share with: EMQX throws away what a worker had not
 * acknowledged when it says goodbye with an expiry of 0. */
static void leave(struct stream *stream)
{
    bool stays = log_is_durable(stream->options.log) || stream->options.config->share != NULL;
    link_disconnect(stream->link, stays ? stream->options.config->session_expiry_seconds : 0);
    remember_end(stream);
    stream_enter(stream, PHASE_LEAVING, GOODBYE_TIMEOUT_MS);
}

/* Everything that has arrived is dealt with, then comes the end. */
static void drain(struct stream *stream)
{
    struct failure failure = { 0 };
    int64_t now = monotonic_ms();
    if (stream->drained_by == NEVER) stream->drained_by = now + DRAIN_TIMEOUT_MS;
    if (stream->phase == PHASE_LEAVING || stream->phase == PHASE_OVER) return;
    if (now >= stream->drained_by) {
        failure_set(&failure, FAILURE_OUTPUT, "What had arrived was not stored and written within 10 s of the end.");
        stream_finish(stream, &failure);
        failure_free(&failure);
    } else if (worker_is_free(stream->worker)) {
        if (!stream_is_connected(stream))
            finish_in_order(stream);
        else if (stream->pending.count == 0)
            leave(stream);
    }
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static int64_t next_event_in(const struct stream *stream)
{
    int64_t at = earlier(stream->deadline, stream->timeout_at);
    if (stream->phase != PHASE_LEAVING) at = earlier(at, stream->drained_by);
    bool will_retry = stream->pending.count > 0 && stream_is_connected(stream) && worker_is_free(stream->worker);
    if (will_retry) at = earlier(at, stream->retry_at);
    /* An hour is as good as for ever. */
    int64_t in_ms = at == NEVER ? 3600000 : at - monotonic_ms();
    return in_ms < 0 ? 0 : in_ms;
}

void stream_run(struct stream *stream, struct failure *failure)
{
    bool has_timed_out = false;
    stream_connect(stream);
    while (stream->phase != PHASE_OVER) {
        link_run(stream->link, next_event_in(stream));
        stream_take_news(stream);
        if (monotonic_ms() >= stream->timeout_at) {
            stream->timeout_at = NEVER;
            has_timed_out = !atomic_exchange(&stream->is_stopped, true);
        }
        if (monotonic_ms() >= stream->deadline) on_deadline(stream);
        if (stream->phase == PHASE_SETTLING && worker_is_free(stream->worker)) settle(stream);
        stream_store_pending(stream);
        if (stream->is_stopped) drain(stream);
    }
    if (has_timed_out && stream->failure.code == FAILURE_NONE)
        failure_set(&stream->failure, FAILURE_TIMEOUT, "--timeout: %lld s are over.",
                    (long long)stream->options.timeout_seconds);
    *failure = stream->failure;
    stream->failure = (struct failure){ 0 };
}

static void on_news(void *context)
{
    struct stream *stream = context;
    link_wake(stream->link);
}

struct stream *stream_create(const struct stream_options *options, struct failure *failure)
{
    struct stream *stream = must_allocate(sizeof *stream);
    stream->options = *options;
    stream->is_v5 = options->config->protocol != PROTOCOL_3_1_1;
    stream->backoff.first_ms = options->config->first_backoff_ms;
    stream->drained_by = NEVER;
    stream->timeout_at = options->timeout_seconds == 0 ? NEVER : monotonic_ms() + options->timeout_seconds * 1000;
    /* What the process before has stored tells how fast messages came before this one. */
    if (!log_recall_rate(options->log, &stream->rate, failure)) {
        free(stream);
        return NULL;
    }
    stream->link = link_create(&options->config->broker, options->tls, stream_events(stream));
    stream->worker = worker_start(options->log, options->output, on_news, stream);
    if (stream->link != NULL && stream->worker != NULL) return stream;
    failure_set(failure, FAILURE_NETWORK, "Cannot start: the system has no threads or no sockets left.");
    return NULL;
}

void stream_stop(struct stream *stream)
{
    stream->is_stopped = true;
    link_wake(stream->link);
}

bool stream_is_storing(const struct stream *stream)
{
    return stream->is_storing;
}

struct counts stream_counts(const struct stream *stream)
{
    return stream->counts;
}

bool stream_destroy(struct stream *stream)
{
    if (!worker_stop(stream->worker)) return false;
    link_destroy(stream->link);
    batch_free(&stream->pending);
    credentials_free(&stream->credentials);
    status_free(&stream->status);
    failure_free(&stream->failure);
    free(stream);
    return true;
}
