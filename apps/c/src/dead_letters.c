#include "dead_letters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "lane.h"
#include "log.h"
#include "memory.h"
#include "ndjson.h"
#include "schedule.h"
#include "signed_post.h"
#include "sqlite_letters.h"
#include "sqlite_reader.h"
#include "status.h"
#include "variables.h"

enum action { ACTION_LIST, ACTION_REPLAY, ACTION_DISCARD };

struct command {
    enum action action;
    bool wants_json;
    /* Else those with these numbers. */
    bool wants_all;
    uint64_t *numbers;
    size_t count;
};

static bool read_action(const char *text, enum action *action)
{
    static const char *const names[] = { "list", "replay", "discard" };
    for (size_t index = 0; text != NULL && index < sizeof names / sizeof *names; index += 1) {
        *action = (enum action)index;
        if (strcmp(text, names[index]) == 0) return true;
    }
    return false;
}

static bool take_number(struct command *command, const char *text)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18) return false;
    command->numbers = must_resize(command->numbers, (command->count + 1) * sizeof *command->numbers);
    command->numbers[command->count] = parse_number(text_of(text));
    command->count += 1;
    return command->numbers[command->count - 1] > 0;
}

static bool parse_command(char *const *arguments, struct command *command, struct failure *failure)
{
    failure_set(failure, FAILURE_USAGE, "Behind webhook stands list, replay or discard. See --help.");
    if (!read_action(arguments[0], &command->action)) return false;
    failure_set(failure, FAILURE_USAGE, "A dead letter has a number from 1 on. See --help.");
    for (char *const *argument = arguments + 1; *argument != NULL; argument += 1) {
        if (strcmp(*argument, "--all") == 0)
            command->wants_all = true;
        else if (strcmp(*argument, "--json") == 0)
            command->wants_json = true;
        else if (!take_number(command, *argument))
            return false;
    }
    bool has_choice = command->wants_all || command->count > 0, has_both = command->wants_all && command->count > 0;
    failure_set(failure, FAILURE_USAGE, "Say which dead letters: their numbers, or --all. See --help.");
    if (command->action == ACTION_LIST ? has_choice : !has_choice || has_both) return false;
    failure_free(failure);
    return true;
}

static bool is_chosen(const struct command *command, const struct letter *letter)
{
    for (size_t index = 0; index < command->count; index += 1)
        if (command->numbers[index] == (uint64_t)letter->id) return true;
    return command->wants_all;
}

/* Says which numbers are of no letter that was dealt with. */
static void say_missing(const struct command *command, const uint64_t *done, size_t count, struct failure *failure)
{
    for (size_t index = 0; index < command->count; index += 1) {
        bool is_done = false;
        for (size_t other = 0; other < count; other += 1) is_done = is_done || done[other] == command->numbers[index];
        if (is_done || failure->code != FAILURE_NONE) continue;
        failure_set(failure, FAILURE_USAGE,
                    "%llu is no dead letter of this webhook; \"webhook list\" shows those there are.",
                    (unsigned long long)command->numbers[index]);
    }
}

static void add_line(struct buffer *out, const struct letter *letter, const struct arrival *message, bool as_json)
{
    struct buffer line = { 0 }, json = { 0 };
    struct telemetry telemetry;
    buffer_string(&line, "");
    if (as_json) {
        struct ndjson *writer = ndjson_create(&json);
        decode(message, &telemetry);
        ndjson_write(writer, &telemetry);
        telemetry_free(&telemetry);
        ndjson_destroy(writer);
        /* Reader and reason are this program's own words, in which nothing has to be escaped. */
        buffer_format(out, "{\"id\":%lld,\"reader\":\"%s\",\"at\":%lld,\"reason\":\"%s\",\"message\":",
                      (long long)letter->id, letter->reader, (long long)letter->at, letter->reason);
        /* Without the line's end. */
        buffer_append(out, json.data, json.length - 1);
        buffer_string(out, "}\n");
    } else {
        buffer_format(&line, "%6lld  seq %lld  %s  %.*s  %s", (long long)letter->id, (long long)letter->seq,
                      letter->reader, (int)message->topic.length, message->topic.data, letter->reason);
        add_printable(out, buffer_text(&line));
        buffer_string(out, "\n");
    }
    buffer_free(&line);
    buffer_free(&json);
}

static bool write_out(struct text text)
{
    while (text.length > 0) {
        ssize_t written = write(STDOUT_FILENO, text.data, text.length);
        if (written < 0 && errno == EINTR) continue;
        /* A reader of the pipe that has gone, as behind `| head`, is no failure. */
        if (written < 0) return errno == EPIPE;
        text = text_after(text, (size_t)written);
    }
    return true;
}

static void list(struct sqlite_reader *reader, const struct letters *letters, bool as_json, struct failure *failure)
{
    bool is_fine = true;
    for (size_t index = 0; index < letters->count && is_fine; index += 1) {
        const struct letter *letter = &letters->items[index];
        struct batch messages = { 0 };
        struct buffer out = { 0 };
        is_fine = sqlite_reader_read(reader, letter->seq - 1, letter->seq, 1, &messages, failure);
        if (messages.count == 1) add_line(&out, letter, &messages.items[0], as_json);
        if (is_fine && !write_out(buffer_text(&out))) {
            failure_set(failure, FAILURE_OUTPUT, "The output cannot be written: %s.", strerror(errno));
            is_fine = false;
        }
        buffer_free(&out);
        batch_free(&messages);
    }
    if (letters->count == 0) say("there are no dead letters");
}

static void discard(const char *path, const struct letters *letters, const struct command *command,
                    struct failure *failure)
{
    uint64_t *done = must_resize(NULL, (letters->count + 1) * sizeof *done);
    size_t count = 0;
    for (size_t index = 0; index < letters->count && failure->code == FAILURE_NONE; index += 1) {
        if (!is_chosen(command, &letters->items[index])) continue;
        if (letter_forget(path, letters->items[index].id, failure)) done[count++] = (uint64_t)letters->items[index].id;
    }
    say("%zu dead letters discarded", count);
    say_missing(command, done, count, failure);
    free(done);
}

/* One letter, under an id that is the same at each replay: numbers of letters may be used twice, places not. */
static bool send_letter(struct sqlite_reader *reader, struct poster *poster, const struct config *config,
                        const struct letter *letter, struct answer *answer, struct failure *failure)
{
    struct batch messages = { 0 };
    struct buffer log_id = { 0 };
    bool is_read = sqlite_reader_log_id(reader, &log_id, failure) &&
        sqlite_reader_read(reader, letter->seq - 1, letter->seq, 1, &messages, failure);
    if (is_read && messages.count == 1) {
        struct webhook_body body = webhook_body(&messages, log_id.data, 0, LANE_COUNT);
        buffer_clear(&body.id);
        buffer_format(&body.id, "%s-deadletter%lld", log_id.data, (long long)letter->seq);
        post_signed(poster, config->webhook_secrets, &body, answer);
        webhook_body_free(&body);
    }
    if (is_read && messages.count == 0) {
        failure_set(failure, FAILURE_LOG,
                    "The message of dead letter %lld is no longer in the log: discard the letter.",
                    (long long)letter->id);
        is_read = false;
    }
    buffer_free(&log_id);
    batch_free(&messages);
    return is_read;
}

/* Sends one after the other, oldest first, until all went or none is taken. */
static void replay(struct sqlite_reader *reader, const struct config *config, const struct letters *letters,
                   const struct command *command, struct failure *failure)
{
    struct buffer own = { 0 };
    size_t delivered = 0, refused = 0, count = 0;
    uint64_t *done = must_resize(NULL, (letters->count + 1) * sizeof *done);
    bool has_curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    struct poster *poster = has_curl ? poster_create(config->webhook_url) : NULL;
    if (poster == NULL) failure_set(failure, FAILURE_CONFIG, "The webhook cannot be used: libcurl cannot be set up.");
    add_lane_prefix(&own, config->webhook_url);
    for (size_t index = 0; index < letters->count && failure->code == FAILURE_NONE; index += 1) {
        const struct letter *letter = &letters->items[index];
        struct answer answer = { 0 };
        if (!text_starts(text_of(letter->reader), own.data) || !is_chosen(command, letter)) continue;
        done[count++] = (uint64_t)letter->id;
        if (!send_letter(reader, poster, config, letter, &answer, failure)) break;
        enum verdict verdict = answer.is_forbidden ? VERDICT_PAUSED : verdict_of(answer.status);
        if (verdict == VERDICT_DELIVERED) {
            if (letter_forget(config->log_path, letter->id, failure)) delivered += 1;
        } else if (verdict == VERDICT_REFUSED) {
            say("warning: %lld was refused again: %s", (long long)letter->id, answer.text.data);
            refused += 1;
        } else {
            failure_set(failure, answer.status == 0 ? FAILURE_NETWORK : FAILURE_OUTPUT,
                        "The webhook takes nothing now: %s.", answer.text.data);
        }
        buffer_free(&answer.text);
    }
    say("%zu delivered, %zu refused", delivered, refused);
    if (failure->code == FAILURE_NONE && refused > 0)
        failure_set(failure, FAILURE_OUTPUT, "The webhook refused %zu of them again; they stay.", refused);
    say_missing(command, done, count, failure);
    poster_destroy(poster);
    if (has_curl) curl_global_cleanup();
    buffer_free(&own);
    free(done);
}

static void change(struct sqlite_reader *reader, const struct config *config, const struct letters *letters,
                   const struct command *command, struct failure *failure)
{
    /* Keeps a stream away meanwhile. */
    struct log *log = log_open(config->log_path, config->receive_maximum, failure);
    if (log == NULL) return;
    if (command->action == ACTION_DISCARD)
        discard(config->log_path, letters, command, failure);
    else if (config->webhook_url == NULL)
        failure_set(failure, FAILURE_CONFIG, "TESA_WEBHOOK_URL is not set: it says where to.");
    else
        replay(reader, config, letters, command, failure);
    log_close(log);
}

void run_webhook_command(char *const *arguments, const struct config *config, struct failure *failure)
{
    struct command command = { 0 };
    struct letters letters = { 0 };
    struct sqlite_reader *reader = NULL;
    bool is_fine = parse_command(arguments, &command, failure);
    if (is_fine && config->log_path == NULL) {
        failure_set(failure, FAILURE_CONFIG, "Dead letters are in a log: set TESA_LOG to sqlite:<file>.");
        is_fine = false;
    }
    /* Reading makes no file, so that a mistyped path does not. */
    if (is_fine && letters_read(config->log_path, &letters, failure))
        reader = sqlite_reader_open(config->log_path, "dead letters", failure);
    if (reader != NULL && command.action == ACTION_LIST)
        list(reader, &letters, command.wants_json || !isatty(STDOUT_FILENO), failure);
    else if (reader != NULL)
        change(reader, config, &letters, &command, failure);
    sqlite_reader_close(reader);
    letters_free(&letters);
    free(command.numbers);
}
