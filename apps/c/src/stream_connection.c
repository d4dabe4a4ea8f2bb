#include "clock.h"
#include "memory.h"
#include "reasons.h"
#include "stream_inside.h"

/* From the first DNS query to the CONNACK. EMQX may take 6 s when its authentication back end is slow. */
#define CONNECT_TIMEOUT_MS 30000
/* How long to wait for a SUBACK: EMQX sends none while its authorization back end hangs. */
#define SUBACK_TIMEOUT_MS 15000
/* On 3.1.1 two plain closes within this time are another client with the same client id. */
#define TAKEOVER_WINDOW_MS 30000
#define PLAIN_CLOSE 1000
/* The reason code of such a refusal, as a SUBACK would have it. */
#define DISCONNECT_NOT_AUTHORISED "\x87"
/* With so much waiting to be stored no more is read. */
#define MAX_PENDING_BYTES (64 * 1024 * 1024)

bool stream_keeps_session(const struct stream *stream)
{
    bool is_durable = log_is_durable(stream->options.log);
    return stream->options.config->session_expiry_seconds > 0 && (is_durable || stream->is_v5);
}

bool stream_is_connected(const struct stream *stream)
{
    return stream->phase == PHASE_UNSUBSCRIBING || stream->phase == PHASE_SUBSCRIBING || stream->phase == PHASE_LIVE;
}

void stream_connect(struct stream *stream)
{
    const struct config *config = stream->options.config;
    struct failure failure = { 0 };
    stream->was_live = false;
    status_connecting(&stream->status, &config->broker, stream->is_v5);
    if (!credentials_read(&stream->credentials, config, &failure)) {
        stream_end_connection(stream, &failure);
        failure_free(&failure);
        return;
    }
    const struct session *session = log_session(worker_borrow_log(stream->worker));
    bool keeps = stream_keeps_session(stream), is_first = !log_is_durable(stream->options.log) && stream->lost_at == 0;
    struct mqtt_connect packet = {
        .is_v5 = stream->is_v5,
        .client_id = config->client_id != NULL ? config->client_id : session->client_id,
        .token = buffer_text(&stream->credentials.token),
        .keep_alive_seconds = config->keep_alive_seconds,
        .clean_start = !keeps || is_first,
        .session_expiry_seconds = keeps ? config->session_expiry_seconds : 0,
        .receive_maximum = config->receive_maximum,
    };
    worker_return_log(stream->worker);
    stream_enter(stream, PHASE_CONNECTING, CONNECT_TIMEOUT_MS);
    link_open(stream->link, &packet);
}

static void subscribe(struct stream *stream)
{
    /* A close may be the broker's way to refuse: it is counted here, and forgiven at the SUBACK. */
    stream->closes_before_suback += 1;
    stream_enter(stream, PHASE_SUBSCRIBING, SUBACK_TIMEOUT_MS);
    link_subscribe(stream->link, &stream->options.config->filters);
}

static bool is_wanted(const struct stream *stream, const char *filter)
{
    const struct list *filters = &stream->options.config->filters;
    for (size_t index = 0; index < filters->count; index += 1)
        if (text_is(text_of(filter), filters->items[index])) return true;
    return false;
}

/* Without its session, whatever was sent since is gone; with it, what its queue could not hold. */
static bool record_gap(struct stream *stream, struct log *log, bool session_present, struct failure *failure)
{
    int64_t lost_at = stream->lost_at != 0 ? stream->lost_at : log_session(log)->connected_until, now = now_ms();
    bool is_held = !rate_may_exceed(&stream->rate, stream->options.config->broker_queue, lost_at, now);
    if (lost_at == 0 || (session_present && is_held)) return true;
    struct gap gap = { .is_certain = !session_present, .from = lost_at, .to = now };
    stream->counts.gaps += 1;
    status_gap(gap);
    return log_record_gap(log, gap, failure);
}

static void on_accepted(void *context, bool session_present)
{
    struct stream *stream = context;
    struct failure failure = { 0 };
    struct list unwanted = { 0 };
    struct log *log = worker_borrow_log(stream->worker);
    stream->session_present = session_present;
    bool is_fine = log_connected(log, session_present, &failure) && record_gap(stream, log, session_present, &failure);
    const struct list *before = &log_session(log)->filters;
    for (size_t index = 0; session_present && index < before->count; index += 1)
        if (!is_wanted(stream, before->items[index])) list_own(&unwanted, must_copy(before->items[index]));
    worker_return_log(stream->worker);
    if (!is_fine) {
        stream_end_connection(stream, &failure);
        failure_free(&failure);
    } else if (unwanted.count > 0) {
        stream_enter(stream, PHASE_UNSUBSCRIBING, SUBACK_TIMEOUT_MS);
        link_unsubscribe(stream->link, &unwanted);
    } else {
        subscribe(stream);
    }
    list_free(&unwanted);
}

static void on_unsubscribed(void *context)
{
    struct stream *stream = context;
    if (stream->phase == PHASE_UNSUBSCRIBING) subscribe(stream);
}

static bool is_refused(const struct stream *stream, struct text codes)
{
    if (codes.length < stream->options.config->filters.count) return true;
    for (size_t index = 0; index < codes.length; index += 1)
        if ((unsigned char)codes.data[index] >= MQTT_REFUSED) return true;
    return false;
}

static void on_subscribed(void *context, struct text codes)
{
    struct stream *stream = context;
    const struct list *filters = &stream->options.config->filters;
    struct failure failure = { 0 };
    if (stream->phase != PHASE_SUBSCRIBING) return;
    stream->closes_before_suback = 0;
    if (is_refused(stream, codes)) {
        explain_suback(filters, codes, &failure);
        stream_end_connection(stream, &failure);
        failure_free(&failure);
        return;
    }
    struct log *log = worker_borrow_log(stream->worker);
    bool is_saved = log_save_session(log, filters, stream->credentials.fingerprint.data, now_ms(), &failure);
    worker_return_log(stream->worker);
    if (!is_saved) {
        stream_end_connection(stream, &failure);
        failure_free(&failure);
        return;
    }
    stream->was_live = true;
    stream->live_since = monotonic_ms();
    stream->counts.live += 1;
    status_live(&stream->status, filters, credentials_organisation(&stream->credentials), stream->session_present);
    stream_enter(stream, PHASE_LIVE, NEVER);
}

/* A broker of 3.1.1 is not told of the receive maximum. */
static size_t most_pending(const struct stream *stream)
{
    return stream->is_v5 ? stream->options.config->receive_maximum : UINT16_MAX;
}

static void on_arrived(void *context, const struct arrival *arrival)
{
    struct stream *stream = context;
    struct failure failure = { 0 };
    /* After a stop the broker keeps it, or the session ends anyway. */
    if (stream->is_stopped || !stream_is_connected(stream)) return;
    if (stream->pending.count >= most_pending(stream)) {
        if (arrival->packet_id == 0) {
            stream->counts.dropped += 1;
            return;
        }
        /* The broker has no PUBACK for it, so nothing is lost by leaving. */
        failure_set(&failure, FAILURE_CONNECTION_LOST, "The broker sent more messages than the receive maximum.");
        stream_end_connection(stream, &failure);
        failure_free(&failure);
        return;
    }
    stream->counts.received += 1;
    rate_count(&stream->rate, arrival->received_at);
    batch_add(&stream->pending, arrival);
    if (stream->pending.bytes > MAX_PENDING_BYTES && !stream->is_held) {
        stream->is_held = true;
        link_hold(stream->link, true);
    }
}

/* What the version of the protocol cannot say. */
static bool is_takeover(struct stream *stream, int close_code)
{
    if (stream->is_v5 || stream->phase != PHASE_LIVE || close_code != PLAIN_CLOSE) return false;
    int64_t now = monotonic_ms();
    bool is_fight = stream->plain_close_at != 0 && now - stream->plain_close_at <= TAKEOVER_WINDOW_MS;
    stream->plain_close_at = now;
    return is_fight;
}

static void on_ended(void *context, const struct failure *failure, int close_code)
{
    struct stream *stream = context;
    struct failure taken_over = { 0 }, refused = { 0 };
    bool is_fight = is_takeover(stream, close_code);
    if (is_fight)
        failure_set(
            &taken_over, FAILURE_TAKEN_OVER,
            "The broker closed the connection twice in short order: possibly taken over by another client with the "
            "same client id. Give each client its own MQTT_CLIENT_ID, or none.");
    /* A DISCONNECT does not say what it refuses: what was asked for last. */
    bool is_refusal = stream->phase == PHASE_SUBSCRIBING && failure->code == FAILURE_SUBSCRIPTION_REFUSED;
    if (is_refusal)
        explain_suback(&stream->options.config->filters, (struct text){ DISCONNECT_NOT_AUTHORISED, 1 }, &refused);
    stream_end_connection(stream, is_fight ? &taken_over : is_refusal ? &refused : failure);
    failure_free(&taken_over);
    failure_free(&refused);
}

struct link_events stream_events(struct stream *stream)
{
    return (struct link_events){
        .accepted = on_accepted,
        .subscribed = on_subscribed,
        .unsubscribed = on_unsubscribed,
        .arrived = on_arrived,
        .ended = on_ended,
        .context = stream,
    };
}
