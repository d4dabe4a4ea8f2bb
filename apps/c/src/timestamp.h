/* Reads a device's time stamp, whatever form it takes. */
#ifndef TESA_TIMESTAMP_H
#define TESA_TIMESTAMP_H

#include <stdint.h>

#include "json.h"

struct timestamp {
    bool is_known;
    /* Epoch milliseconds. */
    int64_t time;
    /* NULL: none. */
    const char *warning;
};

/* ISO 8601 (without an offset it is UTC, with a warning), epoch seconds or milliseconds. */
struct timestamp parse_timestamp(struct json_value value);

#endif
