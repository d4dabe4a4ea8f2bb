#include "rate.h"

/* It is averaged over so many messages at least, if there are as many: a device that sends a few at once, now and then,
 * is not fast. */
#define FEWEST 200
/* And over so long: what waits for a connection comes all at once. */
#define SHORTEST_MS 1000
/* By how much devices may have sent more, while nobody looked, than they did before. */
#define SAFETY_FACTOR 2

void rate_count(struct rate *rate, int64_t at)
{
    rate->times[rate->next] = at;
    rate->next = (rate->next + 1) % RATE_MOST;
    if (rate->count < RATE_MOST) rate->count += 1;
}

/* When so many came after the one that is asked for. */
static int64_t time_before(const struct rate *rate, size_t later)
{
    return rate->times[(rate->next + RATE_MOST - 1 - later) % RATE_MOST];
}

double rate_per_second(const struct rate *rate)
{
    double highest = 0;
    if (rate->count == 0) return 0;
    for (size_t later = rate->count < FEWEST ? rate->count - 1 : FEWEST - 1; later < rate->count; later += 1) {
        int64_t span = time_before(rate, 0) - time_before(rate, later);
        double average = (double)later * 1000 / (double)(span > SHORTEST_MS ? span : SHORTEST_MS);
        if (average > highest) highest = average;
    }
    return highest;
}

bool rate_may_exceed(const struct rate *rate, uint32_t queue, int64_t lost_at, int64_t now)
{
    if (rate->count == 0) return false;
    /* A process that was ended by force has noted no end: it was there when its last message came. */
    int64_t last = time_before(rate, 0);
    double seconds = (double)(now - (last > lost_at ? last : lost_at)) / 1000;
    return SAFETY_FACTOR * rate_per_second(rate) * seconds > queue;
}
