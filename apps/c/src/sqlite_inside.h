/* What the files about the log's file share. */
#ifndef TESA_SQLITE_INSIDE_H
#define TESA_SQLITE_INSIDE_H

#include <sqlite3.h>

#include "failure.h"

/* How long a write waits for others that write to the file. */
#define BUSY_TIMEOUT_MS 5000

struct sqlite_file {
    char *path;
    sqlite3 *db;
    /* Held until the end of the process, however it ends. */
    sqlite3 *lock;
    sqlite3_stmt *insert;
};

/* Says what SQLite has said; gives false. */
bool sqlite_failed(const char *path, const char *what, sqlite3 *db, struct failure *failure);
bool sqlite_run(struct sqlite_file *file, const char *sql, const char *what, struct failure *failure);
void sqlite_roll_back(struct sqlite_file *file);

#endif
