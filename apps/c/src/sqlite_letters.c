#include "sqlite_letters.h"

#include <stdlib.h>

#include "memory.h"
#include "sqlite_inside.h"

static char *column_copy(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return must_copy(text == NULL ? "" : text);
}

static void add_row(struct letters *letters, sqlite3_stmt *statement)
{
    letters->items = must_resize(letters->items, (letters->count + 1) * sizeof *letters->items);
    letters->items[letters->count] = (struct letter){
        .id = sqlite3_column_int64(statement, 0),
        .reader = column_copy(statement, 1),
        .reason = column_copy(statement, 2),
        .at = sqlite3_column_int64(statement, 3),
        .seq = sqlite3_column_int64(statement, 4),
    };
    letters->count += 1;
}

bool letters_read(const char *path, struct letters *letters, struct failure *failure)
{
    static const char sql[] = "SELECT id, reader, reason, at, seq FROM dead_letter ORDER BY id";
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    if (result == SQLITE_OK) result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        while ((result = sqlite3_step(statement)) == SQLITE_ROW) add_row(letters, statement);
    bool is_read = result == SQLITE_DONE;
    if (!is_read) sqlite_failed(path, "read", db, failure);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return is_read;
}

void letters_free(struct letters *letters)
{
    for (size_t index = 0; index < letters->count; index += 1) {
        free(letters->items[index].reader);
        free(letters->items[index].reason);
    }
    free(letters->items);
    *letters = (struct letters){ 0 };
}

bool letter_forget(const char *path, int64_t id, struct failure *failure)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    if (result == SQLITE_OK) sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(db, "DELETE FROM dead_letter WHERE id = ?", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, id);
        result = sqlite3_step(statement);
    }
    bool is_written = result == SQLITE_DONE;
    if (!is_written) sqlite_failed(path, "written", db, failure);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return is_written;
}
