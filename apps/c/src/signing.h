/* Signs as the Standard Webhooks specification says (version 1.0.0, scheme v1: HMAC-SHA256). */
#ifndef TESA_SIGNING_H
#define TESA_SIGNING_H

#include <stdint.h>

#include "buffer.h"

/* What is wrong with secrets, separated by spaces, without showing any of them; the problems complete a sentence that
 * begins with the name of the thing. */
void find_secret_problems(struct text secrets, struct list *problems);
/* Adds the header webhook-signature: one signature for each secret, while they are being changed. Of secrets without
 * problems. */
void add_signature(struct buffer *header, struct text secrets, const char *id, int64_t timestamp_s, struct text body);

#endif
