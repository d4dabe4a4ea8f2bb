/* When a batch is tried again, and what an answer means for it. */
#ifndef TESA_SCHEDULE_H
#define TESA_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Delivered; refused over something in it; down, so that it is tried later; paused until somebody mends something. */
enum verdict { VERDICT_DELIVERED, VERDICT_REFUSED, VERDICT_DOWN, VERDICT_PAUSED };

/* Of an HTTP status; 0: no answer came. */
enum verdict verdict_of(long status);
/* The wait after so many failed tries, from 0 on, in milliseconds; negative when the schedule has ended. `random` is a
 * number from 0 up to 1; `asked_s` is what the answer asked for (Retry-After), or 0. */
int64_t schedule_wait(enum verdict verdict, size_t tries, int64_t asked_s, double random);

#endif
