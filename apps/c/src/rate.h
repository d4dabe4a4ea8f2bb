/* How fast messages came, of late. */
#ifndef TESA_RATE_H
#define TESA_RATE_H

#include <stddef.h>
#include <stdint.h>

/* Over so many messages it is taken. */
#define RATE_WINDOW 200

struct rate {
    int64_t times_ms[RATE_WINDOW];
    size_t count;
    size_t next;
};

/* A message came, by the clock that never goes back. */
void rate_count(struct rate *rate, int64_t monotonic_ms);
/* How many messages to expect in so many milliseconds at this rate. */
double rate_in(const struct rate *rate, int64_t ms);

#endif
