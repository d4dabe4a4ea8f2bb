#include "sqlite_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memory.h"
#include "sqlite_inside.h"

/* "TESC" in ASCII: how a log is told from the databases of other programs. */
#define APPLICATION_ID 0x54455343
#define SCHEMA_VERSION 1

#define TEXT_OF(number) TEXT_OF_VALUE(number)
#define TEXT_OF_VALUE(number) #number

static const char SCHEMA[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE message (seq INTEGER PRIMARY KEY, received_at INTEGER, packet_id INTEGER, "
    "qos INTEGER, retained INTEGER, topic TEXT, payload BLOB);"
    "CREATE TABLE gap (id INTEGER PRIMARY KEY, kind TEXT, from_time INTEGER, to_time INTEGER, "
    "after_seq INTEGER);"
    "CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER, state TEXT) WITHOUT ROWID;"
    "CREATE TABLE dead_letter (id INTEGER PRIMARY KEY, reader TEXT, at INTEGER, reason TEXT, "
    "seq INTEGER);"
    "INSERT INTO meta VALUES ('log_id', lower(hex(randomblob(16))));"
    "PRAGMA application_id = " TEXT_OF(APPLICATION_ID) ";"
                                                       "PRAGMA user_version = " TEXT_OF(SCHEMA_VERSION) ";"
                                                                                                        "COMMIT;";

bool sqlite_failed(const char *path, const char *what, sqlite3 *db, struct failure *failure)
{
    failure_set(failure, FAILURE_LOG, "The log \"%s\" cannot be %s: %s.", path, what, sqlite3_errmsg(db));
    return false;
}

bool sqlite_run(struct sqlite_file *file, const char *sql, const char *what, struct failure *failure)
{
    return sqlite3_exec(file->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
        sqlite_failed(file->path, what, file->db, failure);
}

void sqlite_roll_back(struct sqlite_file *file)
{
    /* It fails where there is nothing to roll back, after a BEGIN that failed: that is what was wanted. */
    sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
}

/* One number from one row. */
static bool read_number(struct sqlite_file *file, const char *sql, int64_t *number, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    bool is_read =
        sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
    if (is_read) *number = sqlite3_column_int64(statement, 0);
    if (!is_read) sqlite_failed(file->path, "read", file->db, failure);
    sqlite3_finalize(statement);
    return is_read;
}

/* NULL if there is none; `is_fine` becomes false after a failure. */
static char *read_meta(struct sqlite_file *file, const char *key, bool *is_fine, struct failure *failure)
{
    char *value = NULL;
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(file->db, "SELECT value FROM meta WHERE key = ?", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW && sqlite3_column_bytes(statement, 0) > 0)
        value = must_copy((const char *)sqlite3_column_text(statement, 0));
    else if (result != SQLITE_ROW && result != SQLITE_DONE)
        *is_fine = sqlite_failed(file->path, "read", file->db, failure);
    sqlite3_finalize(statement);
    return value;
}

static bool write_meta(struct sqlite_file *file, const char *key, const char *value, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(file->db, "INSERT OR REPLACE INTO meta VALUES (?, ?)", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
        result = sqlite3_step(statement);
    }
    bool is_fine = result == SQLITE_DONE || sqlite_failed(file->path, "written", file->db, failure);
    sqlite3_finalize(statement);
    return is_fine;
}

static bool write_number(struct sqlite_file *file, const char *key, int64_t number, struct failure *failure)
{
    struct buffer text = { 0 };
    buffer_format(&text, "%lld", (long long)number);
    bool is_fine = write_meta(file, key, text.data, failure);
    buffer_free(&text);
    return is_fine;
}

static bool has_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return true;
    char *folder = text_copy((struct text){ path, (size_t)(slash - path) });
    struct stat status;
    bool is_there = stat(folder, &status) == 0 && S_ISDIR(status.st_mode);
    free(folder);
    return is_there;
}

/* Holds a log for this process: the operating system drops the lock with it. SQLite's own lock on the log would keep
 * readers away too, so a file beside it is locked in its place. */
static bool take_lock(struct sqlite_file *file, struct failure *failure)
{
    struct buffer path = { 0 };
    buffer_format(&path, "%s-lock", file->path);
    int result = sqlite3_open(path.data, &file->lock);
    if (result == SQLITE_OK)
        result = sqlite3_exec(file->lock, "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE", NULL, NULL, NULL);
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED)
        failure_set(failure, FAILURE_LOG,
                    "The log \"%s\" is open already: stop the other program, or give this one its own.", file->path);
    else if (result != SQLITE_OK)
        sqlite_failed(file->path, "opened", file->lock, failure);
    buffer_free(&path);
    return result == SQLITE_OK;
}

static bool prepare(struct sqlite_file *file, struct failure *failure)
{
    int64_t tables = 0, application = 0, version = 0;
    if (!read_number(file, "SELECT count(*) FROM sqlite_master", &tables, failure) ||
        !read_number(file, "PRAGMA application_id", &application, failure) ||
        !read_number(file, "PRAGMA user_version", &version, failure))
        return false;
    if (tables > 0 && application != APPLICATION_ID) {
        failure_set(failure, FAILURE_LOG, "\"%s\" is the database of another program: name another file.", file->path);
        return false;
    }
    if (version > SCHEMA_VERSION) {
        failure_set(failure, FAILURE_LOG, "\"%s\" was written by a newer version: update this program.", file->path);
        return false;
    }
    /* An acknowledgement promises the disk. */
    if (!sqlite_run(file, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", "opened", failure)) return false;
    return tables > 0 || sqlite_run(file, SCHEMA, "written", failure);
}

struct sqlite_file *sqlite_file_open(const char *path, struct failure *failure)
{
    if (!has_folder(path)) {
        failure_set(failure, FAILURE_LOG, "The folder of the log \"%s\" does not exist: make it, or name another.",
                    path);
        return NULL;
    }
    struct sqlite_file *file = must_allocate(sizeof *file);
    file->path = must_copy(path);
    if (take_lock(file, failure)) {
        if (sqlite3_open(path, &file->db) != SQLITE_OK) {
            sqlite_failed(path, "opened", file->db, failure);
        } else {
            sqlite3_busy_timeout(file->db, BUSY_TIMEOUT_MS);
            if (prepare(file, failure)) return file;
        }
    }
    sqlite_file_close(file);
    return NULL;
}

void sqlite_file_close(struct sqlite_file *file)
{
    if (file == NULL) return;
    sqlite3_finalize(file->insert);
    sqlite3_close(file->db);
    sqlite3_close(file->lock);
    free(file->path);
    free(file);
}

static void split_lines(const char *text, struct list *lines)
{
    for (struct text rest = text_of(text); rest.length > 0;) {
        size_t end = text_find(rest, "\n");
        list_own(lines, text_copy(text_slice(rest, 0, end)));
        rest = end == NOT_FOUND ? text_after(rest, rest.length) : text_after(rest, end + 1);
    }
}

bool sqlite_file_read_session(struct sqlite_file *file, struct session *session, struct failure *failure)
{
    bool is_fine = true;
    session->client_id = read_meta(file, "client_id", &is_fine, failure);
    session->accepted_token = read_meta(file, "accepted_token", &is_fine, failure);
    char *filters = read_meta(file, "filters", &is_fine, failure);
    char *until = read_meta(file, "connected_until", &is_fine, failure);
    /* No filter has a line break in it. */
    if (filters != NULL) split_lines(filters, &session->filters);
    if (until != NULL) session->connected_until = strtoll(until, NULL, 10);
    free(filters);
    free(until);
    return is_fine;
}

bool sqlite_file_save_session(struct sqlite_file *file, const struct session *session, struct failure *failure)
{
    struct buffer filters = { 0 };
    buffer_string(&filters, "");
    for (size_t index = 0; index < session->filters.count; index += 1)
        buffer_format(&filters, "%s%s", index == 0 ? "" : "\n", session->filters.items[index]);
    const char *token = session->accepted_token == NULL ? "" : session->accepted_token;
    bool is_saved = sqlite_run(file, "BEGIN IMMEDIATE", "written", failure) &&
        write_meta(file, "client_id", session->client_id, failure) &&
        write_meta(file, "filters", filters.data, failure) && write_meta(file, "accepted_token", token, failure) &&
        write_number(file, "connected_until", session->connected_until, failure) &&
        sqlite_run(file, "COMMIT", "written", failure);
    if (!is_saved) sqlite_roll_back(file);
    buffer_free(&filters);
    return is_saved;
}

bool sqlite_file_last_seq(struct sqlite_file *file, int64_t *seq, struct failure *failure)
{
    return read_number(file, "SELECT coalesce(max(seq), 0) FROM message", seq, failure);
}

bool sqlite_file_window_size(struct sqlite_file *file, size_t receive_maximum, size_t *size, struct failure *failure)
{
    bool is_fine = true;
    char *before = read_meta(file, "receive_maximum", &is_fine, failure);
    long long known = before == NULL ? 0 : strtoll(before, NULL, 10);
    *size = known > (long long)receive_maximum ? (size_t)known : receive_maximum;
    free(before);
    return is_fine && write_number(file, "receive_maximum", (int64_t)receive_maximum, failure);
}

bool sqlite_file_begin_session(struct sqlite_file *file, int64_t first_seq, struct failure *failure)
{
    return write_number(file, "session_first_seq", first_seq, failure);
}
