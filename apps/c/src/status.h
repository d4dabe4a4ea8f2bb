/* Tells on standard error how it goes. */
#ifndef TESA_STATUS_H
#define TESA_STATUS_H

#include "broker_url.h"
#include "failure.h"
#include "log.h"

/* One line or more, harmless for a terminal and without a token. */
void say(const char *format, ...) PRINTF_LIKE(1, 2);

/* Begins as { 0 }. */
struct status {
    /* Connecting was told for MQTT 3.1.1, and for 5. */
    bool is_told[2];
    struct buffer last_reason;
    /* When trouble with the log was told last; 0: there is none. */
    int64_t log_told_at;
};

/* Said once per version: after that, the waits say enough. */
void status_connecting(struct status *status, const struct broker_url *broker, bool is_v5);
void status_live(struct status *status, const struct list *filters, struct text organisation, bool session_present);
void status_waiting(struct status *status, const struct failure *failure, int64_t delay_ms);
void status_gap(struct gap gap);
/* The log fails and is tried again. */
void status_log_trouble(struct status *status, const struct failure *failure);
void status_log_works(struct status *status);
void status_free(struct status *status);

#endif
