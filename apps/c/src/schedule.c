#include "schedule.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* Nobody is asked more often than this while an answer says that somebody must mend something. */
#define PAUSE (5 * MINUTE)
/* The share of a wait that chance may take away, so that not all come back at once. */
#define JITTER 0.25

/* In seconds: three days and four hours in all, about what the specification proposes. */
static const int64_t STEPS[] = {
    1,           2,           5,    10,       30,       MINUTE,   2 * MINUTE, 5 * MINUTE, 10 * MINUTE,
    15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR,  DAY,        DAY,
};

enum verdict verdict_of(long status)
{
    if (status >= 200 && status < 300) return VERDICT_DELIVERED;
    if (status == 0 || status >= 500 || status == 408 || status == 425 || status == 429) return VERDICT_DOWN;
    return status == 400 || status == 413 || status == 422 ? VERDICT_REFUSED : VERDICT_PAUSED;
}

int64_t schedule_wait(enum verdict verdict, size_t tries, int64_t asked_s, double random)
{
    if (verdict == VERDICT_PAUSED) return PAUSE * INT64_C(1000);
    if (tries >= sizeof STEPS / sizeof *STEPS) return -1;
    if (asked_s > 0) return (asked_s < DAY ? asked_s : DAY) * 1000;
    return (int64_t)((double)STEPS[tries] * 1000 * (1 - JITTER * random));
}
