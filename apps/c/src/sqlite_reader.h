/* A reader of the log's file with a place of its own: its connection is its own too, so that it may be on another
 * thread than the log. Its functions block, and give false, with the reason, if the file cannot be read or written. */
#ifndef TESA_SQLITE_READER_H
#define TESA_SQLITE_READER_H

#include "arrival.h"
#include "failure.h"

struct sqlite_reader;

/* `name`: under which its place is kept. NULL after a failure. */
struct sqlite_reader *sqlite_reader_open(const char *path, const char *name, struct failure *failure);
void sqlite_reader_close(struct sqlite_reader *reader);

/* The random id that the file got when it was made. */
bool sqlite_reader_log_id(struct sqlite_reader *reader, struct buffer *id, struct failure *failure);
/* Adds up to so many messages that come after one place, and up to another, in order. */
bool sqlite_reader_read(struct sqlite_reader *reader, int64_t after, int64_t until, size_t limit,
                        struct batch *messages, struct failure *failure);
/* The last place that it has dealt with, 0 at first, and what else it wanted to know again. */
bool sqlite_reader_position(struct sqlite_reader *reader, int64_t *position, struct buffer *state,
                            struct failure *failure);
/* Moves on; messages that it had to give up become dead letters in the same transaction, and stay in the log. `dead`
 * may be NULL. */
bool sqlite_reader_move(struct sqlite_reader *reader, int64_t position, const char *state, const struct batch *dead,
                        const char *reason, struct failure *failure);

#endif
