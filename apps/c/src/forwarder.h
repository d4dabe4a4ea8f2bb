/* Follows the log and sends it to a webhook, each message at least once, in order per device: devices belong to lanes,
 * each with a thread, a place in the log and one request under way. */
#ifndef TESA_FORWARDER_H
#define TESA_FORWARDER_H

#include <stdint.h>

#include "failure.h"

struct forwarder;

/* Begins where each lane had been. The texts must outlive it. NULL after a failure. */
struct forwarder *forwarder_start(const char *log_path, const char *url, const char *secrets, struct failure *failure);
/* The log has grown; for other threads. */
void forwarder_wake(struct forwarder *forwarder);
/* Lets the lanes send what is there, for so long; the rest is for the next run. False if one of them still waits for an
 * answer: then nothing that it uses may be freed. */
bool forwarder_stop(struct forwarder *forwarder, int64_t patience_ms);

#endif
