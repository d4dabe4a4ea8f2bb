#include "clock.h"
#include "stream_inside.h"

/* How often a log that fails is tried again. */
#define LOG_RETRY_MS 1000

static void on_stored(struct stream *stream)
{
    const struct batch *batch = worker_batch(stream->worker);
    status_log_works(&stream->status);
    for (size_t index = 0; index < batch->count; index += 1) {
        const struct arrival *arrival = &batch->items[index];
        *(arrival->seq != 0 ? &stream->counts.stored : &stream->counts.redelivered) += 1;
        /* A connection outlives what is being stored of it, or PUBACKs no longer reach the broker. */
        if (stream_is_connected(stream) && arrival->packet_id != 0) link_acknowledge(stream->link, arrival->packet_id);
    }
    if (stream_is_connected(stream)) link_flush(stream->link);
    if (stream->options.stored != NULL) stream->options.stored(stream->options.context);
}

static void on_log_failure(struct stream *stream, const struct failure *failure)
{
    struct batch *batch = worker_batch(stream->worker);
    if (stream->is_stopped) {
        batch_free(batch);
        stream_finish(stream, failure);
        return;
    }
    status_log_trouble(&stream->status, failure);
    /* Before what came meanwhile. */
    batch_move(batch, &stream->pending);
    batch_move(&stream->pending, batch);
    stream->retry_at = monotonic_ms() + LOG_RETRY_MS;
}

void stream_take_news(struct stream *stream)
{
    enum output_result result = OUTPUT_ALL;
    struct failure failure = { 0 };
    for (enum worker_news news = WORKER_STORED; news != WORKER_NOTHING && stream->phase != PHASE_OVER;) {
        news = worker_news(stream->worker, &result, &failure);
        if (news == WORKER_STORED) on_stored(stream);
        if (news == WORKER_LOG_FAILED) on_log_failure(stream, &failure);
        if (news == WORKER_DONE) {
            batch_free(worker_batch(stream->worker));
            if (result == OUTPUT_END) stream_stop(stream);
            if (result == OUTPUT_FAILED) stream_finish(stream, &failure);
        }
    }
    stream->is_storing = !worker_is_free(stream->worker);
    failure_free(&failure);
}

void stream_store_pending(struct stream *stream)
{
    bool may_store = stream_is_connected(stream) && monotonic_ms() >= stream->retry_at;
    if (!may_store || stream->pending.count == 0 || !worker_is_free(stream->worker)) return;
    worker_submit(stream->worker, &stream->pending);
    stream->is_storing = true;
    if (stream->is_held) link_hold(stream->link, false);
    stream->is_held = false;
}
