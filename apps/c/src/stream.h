/* The stream: connects, subscribes, stays, comes back, and acknowledges what was dealt with. */
#ifndef TESA_STREAM_H
#define TESA_STREAM_H

#include <stdatomic.h>

#include "config.h"
#include "log.h"
#include "output.h"
#include "tls.h"

struct stream;

/* Since the stream began. */
struct counts {
    uint64_t received;
    uint64_t stored;
    uint64_t redelivered;
    /* At QoS 0, for want of room. */
    uint64_t dropped;
    uint64_t live;
    uint64_t gaps;
};

struct stream_options {
    const struct config *config;
    struct tls *tls;
    struct log *log;
    struct output *output;
    /* Whether to wait for a broker that cannot be reached at the first attempt. */
    bool waits;
    /* 0: it goes on. */
    int64_t timeout_seconds;
    /* Called when the log has grown; may be NULL. */
    void (*stored)(void *context);
    void *context;
};

/* NULL after a failure. What the options name must outlive it. */
struct stream *stream_create(const struct stream_options *options, struct failure *failure);
/* Runs until it is stopped or must end; `failure` says why, and has no code after a stop. */
void stream_run(struct stream *stream, struct failure *failure);
/* Take in nothing more, deal with what is there, say goodbye; for other threads too. */
void stream_stop(struct stream *stream);
/* Whether it waits for disk or output; for other threads too. */
bool stream_is_storing(const struct stream *stream);
struct counts stream_counts(const struct stream *stream);
/* False if something is still being written: then nothing that it uses may be freed. */
bool stream_destroy(struct stream *stream);

#endif
