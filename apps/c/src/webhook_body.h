/* What is sent together. Id and body depend on nothing but the messages: the same at each try and after a crash. */
#ifndef TESA_WEBHOOK_BODY_H
#define TESA_WEBHOOK_BODY_H

#include "arrival.h"
#include "buffer.h"

struct webhook_body {
    struct buffer id;
    struct buffer json;
};

/* Of at least one message, with its place. */
struct webhook_body webhook_body(const struct batch *messages, const char *log_id, size_t lane, size_t lanes);
void webhook_body_free(struct webhook_body *body);

#endif
