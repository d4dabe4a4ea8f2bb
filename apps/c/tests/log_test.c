/* The log's file. */
#include <string.h>

#include <sqlite3.h>

#include "check.h"
#include "environment.h"
#include "log.h"
#include "scratch.h"

static struct log *open_log(const struct scratch *scratch)
{
    struct failure failure = { 0 };
    struct log *log = log_open(scratch->log_path.data, 10, &failure);
    expect(log != NULL, "%s", failure_words(&failure));
    failure_free(&failure);
    return log;
}

static struct batch batch_of(size_t count, uint16_t first_packet_id)
{
    struct batch batch = { 0 };
    for (size_t index = 0; index < count; index += 1) {
        struct arrival arrival = {
            .topic = text_of("device/d/telemetry/t"),
            .payload = text_of("1"),
            .packet_id = (uint16_t)(first_packet_id + index),
            .received_at = 1000,
        };
        batch_add(&batch, &arrival);
    }
    return batch;
}

static int64_t read_number(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    sqlite3_open(path, &db);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static void refuses_second_writer(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct log *log = open_log(&scratch);
    struct log *second = log_open(scratch.log_path.data, 10, &failure);
    expect(second == NULL && strstr(failure_words(&failure), "is open already") != NULL, "%s", failure_words(&failure));
    expect(exit_code_of(failure.code) == 74, "the exit code is %d", exit_code_of(failure.code));
    log_close(second);
    log_close(log);
    log_close(open_log(&scratch));
    failure_free(&failure);
    scratch_remove(&scratch);
}

static void leaves_others_alone(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct buffer before = { 0 }, after = { 0 };
    sqlite3 *other = NULL;
    sqlite3_open(scratch.log_path.data, &other);
    sqlite3_exec(other, "CREATE TABLE theirs (x)", NULL, NULL, NULL);
    sqlite3_close(other);
    read_file(scratch.log_path.data, &before);
    struct log *log = log_open(scratch.log_path.data, 10, &failure);
    expect(log == NULL && strstr(failure_words(&failure), "another program") != NULL, "%s", failure_words(&failure));
    read_file(scratch.log_path.data, &after);
    expect(text_equals(buffer_text(&before), buffer_text(&after)), "it was changed");
    log_close(log);
    buffer_free(&before);
    buffer_free(&after);
    failure_free(&failure);
    scratch_remove(&scratch);
}

static void refuses_newer_file(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    log_close(open_log(&scratch));
    read_number(scratch.log_path.data, "PRAGMA user_version = 2");
    struct log *log = log_open(scratch.log_path.data, 10, &failure);
    expect(log == NULL && strstr(failure_words(&failure), "newer version") != NULL, "%s", failure_words(&failure));
    log_close(log);
    failure_free(&failure);
    scratch_remove(&scratch);
}

static void numbers_without_holes(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct log *log = open_log(&scratch);
    for (int64_t first = 1; first <= 3; first += 2) {
        struct batch batch = batch_of(2, 1);
        expect(log_append(log, &batch, &failure), "%s", failure_words(&failure));
        expect(batch.items[0].seq == first && batch.items[1].seq == first + 1, "the places from %lld on",
               (long long)first);
        batch_free(&batch);
    }
    /* While it is open: others may read. */
    expect(read_number(scratch.log_path.data, "SELECT count(*) FROM message") == 4, "others read something else");
    log_close(log);
    scratch_remove(&scratch);
}

static void stores_later_what_failed(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct log *log = open_log(&scratch);
    struct batch batch = batch_of(2, 1);
    expect(log_connected(log, true, &failure), "%s", failure_words(&failure));
    sqlite3 *other = NULL;
    sqlite3_open(scratch.log_path.data, &other);
    sqlite3_exec(other,
                 "CREATE TRIGGER full BEFORE INSERT ON message WHEN NEW.seq = 2 BEGIN SELECT RAISE(ABORT, 'full'); END",
                 NULL, NULL, NULL);
    expect(!log_append(log, &batch, &failure) && strstr(failure_words(&failure), "full") != NULL, "it was stored");
    expect(read_number(scratch.log_path.data, "SELECT count(*) FROM message") == 0, "a part was stored");
    sqlite3_exec(other, "DROP TRIGGER full", NULL, NULL, NULL);
    sqlite3_close(other);
    expect(log_append(log, &batch, &failure), "%s", failure_words(&failure));
    expect(batch.items[0].seq == 1 && batch.items[1].seq == 2, "the places are others");
    batch_free(&batch);
    log_close(log);
    failure_free(&failure);
    scratch_remove(&scratch);
}

static void knows_again_after_failure(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct log *log = open_log(&scratch);
    struct batch first = batch_of(2, 1), again = batch_of(3, 1);
    expect(log_connected(log, false, &failure) && log_append(log, &first, &failure), "%s", failure_words(&failure));
    expect(log_connected(log, true, &failure), "%s", failure_words(&failure));
    sqlite3 *other = NULL;
    sqlite3_open(scratch.log_path.data, &other);
    sqlite3_exec(other, "CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'full'); END", NULL,
                 NULL, NULL);
    expect(!log_append(log, &again, &failure) && !log_append(log, &again, &failure), "it was stored");
    sqlite3_exec(other, "DROP TRIGGER full", NULL, NULL, NULL);
    sqlite3_close(other);
    expect(log_append(log, &again, &failure), "%s", failure_words(&failure));
    expect(again.items[0].seq == 0 && again.items[1].seq == 0 && again.items[2].seq == 3, "it did not know them again");
    batch_free(&first);
    batch_free(&again);
    log_close(log);
    failure_free(&failure);
    scratch_remove(&scratch);
}

static void remembers_session(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct list filters = { 0 };
    struct buffer client_id = { 0 };
    list_format(&filters, "a/#");
    list_format(&filters, "b");
    struct log *log = open_log(&scratch);
    buffer_string(&client_id, log_session(log)->client_id);
    expect(log_save_session(log, &filters, "0123", 41, &failure), "%s", failure_words(&failure));
    expect(log_save_session(log, NULL, NULL, 42, &failure), "%s", failure_words(&failure));
    log_close(log);
    log = open_log(&scratch);
    const struct session *session = log_session(log);
    expect(client_id.length == 23 && text_is(buffer_text(&client_id), session->client_id), "the client id");
    expect(session->filters.count == 2 && strcmp(session->filters.items[1], "b") == 0, "the filters");
    expect(strcmp(session->accepted_token, "0123") == 0 && session->connected_until == 42, "the rest");
    log_close(log);
    list_free(&filters);
    buffer_free(&client_id);
    scratch_remove(&scratch);
}

static void records_gaps(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct log *log = open_log(&scratch);
    expect(log_record_gap(log, (struct gap){ .is_certain = true, .from = 5, .to = 9 }, &failure), "%s",
           failure_words(&failure));
    expect(read_number(scratch.log_path.data, "SELECT to_time - from_time FROM gap WHERE kind = 'certain'") == 4,
           "the gap");
    log_close(log);
    scratch_remove(&scratch);
}

void test_log(void)
{
    run_test("log: a second writer is refused and told why", NULL, refuses_second_writer, NULL);
    run_test("log: the database of another program is not touched", NULL, leaves_others_alone, NULL);
    run_test("log: a file of a newer version is refused", NULL, refuses_newer_file, NULL);
    run_test("log: places have no holes, and others can read them", NULL, numbers_without_holes, NULL);
    run_test("log: a batch that cannot be stored leaves nothing and is stored later", NULL, stores_later_what_failed,
             NULL);
    run_test("log: what came again is known again when the batch is tried again", NULL, knows_again_after_failure,
             NULL);
    run_test("log: the session outlives the process", NULL, remembers_session, NULL);
    run_test("log: gaps are kept", NULL, records_gaps, NULL);
}
