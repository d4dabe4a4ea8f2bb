/* What went wrong, as a closed set, with the exit code and the treatment that follow from it. */
#ifndef TESA_FAILURE_H
#define TESA_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

enum failure_code {
    FAILURE_NONE,
    FAILURE_USAGE,
    FAILURE_NETWORK,
    FAILURE_TLS,
    /* The certificate, or the version of TLS: no waiting mends it. */
    FAILURE_TLS_REFUSED,
    FAILURE_UPGRADE_REFUSED,
    FAILURE_CONNECTION_LOST,
    FAILURE_BROKER_UNAVAILABLE,
    FAILURE_PROTOCOL_VERSION,
    FAILURE_SUBSCRIPTION_TIMEOUT,
    FAILURE_LOG,
    FAILURE_OUTPUT,
    FAILURE_TAKEN_OVER,
    FAILURE_TOKEN_REFUSED,
    FAILURE_SUBSCRIPTION_REFUSED,
    FAILURE_CONFIG,
    FAILURE_CLIENT_ID_REFUSED,
    FAILURE_TIMEOUT,
};

/* Says what failed, with which value (never a token), and what to do next. */
struct failure {
    enum failure_code code;
    struct buffer message;
};

/* Numbers from 64 on are those of BSD's sysexits.h, 124 is that of timeout(1). */
int exit_code_of(enum failure_code code);

void failure_set(struct failure *failure, enum failure_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* Empty where there is no failure. */
const char *failure_words(const struct failure *failure);
void failure_free(struct failure *failure);

/* What follows: the end, a next attempt by backoff, or one at the longest wait. */
enum treatment { TREATMENT_END, TREATMENT_BACKOFF, TREATMENT_SLOW };

struct history {
    /* Whether the broker has accepted this very token before, in an earlier process too. */
    bool accepted;
    bool ever_live;
    /* Whether to wait for a broker that cannot be reached at the first attempt. */
    bool wait;
};

/* A refusal at the first connect ends: somebody must mend it. After the token had been accepted it is retried slowly,
 * because an outage of the platform's authentication looks the same. A log that has worked is waited for. */
enum treatment treatment_of(enum failure_code code, struct history history);

#endif
