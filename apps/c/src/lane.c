#include "lane.h"

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "hash.h"
#include "memory.h"
#include "schedule.h"
#include "signed_post.h"
#include "sqlite_reader.h"
#include "status.h"
#include "target.h"
#include "token.h"
#include "topic.h"

#define BATCH_MESSAGES 100
/* Many receivers take no more than 100 kB. */
#define BATCH_BYTES 90000
/* What a line has beside the payload. */
#define LINE_BYTES 400
#define PAGE 400
/* How long a lane with nothing to send waits before it looks again, should it not be woken. */
#define LOOK_AGAIN_MS 30000
#define LOG_RETRY_MS 1000

/* First and last place of what is sent together. */
struct range {
    int64_t first;
    int64_t last;
};

struct lane {
    struct lane_options options;
    struct sqlite_reader *reader;
    struct poster *poster;
    struct buffer shown;
    struct buffer log_id;
    int64_t position;
    /* What is to be sent, in order; saved before it is sent, so that after a crash it goes under the same id. */
    struct range *work;
    size_t work_count;
    uint64_t wakes_seen;
};

/* The log could not be read or written: whether to try again. */
static bool retries(struct lane *lane, struct failure *failure)
{
    say("%s: %s", lane->shown.data, failure_words(failure));
    failure_free(failure);
    return lane_signals_wait(lane->options.signals, LOG_RETRY_MS, NULL);
}

static bool is_mine(const struct lane *lane, const struct arrival *message)
{
    struct topic topic = parse_topic(message->topic);
    if (!topic.is_telemetry) return lane->options.index == 0;
    return hash_bytes(HASH_START, topic.device_id.data, topic.device_id.length) % LANE_COUNT == lane->options.index;
}

static bool save(struct lane *lane, int64_t position, const struct batch *dead, const char *reason)
{
    struct buffer state = { 0 };
    struct failure failure = { 0 };
    buffer_string(&state, "");
    for (size_t index = 0; index < lane->work_count; index += 1)
        buffer_format(&state, "%lld-%lld ", (long long)lane->work[index].first, (long long)lane->work[index].last);
    bool is_saved = false;
    do {
        is_saved = sqlite_reader_move(lane->reader, position, state.data, dead, reason, &failure);
    } while (!is_saved && retries(lane, &failure));
    buffer_free(&state);
    return is_saved;
}

static bool load(struct lane *lane)
{
    struct buffer state = { 0 };
    struct failure failure = { 0 };
    bool is_loaded = false;
    do {
        buffer_clear(&lane->log_id);
        is_loaded = sqlite_reader_log_id(lane->reader, &lane->log_id, &failure) &&
            sqlite_reader_position(lane->reader, &lane->position, &state, &failure);
    } while (!is_loaded && retries(lane, &failure));
    char *rest = state.data;
    while (rest != NULL && strchr(rest, '-') != NULL) {
        lane->work = must_resize(lane->work, (lane->work_count + 1) * sizeof *lane->work);
        struct range *range = &lane->work[lane->work_count];
        range->first = strtoll(rest, &rest, 10);
        range->last = strtoll(rest + 1, &rest, 10);
        lane->work_count += 1;
        /* What is under way has been looked through. */
        if (range->last > lane->position) lane->position = range->last;
    }
    buffer_free(&state);
    return is_loaded;
}

/* The messages of this lane from one place to another. */
static bool read_range(struct lane *lane, struct range range, struct batch *mine)
{
    struct failure failure = { 0 };
    for (int64_t after = range.first - 1; after < range.last;) {
        struct batch page = { 0 };
        bool is_read = false;
        do {
            batch_free(&page);
            is_read = sqlite_reader_read(lane->reader, after, range.last, PAGE, &page, &failure);
        } while (!is_read && retries(lane, &failure));
        for (size_t index = 0; index < page.count; index += 1)
            if (is_mine(lane, &page.items[index])) batch_add(mine, &page.items[index]);
        after = page.count == 0 ? range.last : page.items[page.count - 1].seq;
        batch_free(&page);
        if (!is_read) return false;
    }
    return true;
}

static void drop_first(struct lane *lane)
{
    lane->work_count -= 1;
    memmove(lane->work, lane->work + 1, lane->work_count * sizeof *lane->work);
}

/* Looks through one page of the log, and makes work of what it has for this lane; false if there was nothing at all. */
static bool find_work(struct lane *lane)
{
    struct batch page = { 0 };
    struct failure failure = { 0 };
    struct range found = { 0 };
    size_t count = 0, bytes = 0;
    if (!sqlite_reader_read(lane->reader, lane->position, INT64_MAX, PAGE, &page, &failure)) retries(lane, &failure);
    for (size_t index = 0; index < page.count; index += 1) {
        const struct arrival *message = &page.items[index];
        if (is_mine(lane, message)) {
            bytes += message->payload.length + LINE_BYTES;
            if (count == BATCH_MESSAGES || (count > 0 && bytes > BATCH_BYTES)) break;
            if (count == 0) found.first = message->seq;
            found.last = message->seq;
            count += 1;
        }
        lane->position = message->seq;
    }
    bool is_any = page.count > 0;
    batch_free(&page);
    if (count > 0) {
        lane->work = must_resize(lane->work, sizeof *lane->work);
        lane->work[0] = found;
        lane->work_count = 1;
        /* If that fails it is time to leave, and the work is found again by the next run. */
        if (!save(lane, found.first - 1, NULL, "")) lane->work_count = 0;
    }
    return is_any;
}

static bool give_up(struct lane *lane, const struct batch *messages, const char *reason)
{
    int64_t first = messages->items[0].seq, last = messages->items[messages->count - 1].seq;
    say("%s: %zu dead letters, from seq %lld: %s", lane->shown.data, messages->count, (long long)first, reason);
    drop_first(lane);
    return save(lane, last, messages, reason);
}

/* Halves what was refused, until the bad message stands alone. */
static bool split(struct lane *lane, const struct batch *messages, const char *reason)
{
    if (messages->count == 1) return give_up(lane, messages, reason);
    size_t middle = messages->count / 2;
    lane->work = must_resize(lane->work, (lane->work_count + 1) * sizeof *lane->work);
    memmove(lane->work + 1, lane->work, lane->work_count * sizeof *lane->work);
    lane->work_count += 1;
    lane->work[0] = (struct range){ messages->items[0].seq, messages->items[middle - 1].seq };
    lane->work[1] = (struct range){ messages->items[middle].seq, messages->items[messages->count - 1].seq };
    return save(lane, messages->items[0].seq - 1, NULL, "");
}

/* Sends messages until that is settled; false if it is time to leave, and it is not. */
static bool settle(struct lane *lane, const struct batch *messages, const struct webhook_body *body,
                   struct answer *answer)
{
    for (size_t tries = 0;;) {
        post_signed(lane->poster, lane->options.secrets, body, answer);
        enum verdict verdict = answer->is_forbidden ? VERDICT_PAUSED : verdict_of(answer->status);
        if (verdict == VERDICT_DELIVERED) {
            drop_first(lane);
            return save(lane, messages->items[messages->count - 1].seq, NULL, "");
        }
        if (verdict == VERDICT_REFUSED) return split(lane, messages, answer->text.data);
        int64_t wait_ms = schedule_wait(verdict, tries, answer->retry_after_s, random_number());
        if (wait_ms < 0) return give_up(lane, messages, "no answer before the schedule ended");
        if (verdict == VERDICT_DOWN) tries += 1;
        say("%s: %s. Next try in %.0f s.", lane->shown.data, answer->text.data, (double)wait_ms / 1000);
        if (!lane_signals_wait(lane->options.signals, wait_ms, NULL)) return false;
    }
}

static bool deliver(struct lane *lane)
{
    struct batch messages = { 0 };
    struct answer answer = { 0 };
    bool is_settled = read_range(lane, lane->work[0], &messages);
    if (is_settled && messages.count == 0) {
        /* Somebody has taken them out of the file. */
        int64_t last = lane->work[0].last;
        drop_first(lane);
        is_settled = save(lane, last, NULL, "");
    } else if (is_settled) {
        struct webhook_body body = webhook_body(&messages, lane->log_id.data, lane->options.index, LANE_COUNT);
        is_settled = settle(lane, &messages, &body, &answer);
        webhook_body_free(&body);
    }
    buffer_free(&answer.text);
    batch_free(&messages);
    return is_settled;
}

static void follow(struct lane *lane)
{
    if (!load(lane)) return;
    for (;;) {
        if (lane->work_count > 0) {
            if (!deliver(lane)) return;
        } else if (!find_work(lane) && !lane_signals_wait(lane->options.signals, LOOK_AGAIN_MS, &lane->wakes_seen)) {
            return;
        }
    }
}

void lane_run(struct lane *lane)
{
    follow(lane);
    lane_signals_end(lane->options.signals);
}

void add_lane_prefix(struct buffer *name, const char *url)
{
    /* The path may be a secret: only a hash of it is kept. */
    buffer_string(name, "webhook:");
    add_fingerprint(name, text_of(url));
    buffer_string(name, ":lane");
}

struct lane *lane_open(const struct lane_options *options, struct failure *failure)
{
    struct lane *lane = must_allocate(sizeof *lane);
    struct buffer name = { 0 };
    lane->options = *options;
    buffer_string(&lane->shown, "webhook ");
    add_shown_target(&lane->shown, options->url);
    add_lane_prefix(&name, options->url);
    buffer_format(&name, "%zuof%d", options->index, LANE_COUNT);
    lane->reader = sqlite_reader_open(options->log_path, name.data, failure);
    lane->poster = poster_create(options->url);
    buffer_free(&name);
    if (lane->reader != NULL && lane->poster != NULL) return lane;
    lane_close(lane);
    return NULL;
}

void lane_close(struct lane *lane)
{
    if (lane == NULL) return;
    sqlite_reader_close(lane->reader);
    poster_destroy(lane->poster);
    buffer_free(&lane->shown);
    buffer_free(&lane->log_id);
    free(lane->work);
    free(lane);
}
