/* The log's file: the tables message, gap, cursor, dead_letter and meta. It is this program's own format, and no log of
 * the Node CLI. */
#ifndef TESA_SQLITE_FILE_H
#define TESA_SQLITE_FILE_H

#include "log.h"
#include "redelivery.h"

struct sqlite_file;

/* Opens or makes it; NULL after a failure. */
struct sqlite_file *sqlite_file_open(const char *path, struct failure *failure);
void sqlite_file_close(struct sqlite_file *file);

/* Fills in what is there. */
bool sqlite_file_read_session(struct sqlite_file *file, struct session *session, struct failure *failure);
bool sqlite_file_save_session(struct sqlite_file *file, const struct session *session, struct failure *failure);
bool sqlite_file_last_seq(struct sqlite_file *file, int64_t *seq, struct failure *failure);
/* The greater one of this receive maximum and that of the process before, which is replaced. */
bool sqlite_file_window_size(struct sqlite_file *file, size_t receive_maximum, size_t *size, struct failure *failure);
/* From this place on messages belong to a new session. */
bool sqlite_file_begin_session(struct sqlite_file *file, int64_t first_seq, struct failure *failure);
/* Tells the window the last messages of this session, oldest first. */
bool sqlite_file_read_last(struct sqlite_file *file, size_t count, struct redelivery *window, struct failure *failure);
/* Counts the newest messages, oldest first. */
bool sqlite_file_read_times(struct sqlite_file *file, struct rate *rate, struct failure *failure);
/* Stores those that have a place, in one transaction. */
bool sqlite_file_insert(struct sqlite_file *file, const struct batch *batch, struct failure *failure);
bool sqlite_file_insert_gap(struct sqlite_file *file, struct gap gap, int64_t after_seq, struct failure *failure);

#endif
