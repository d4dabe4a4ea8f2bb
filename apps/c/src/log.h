/* The log: keeps messages in an SQLite file, where what is acknowledged to the broker is on the disk, or nowhere. Its
 * functions block. They give false, and say why, if the log cannot be read or written; nothing has changed then. */
#ifndef TESA_LOG_H
#define TESA_LOG_H

#include "arrival.h"
#include "failure.h"
#include "rate.h"

/* What is remembered of the broker's session. */
struct session {
    char *client_id;
    /* Last subscribed; those no longer wanted are unsubscribed. */
    struct list filters;
    /* Fingerprint of the token that the broker accepted last; NULL: none. */
    char *accepted_token;
    /* Until when there was a connection, in epoch milliseconds; 0: never. */
    int64_t connected_until;
};

/* Messages may be missing; times in epoch milliseconds. */
struct gap {
    /* Else only possible. */
    bool is_certain;
    int64_t from;
    int64_t to;
};

struct log;

/* `path`: NULL for a log that keeps nothing. `receive_maximum`: how many messages the broker may send again. NULL after
 * a failure. One process writes to a file at a time; others may read it meanwhile. */
struct log *log_open(const char *path, size_t receive_maximum, struct failure *failure);
void log_close(struct log *log);
/* Whether what it keeps outlives the process. */
bool log_is_durable(const struct log *log);

/* As it was saved last; it belongs to the log. */
const struct session *log_session(const struct log *log);
/* Saves what has changed of it; NULL, or 0, leaves a part as it is. */
bool log_save_session(struct log *log, const struct list *filters, const char *accepted_token, int64_t connected_until,
                      struct failure *failure);
/* A connection was accepted: decides what can be a redelivery from now on. */
bool log_connected(struct log *log, bool session_present, struct failure *failure);
/* Stores what the broker had not sent before, all or nothing, and gives each message its place. */
bool log_append(struct log *log, struct batch *batch, struct failure *failure);
bool log_record_gap(struct log *log, struct gap gap, struct failure *failure);
/* Counts the newest messages that it has, by when they came. */
bool log_recall_rate(struct log *log, struct rate *rate, struct failure *failure);

#endif
