/* The token as it is used for one connection. */
#ifndef TESA_CREDENTIALS_H
#define TESA_CREDENTIALS_H

#include "config.h"
#include "failure.h"

struct credentials {
    struct buffer token;
    struct buffer fingerprint;
    /* A warning about its length is told once for each token. */
    struct buffer warned_of;
};

/* From the configuration, or anew from the file that it names. */
bool credentials_read(struct credentials *credentials, const struct config *config, struct failure *failure);
struct text credentials_organisation(const struct credentials *credentials);
void credentials_free(struct credentials *credentials);

#endif
