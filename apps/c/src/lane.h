/* One lane of a webhook: the messages of its devices, one request after the other. */
#ifndef TESA_LANE_H
#define TESA_LANE_H

#include "failure.h"
#include "lane_signals.h"

#define LANE_COUNT 4

struct lane_options {
    struct lane_signals *signals;
    size_t index;
    const char *log_path;
    const char *url;
    const char *secrets;
};

struct lane;

/* How the names of all lanes of a webhook begin, under which the log keeps their places and dead letters. */
void add_lane_prefix(struct buffer *name, const char *url);

/* NULL after a failure. */
struct lane *lane_open(const struct lane_options *options, struct failure *failure);
void lane_close(struct lane *lane);
/* Sends, until it is time to leave and nothing is left to send, or not now. */
void lane_run(struct lane *lane);

#endif
