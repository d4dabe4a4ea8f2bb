#include "log.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "memory.h"
#include "redelivery.h"
#include "sqlite_file.h"

struct log {
    /* NULL: nothing is kept. */
    struct sqlite_file *file;
    struct redelivery *window;
    size_t size;
    int64_t last_seq;
    struct session session;
};

/* 23 letters and digits, which MQTT 3.1.1 allows everywhere. */
static char *new_client_id(void)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char id[] = "tesa0000000000000000000";
    unsigned char random[sizeof id] = { 0 };
    RAND_bytes(random, sizeof random);
    for (size_t index = strlen("tesa"); index < sizeof id - 1; index += 1)
        id[index] = letters[random[index] % (sizeof letters - 1)];
    return must_copy(id);
}

static bool open_file(struct log *log, const char *path, size_t receive_maximum, struct failure *failure)
{
    log->file = sqlite_file_open(path, failure);
    if (log->file == NULL || !sqlite_file_read_session(log->file, &log->session, failure)) return false;
    if (!sqlite_file_last_seq(log->file, &log->last_seq, failure)) return false;
    /* What was sent to the process before this one may come again too. */
    return sqlite_file_window_size(log->file, receive_maximum, &log->size, failure);
}

struct log *log_open(const char *path, size_t receive_maximum, struct failure *failure)
{
    struct log *log = must_allocate(sizeof *log);
    log->size = receive_maximum;
    bool is_fine = path == NULL || open_file(log, path, receive_maximum, failure);
    if (is_fine && log->session.client_id == NULL) {
        log->session.client_id = new_client_id();
        is_fine = log->file == NULL || sqlite_file_save_session(log->file, &log->session, failure);
    }
    log->window = redelivery_create(log->size);
    if (is_fine) return log;
    log_close(log);
    return NULL;
}

void log_close(struct log *log)
{
    if (log == NULL) return;
    sqlite_file_close(log->file);
    redelivery_destroy(log->window);
    free(log->session.client_id);
    list_free(&log->session.filters);
    free(log->session.accepted_token);
    free(log);
}

bool log_is_durable(const struct log *log)
{
    return log->file != NULL;
}

const struct session *log_session(const struct log *log)
{
    return &log->session;
}

static void replace(char **text, const char *value)
{
    char *copy = must_copy(value);
    free(*text);
    *text = copy;
}

bool log_save_session(struct log *log, const struct list *filters, const char *accepted_token, int64_t connected_until,
                      struct failure *failure)
{
    if (filters != NULL) {
        list_free(&log->session.filters);
        for (size_t index = 0; index < filters->count; index += 1)
            list_own(&log->session.filters, must_copy(filters->items[index]));
    }
    if (accepted_token != NULL) replace(&log->session.accepted_token, accepted_token);
    if (connected_until != 0) log->session.connected_until = connected_until;
    return log->file == NULL || sqlite_file_save_session(log->file, &log->session, failure);
}

/* The window as it is when a connection has begun: the hashes are made of the rows. */
static bool read_window(struct log *log, bool session_present, struct failure *failure)
{
    redelivery_clear(log->window);
    if (!sqlite_file_read_last(log->file, log->size, log->window, failure)) return false;
    redelivery_connected(log->window, session_present);
    return true;
}

bool log_connected(struct log *log, bool session_present, struct failure *failure)
{
    if (log->file == NULL) {
        redelivery_connected(log->window, session_present);
        return true;
    }
    if (!session_present && !sqlite_file_begin_session(log->file, log->last_seq + 1, failure)) return false;
    return read_window(log, session_present, failure);
}

bool log_append(struct log *log, struct batch *batch, struct failure *failure)
{
    int64_t last_seq = log->last_seq;
    bool expected = redelivery_expects(log->window);
    for (size_t index = 0; index < batch->count; index += 1) {
        struct arrival *arrival = &batch->items[index];
        bool comes_again = arrival->packet_id != 0 && is_redelivery(log->window, arrival);
        if (!comes_again) last_seq += 1;
        arrival->seq = comes_again ? 0 : last_seq;
    }
    if (log->file != NULL && !sqlite_file_insert(log->file, batch, failure)) {
        /* The same batch may be appended again: what the window had found, it must find once more. */
        redelivery_take_back(log->window, batch, expected);
        return false;
    }
    log->last_seq = last_seq;
    for (size_t index = 0; index < batch->count; index += 1)
        if (batch->items[index].packet_id != 0 && batch->items[index].seq != 0)
            redelivery_stored(log->window, &batch->items[index]);
    return true;
}

bool log_record_gap(struct log *log, struct gap gap, struct failure *failure)
{
    return log->file == NULL || sqlite_file_insert_gap(log->file, gap, log->last_seq, failure);
}

bool log_recall_rate(struct log *log, struct rate *rate, struct failure *failure)
{
    return log->file == NULL || sqlite_file_read_times(log->file, rate, failure);
}
