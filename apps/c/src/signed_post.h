/* A request that is signed as it is sent. */
#ifndef TESA_SIGNED_POST_H
#define TESA_SIGNED_POST_H

#include "post.h"
#include "webhook_body.h"

/* Sends a body under its id. `secrets`: separated by spaces, without problems. */
void post_signed(struct poster *poster, const char *secrets, const struct webhook_body *body, struct answer *answer);

#endif
