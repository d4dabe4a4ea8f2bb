/* One request: POST, answered or not. */
#ifndef TESA_POST_H
#define TESA_POST_H

#include <stdint.h>

#include "buffer.h"

/* What sends to one URL, for one thread; connections are kept. */
struct poster;

struct answer {
    /* 0 where none came. */
    long status;
    /* What Retry-After asks for, in seconds; 0: nothing. */
    int64_t retry_after_s;
    /* The address is not sent to. */
    bool is_forbidden;
    /* What it was, in words. */
    struct buffer text;
};

/* NULL if libcurl cannot be set up. `url` must outlive it. */
struct poster *poster_create(const char *url);
void poster_destroy(struct poster *poster);

/* Sends a request, and waits up to 15 s for the answer; redirects are not followed. `headers` end with NULL. */
void post(struct poster *poster, const char *const *headers, struct text body, struct answer *answer);

#endif
