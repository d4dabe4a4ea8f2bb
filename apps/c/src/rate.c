#include "rate.h"

void rate_count(struct rate *rate, int64_t monotonic_ms)
{
    rate->times_ms[rate->next] = monotonic_ms;
    rate->next = (rate->next + 1) % RATE_WINDOW;
    if (rate->count < RATE_WINDOW) rate->count += 1;
}

double rate_in(const struct rate *rate, int64_t ms)
{
    if (rate->count < 2) return 0;
    int64_t last = rate->times_ms[(rate->next + RATE_WINDOW - 1) % RATE_WINDOW];
    int64_t first = rate->times_ms[rate->count < RATE_WINDOW ? 0 : rate->next];
    /* A burst within one millisecond counts as one. */
    double span_ms = last > first ? (double)(last - first) : 1;
    return (double)(rate->count - 1) / span_ms * (double)ms;
}
