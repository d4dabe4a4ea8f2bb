/* A thread that stores and writes, since disk and pipe may block while pings have to be answered. One batch at a time:
 * what arrives meanwhile is the next one. */
#ifndef TESA_WORKER_H
#define TESA_WORKER_H

#include "log.h"
#include "output.h"

struct worker;

enum worker_news {
    WORKER_NOTHING,
    /* The batch is dealt with and may be acknowledged: committed, or without a log that lasts, written. */
    WORKER_STORED,
    /* The log has failed; the batch is as it was, and the worker is free. */
    WORKER_LOG_FAILED,
    /* All is done; the worker is free. */
    WORKER_DONE,
};

/* `wake` is called, on the worker's thread, when there is news. NULL if there can be no thread. */
struct worker *worker_start(struct log *log, struct output *output, void (*wake)(void *context), void *context);
/* Waits for what it does, unless that takes forever: then the worker stays as it is until the process ends. */
bool worker_stop(struct worker *worker);

bool worker_is_free(const struct worker *worker);
/* Takes a batch over, until worker_batch() is emptied. Only if it is free. */
void worker_submit(struct worker *worker, struct batch *batch);
/* In the order of the events, each once. `result` and `failure` tell of the output with WORKER_DONE, and `failure` of
 * the log with WORKER_LOG_FAILED. */
enum worker_news worker_news(struct worker *worker, enum output_result *result, struct failure *failure);
/* The batch that the last news is about. */
struct batch *worker_batch(struct worker *worker);

/* The log, which no other thread uses until it is given back. */
struct log *worker_borrow_log(struct worker *worker);
void worker_return_log(struct worker *worker);

#endif
