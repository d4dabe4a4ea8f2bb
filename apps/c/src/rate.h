/* How fast messages came, of late. Times are in epoch milliseconds. */
#ifndef TESA_RATE_H
#define TESA_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many times are kept. */
#define RATE_MOST 10000

struct rate {
    int64_t times[RATE_MOST];
    size_t count;
    size_t next;
};

/* A message came. */
void rate_count(struct rate *rate, int64_t at);
/* Messages per second: the highest average over the last messages. */
double rate_per_second(const struct rate *rate);
/* Whether a queue of this size may have overflowed by now in the session of a client that was away. */
bool rate_may_exceed(const struct rate *rate, uint32_t queue, int64_t lost_at, int64_t now);

#endif
