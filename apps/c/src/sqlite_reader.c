#include "sqlite_reader.h"

#include <stdlib.h>

#include "clock.h"
#include "memory.h"
#include "sqlite_inside.h"

static const char READ[] = "SELECT seq, received_at, packet_id, retained, topic, payload FROM message "
                           "WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?";

/* A page of messages of 10 MB each would fill the memory. */
#define MAX_READ_BYTES (8 * 1024 * 1024)

struct sqlite_reader {
    struct sqlite_file file;
    char *name;
};

struct sqlite_reader *sqlite_reader_open(const char *path, const char *name, struct failure *failure)
{
    struct sqlite_reader *reader = must_allocate(sizeof *reader);
    reader->file.path = must_copy(path);
    reader->name = must_copy(name);
    if (sqlite3_open_v2(path, &reader->file.db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(reader->file.db, BUSY_TIMEOUT_MS);
        return reader;
    }
    sqlite_failed(path, "opened", reader->file.db, failure);
    sqlite_reader_close(reader);
    return NULL;
}

void sqlite_reader_close(struct sqlite_reader *reader)
{
    if (reader == NULL) return;
    sqlite3_close(reader->file.db);
    free(reader->file.path);
    free(reader->name);
    free(reader);
}

static struct text column_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return (struct text){ text == NULL ? "" : text, (size_t)sqlite3_column_bytes(statement, column) };
}

/* Ends a statement; any end but a row or the last one is a failure. */
static bool end(struct sqlite_reader *reader, sqlite3_stmt *statement, int result, const char *what,
                struct failure *failure)
{
    bool is_fine = result == SQLITE_ROW || result == SQLITE_DONE;
    if (!is_fine) sqlite_failed(reader->file.path, what, reader->file.db, failure);
    sqlite3_finalize(statement);
    return is_fine;
}

bool sqlite_reader_log_id(struct sqlite_reader *reader, struct buffer *id, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    int result =
        sqlite3_prepare_v2(reader->file.db, "SELECT value FROM meta WHERE key = 'log_id'", -1, &statement, NULL);
    if (result == SQLITE_OK) result = sqlite3_step(statement);
    if (result == SQLITE_ROW) buffer_add(id, column_text(statement, 0));
    return end(reader, statement, result, "read", failure);
}

bool sqlite_reader_read(struct sqlite_reader *reader, int64_t after, int64_t until, size_t limit,
                        struct batch *messages, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(reader->file.db, READ, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, after);
        sqlite3_bind_int64(statement, 2, until);
        sqlite3_bind_int64(statement, 3, (sqlite3_int64)limit);
        result = sqlite3_step(statement);
    }
    for (; result == SQLITE_ROW && messages->bytes < MAX_READ_BYTES; result = sqlite3_step(statement)) {
        struct arrival arrival = {
            .seq = sqlite3_column_int64(statement, 0),
            .received_at = sqlite3_column_int64(statement, 1),
            .packet_id = (uint16_t)sqlite3_column_int(statement, 2),
            .retained = sqlite3_column_int(statement, 3) != 0,
            .topic = column_text(statement, 4),
            .payload = { sqlite3_column_blob(statement, 5), (size_t)sqlite3_column_bytes(statement, 5) },
        };
        batch_add(messages, &arrival);
    }
    return end(reader, statement, result, "read", failure);
}

bool sqlite_reader_position(struct sqlite_reader *reader, int64_t *position, struct buffer *state,
                            struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    static const char sql[] = "SELECT position, state FROM cursor WHERE name = ?";
    int result = sqlite3_prepare_v2(reader->file.db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, reader->name, -1, SQLITE_STATIC);
        result = sqlite3_step(statement);
    }
    *position = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    if (result == SQLITE_ROW) buffer_add(state, column_text(statement, 1));
    return end(reader, statement, result, "read", failure);
}

static bool move_cursor(struct sqlite_reader *reader, int64_t position, const char *state, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    static const char sql[] = "INSERT OR REPLACE INTO cursor (name, position, state) VALUES (?, ?, ?)";
    int result = sqlite3_prepare_v2(reader->file.db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, reader->name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, position);
        sqlite3_bind_text(statement, 3, state, -1, SQLITE_STATIC);
        result = sqlite3_step(statement);
    }
    return end(reader, statement, result, "written", failure);
}

static bool bury(struct sqlite_reader *reader, int64_t seq, const char *reason, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    static const char sql[] = "INSERT INTO dead_letter (reader, at, reason, seq) VALUES (?, ?, ?, ?)";
    int result = sqlite3_prepare_v2(reader->file.db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, reader->name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, now_ms());
        sqlite3_bind_text(statement, 3, reason, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 4, seq);
        result = sqlite3_step(statement);
    }
    return end(reader, statement, result, "written", failure);
}

bool sqlite_reader_move(struct sqlite_reader *reader, int64_t position, const char *state, const struct batch *dead,
                        const char *reason, struct failure *failure)
{
    if (!sqlite_run(&reader->file, "BEGIN IMMEDIATE", "written", failure)) return false;
    bool is_fine = move_cursor(reader, position, state, failure);
    for (size_t index = 0; dead != NULL && index < dead->count && is_fine; index += 1)
        is_fine = bury(reader, dead->items[index].seq, reason, failure);
    if (is_fine && sqlite_run(&reader->file, "COMMIT", "written", failure)) return true;
    sqlite_roll_back(&reader->file);
    return false;
}
