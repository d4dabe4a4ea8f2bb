#include "sqlite_file.h"
#include "sqlite_inside.h"

static const char INSERT[] = "INSERT INTO message (seq, received_at, packet_id, qos, retained, topic, payload) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?)";

static const char LAST[] =
    "SELECT packet_id, topic, payload FROM (SELECT * FROM message WHERE seq >= "
    "(SELECT coalesce(max(CAST(value AS INTEGER)), 1) FROM meta WHERE key = 'session_first_seq') "
    "AND packet_id IS NOT NULL ORDER BY seq DESC LIMIT ?) ORDER BY seq";

static const char TIMES[] =
    "SELECT received_at FROM (SELECT seq, received_at FROM message ORDER BY seq DESC LIMIT ?) ORDER BY seq";

static bool insert_row(sqlite3_stmt *insert, const struct arrival *arrival)
{
    sqlite3_bind_int64(insert, 1, arrival->seq);
    sqlite3_bind_int64(insert, 2, arrival->received_at);
    if (arrival->packet_id == 0)
        sqlite3_bind_null(insert, 3);
    else
        sqlite3_bind_int(insert, 3, arrival->packet_id);
    sqlite3_bind_int(insert, 4, arrival->packet_id != 0);
    sqlite3_bind_int(insert, 5, arrival->retained);
    sqlite3_bind_text(insert, 6, arrival->topic.data, (int)arrival->topic.length, SQLITE_STATIC);
    sqlite3_bind_blob64(insert, 7, arrival->payload.data, arrival->payload.length, SQLITE_STATIC);
    bool is_inserted = sqlite3_step(insert) == SQLITE_DONE;
    return sqlite3_reset(insert) == SQLITE_OK && is_inserted;
}

static bool insert_rows(struct sqlite_file *file, const struct batch *batch)
{
    if (file->insert == NULL && sqlite3_prepare_v2(file->db, INSERT, -1, &file->insert, NULL) != SQLITE_OK)
        return false;
    for (size_t index = 0; index < batch->count; index += 1)
        if (batch->items[index].seq != 0 && !insert_row(file->insert, &batch->items[index])) return false;
    /* What was bound belongs to the batch. */
    sqlite3_clear_bindings(file->insert);
    return true;
}

bool sqlite_file_insert(struct sqlite_file *file, const struct batch *batch, struct failure *failure)
{
    if (!sqlite_run(file, "BEGIN IMMEDIATE", "written", failure)) return false;
    bool is_stored = insert_rows(file, batch) || sqlite_failed(file->path, "written", file->db, failure);
    if (is_stored && sqlite_run(file, "COMMIT", "written", failure)) return true;
    sqlite_roll_back(file);
    return false;
}

bool sqlite_file_read_last(struct sqlite_file *file, size_t count, struct redelivery *window, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(file->db, LAST, -1, &statement, NULL);
    if (result == SQLITE_OK) sqlite3_bind_int64(statement, 1, (sqlite3_int64)count);
    while (result == SQLITE_OK || result == SQLITE_ROW) {
        result = sqlite3_step(statement);
        if (result != SQLITE_ROW) break;
        struct arrival arrival = {
            .packet_id = (uint16_t)sqlite3_column_int(statement, 0),
            .topic = { (const char *)sqlite3_column_text(statement, 1), (size_t)sqlite3_column_bytes(statement, 1) },
            .payload = { sqlite3_column_blob(statement, 2), (size_t)sqlite3_column_bytes(statement, 2) },
        };
        redelivery_stored(window, &arrival);
    }
    if (result != SQLITE_DONE) sqlite_failed(file->path, "read", file->db, failure);
    sqlite3_finalize(statement);
    return result == SQLITE_DONE;
}

bool sqlite_file_read_times(struct sqlite_file *file, struct rate *rate, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(file->db, TIMES, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, RATE_MOST);
        while ((result = sqlite3_step(statement)) == SQLITE_ROW) rate_count(rate, sqlite3_column_int64(statement, 0));
    }
    if (result != SQLITE_DONE) sqlite_failed(file->path, "read", file->db, failure);
    sqlite3_finalize(statement);
    return result == SQLITE_DONE;
}

bool sqlite_file_insert_gap(struct sqlite_file *file, struct gap gap, int64_t after_seq, struct failure *failure)
{
    static const char sql[] = "INSERT INTO gap (kind, from_time, to_time, after_seq) VALUES (?, ?, ?, ?)";
    sqlite3_stmt *statement = NULL;
    bool is_stored = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) == SQLITE_OK;
    if (is_stored) {
        sqlite3_bind_text(statement, 1, gap.is_certain ? "certain" : "possible", -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, gap.from);
        sqlite3_bind_int64(statement, 3, gap.to);
        sqlite3_bind_int64(statement, 4, after_seq);
        is_stored = sqlite3_step(statement) == SQLITE_DONE;
    }
    if (!is_stored) sqlite_failed(file->path, "written", file->db, failure);
    sqlite3_finalize(statement);
    return is_stored;
}
