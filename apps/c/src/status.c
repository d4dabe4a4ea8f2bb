#include "status.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

/* A log that fails is tried again each second, which is not worth a line each. */
#define LOG_LINE_EVERY_MS 5000

static void add_line(struct buffer *out, struct text line)
{
    struct buffer printable = { 0 };
    add_printable(&printable, line);
    buffer_string(out, "tesa: ");
    add_redacted(out, buffer_text(&printable));
    buffer_string(out, "\n");
    buffer_free(&printable);
}

void say(const char *format, ...)
{
    struct buffer text = { 0 }, out = { 0 };
    va_list arguments;
    va_start(arguments, format);
    buffer_vformat(&text, format, arguments);
    va_end(arguments);
    for (struct text rest = buffer_text(&text);;) {
        size_t end = text_find(rest, "\n");
        add_line(&out, text_slice(rest, 0, end));
        if (end == NOT_FOUND) break;
        rest = text_after(rest, end + 1);
    }
    /* In one piece, so that lines of two processes do not mix. Where nobody hears, there is nobody to tell. */
    ssize_t ignored = write(STDERR_FILENO, out.data, out.length);
    (void)ignored;
    buffer_free(&text);
    buffer_free(&out);
}

void status_connecting(struct status *status, const struct broker_url *broker, bool is_v5)
{
    if (status->is_told[is_v5]) return;
    status->is_told[is_v5] = true;
    struct buffer url = { 0 };
    add_broker_url(&url, broker);
    say("connecting to %s (MQTT %s)", url.data, is_v5 ? "5" : "3.1.1");
    buffer_free(&url);
}

void status_live(struct status *status, const struct list *filters, struct text organisation, bool session_present)
{
    struct buffer named = { 0 };
    for (size_t index = 0; index < filters->count; index += 1)
        buffer_format(&named, "%s%s", index == 0 ? "" : ", ", filters->items[index]);
    say("live: %s of organisation %.*s%s", named.data, (int)organisation.length, organisation.data,
        session_present ? "; the broker kept the session" : "");
    buffer_free(&named);
    buffer_clear(&status->last_reason);
}

void status_waiting(struct status *status, const struct failure *failure, int64_t delay_ms)
{
    struct text reason = buffer_text(&failure->message);
    bool is_same = text_equals(reason, buffer_text(&status->last_reason));
    say("waiting: %s Next try in %.1f s.", is_same ? "the same again." : reason.data, (double)delay_ms / 1000);
    buffer_clear(&status->last_reason);
    buffer_add(&status->last_reason, reason);
}

/* Times are told in seconds before now, since a time zone is more than a program of this size needs. */
void status_gap(struct gap gap)
{
    long long seconds = (long long)(gap.to - gap.from) / 1000;
    say("gap: %smessages of the last %lld s may be missing%s",
        gap.is_certain ? "the broker no longer had the session: " : "", seconds,
        gap.is_certain ? "" : ": the broker's queue may have overflowed");
}

void status_log_trouble(struct status *status, const struct failure *failure)
{
    int64_t now = monotonic_ms();
    if (status->log_told_at != 0 && now - status->log_told_at < LOG_LINE_EVERY_MS) return;
    status->log_told_at = now;
    say("log: %s Nothing is acknowledged meanwhile.", failure_words(failure));
}

void status_log_works(struct status *status)
{
    if (status->log_told_at != 0) say("the log stores again");
    status->log_told_at = 0;
}

void status_free(struct status *status)
{
    buffer_free(&status->last_reason);
}
