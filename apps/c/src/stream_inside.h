/* What the files about the stream share. */
#ifndef TESA_STREAM_INSIDE_H
#define TESA_STREAM_INSIDE_H

#include <stdatomic.h>

#include "backoff.h"
#include "credentials.h"
#include "link.h"
#include "rate.h"
#include "status.h"
#include "stream.h"
#include "worker.h"

#define NEVER INT64_MAX

enum phase {
    PHASE_CONNECTING,
    PHASE_UNSUBSCRIBING,
    PHASE_SUBSCRIBING,
    PHASE_LIVE,
    /* The connection has ended, and what is being stored of it is not yet. */
    PHASE_SETTLING,
    PHASE_WAITING,
    /* Everything is done, and DISCONNECT sent. */
    PHASE_LEAVING,
    PHASE_OVER,
};

struct stream {
    struct stream_options options;
    struct link *link;
    struct worker *worker;
    struct status status;
    struct counts counts;
    struct rate rate;
    struct backoff backoff;
    struct credentials credentials;

    enum phase phase;
    /* When the phase has lasted long enough. */
    int64_t deadline;
    bool is_v5;
    bool session_present;
    bool was_live;
    int64_t live_since;
    /* Epoch milliseconds; 0: there was no connection. */
    int64_t lost_at;
    int64_t plain_close_at;
    unsigned closes_before_suback;
    struct failure failure;

    /* What has arrived and is not being stored yet. */
    struct batch pending;
    int64_t retry_at;
    bool is_held;

    atomic_bool is_stopped;
    atomic_bool is_storing;
    int64_t drained_by;
    int64_t timeout_at;
};

void stream_enter(struct stream *stream, enum phase phase, int64_t timeout_ms);
/* Ends it all, for this reason. */
void stream_finish(struct stream *stream, const struct failure *failure);
/* The connection is of no more use, for this reason. */
void stream_end_connection(struct stream *stream, const struct failure *failure);

/* Begins a connection. */
void stream_connect(struct stream *stream);
/* Whether a connection is accepted, so that messages can be decided on and acknowledged. */
bool stream_is_connected(const struct stream *stream);
/* Whether the broker keeps the session when a connection is lost. */
bool stream_keeps_session(const struct stream *stream);
struct link_events stream_events(struct stream *stream);

/* Hands what has arrived to the worker, if that is free and may store it. */
void stream_store_pending(struct stream *stream);
/* What has become of it: acknowledges what was dealt with. */
void stream_take_news(struct stream *stream);

#endif
