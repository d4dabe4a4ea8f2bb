/* The time of day, and a clock that never goes back. */
#ifndef TESA_CLOCK_H
#define TESA_CLOCK_H

#include <stdint.h>

/* Epoch milliseconds. */
int64_t now_ms(void);
/* Milliseconds since some moment. */
int64_t monotonic_ms(void);

#endif
