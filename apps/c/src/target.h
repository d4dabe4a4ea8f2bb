/* Where a webhook may be sent, and where not. */
#ifndef TESA_TARGET_H
#define TESA_TARGET_H

#include <sys/socket.h>

#include "buffer.h"

/* What is wrong with a URL by itself, without the network. */
void find_target_problems(struct text url, struct list *problems);
/* Whether a request may go to an address that its host has been resolved to: a name that was harmless yesterday may
 * lead elsewhere today. NULL if it may; else why not. */
const char *why_forbidden(const struct sockaddr *address, bool is_plain);
/* Adds scheme and host, which may be shown: the path may be a secret. */
void add_shown_target(struct buffer *buffer, const char *url);

#endif
