/* How long to wait between attempts to connect: the first wait, doubled after each failed attempt up to 30 s. Chance
 * only shortens it. */
#ifndef TESA_BACKOFF_H
#define TESA_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint32_t first_ms;
    /* How often the first wait has been doubled. */
    unsigned doublings;
};

/* A connection has ended, or with 0 never came about. After one that lasted, waits begin anew. */
void backoff_ended_after(struct backoff *backoff, int64_t lasted_ms);
/* The wait before the next attempt, in milliseconds; `random` is a number from 0 up to 1. */
int64_t backoff_next(struct backoff *backoff, double random);
/* The longest wait, for what no quick attempt will mend. */
int64_t backoff_slow(double random);

#endif
