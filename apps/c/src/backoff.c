#include "backoff.h"

#define MAX_MS 30000
/* The share of a wait that chance may take away. */
#define JITTER 0.5
/* How long a connection must last before the next wait is the first one again. */
#define RESET_AFTER_MS 30000
/* 1 ms is above 30 s after so many. */
#define MAX_DOUBLINGS 15

void backoff_ended_after(struct backoff *backoff, int64_t lasted_ms)
{
    if (lasted_ms >= RESET_AFTER_MS) backoff->doublings = 0;
}

static int64_t shorten(int64_t full_ms, double random)
{
    return (int64_t)((double)full_ms * (1 - JITTER * random));
}

int64_t backoff_next(struct backoff *backoff, double random)
{
    int64_t full_ms = (int64_t)backoff->first_ms << backoff->doublings;
    if (backoff->doublings < MAX_DOUBLINGS) backoff->doublings += 1;
    return shorten(full_ms < MAX_MS ? full_ms : MAX_MS, random);
}

int64_t backoff_slow(double random)
{
    return shorten(MAX_MS, random);
}
