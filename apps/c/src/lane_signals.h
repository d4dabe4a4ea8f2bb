/* What the lanes of a webhook are told, and tell. */
#ifndef TESA_LANE_SIGNALS_H
#define TESA_LANE_SIGNALS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane_signals {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* How often the log has grown. */
    uint64_t wakes;
    bool is_leaving;
    size_t running;
};

void lane_signals_open(struct lane_signals *signals);
void lane_signals_close(struct lane_signals *signals);

/* A lane begins, and has ended. */
void lane_signals_begin(struct lane_signals *signals);
void lane_signals_end(struct lane_signals *signals);
/* The log has grown. */
void lane_signals_wake(struct lane_signals *signals);
/* Tells the lanes to leave, and waits for so long; false if some of them have not ended by then. */
bool lane_signals_leave(struct lane_signals *signals, int64_t patience_ms);

/* A lane waits for so long, and with `wakes_seen` no longer than until the log has grown since it last waited; false if
 * it is time to leave. */
bool lane_signals_wait(struct lane_signals *signals, int64_t ms, uint64_t *wakes_seen);

#endif
