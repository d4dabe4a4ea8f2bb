#include "console.h"

#include <stdlib.h>
#include <string.h>

/* A device's clock that is off by more than this is worth a mark. */
#define CLOCK_TOLERANCE_MS 60000
/* Less than this shows nothing of a value. */
#define MIN_COLUMNS 40
#define HEX_BYTES 16
/* A payload may have 10 MB; a terminal shows none of that. */
#define MAX_SHOWN_BYTES 4096
#define MAX_NAME_BYTES 400

#define ELLIPSIS "\xe2\x80\xa6"

static const char *const MARKS[][2] = {
    { "topic-unexpected", "unexpected topic" }, { "device-mismatch", "names another device" },
    { "timestamp-assumed-utc", "UTC assumed" }, { "timestamp-unreadable", "unreadable time" },
    { "precision-lost", "digits lost" },        { "number-out-of-range", "number out of range" },
};

/* Two columns for East Asian wide characters and emoji, none for marks that stand above or below another character. */
static size_t width_of_character(int32_t character)
{
    static const int32_t ranges[][3] = {
        { 0x300, 0x36f, 0 },   { 0xe31, 0xe31, 0 },   { 0xe34, 0xe3a, 0 },     { 0xe47, 0xe4e, 0 },
        { 0x1100, 0x115f, 2 }, { 0x2e80, 0xa4cf, 2 }, { 0xac00, 0xd7a3, 2 },   { 0xf900, 0xfaff, 2 },
        { 0xfe30, 0xfe6f, 2 }, { 0xff00, 0xff60, 2 }, { 0x1f300, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
    };
    for (size_t index = 0; index < sizeof ranges / sizeof *ranges; index += 1)
        if (character >= ranges[index][0] && character <= ranges[index][1]) return (size_t)ranges[index][2];
    return 1;
}

static size_t width_of(struct text text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.length;) width += width_of_character(text_next(text, &at));
    return width;
}

static void add_cut(struct buffer *line, struct text text, size_t columns)
{
    if (width_of(text) <= columns) {
        buffer_add(line, text);
        return;
    }
    size_t used = 1, end = 0;
    for (size_t at = 0; at < text.length; end = at) {
        used += width_of_character(text_next(text, &at));
        if (used > columns) break;
    }
    buffer_add(line, text_slice(text, 0, end));
    buffer_string(line, ELLIPSIS);
}

/* At most so many bytes, at a border between characters. */
static struct text beginning(struct text text, size_t bytes)
{
    if (text.length <= bytes) return text;
    while (bytes > 0 && ((unsigned char)text.data[bytes] & 0xc0) == 0x80) bytes -= 1;
    return text_slice(text, 0, bytes);
}

static void add_column(struct buffer *line, struct text text, size_t width)
{
    struct buffer name = { 0 }, shown = { 0 };
    add_printable(&name, beginning(text, MAX_NAME_BYTES));
    add_cut(&shown, buffer_text(&name), width);
    size_t used = width_of(buffer_text(&shown));
    buffer_format(line, "  ");
    buffer_add(line, buffer_text(&shown));
    buffer_format(line, "%*s", (int)(used < width ? width - used : 0), "");
    buffer_free(&name);
    buffer_free(&shown);
}

static void add_clock(struct buffer *line, int64_t epoch_ms)
{
    int ms = (int)(epoch_ms % 86400000);
    buffer_format(line, "%02d:%02d:%02d.%03dZ", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

static void add_reading(struct buffer *line, const struct reading *reading, struct text topic_sensor)
{
    buffer_string(line, "  ");
    if (!text_equals(reading->sensor, topic_sensor)) {
        add_printable(line, beginning(reading->sensor, MAX_NAME_BYTES));
        buffer_string(line, " ");
    }
    switch (reading->kind) {
    case JSON_BOOLEAN: buffer_string(line, reading->truth ? "true" : "false"); break;
    case JSON_NUMBER: add_number(line, reading->number); break;
    case JSON_STRING: add_printable(line, beginning(reading->string, MAX_SHOWN_BYTES)); break;
    default: buffer_string(line, "null");
    }
    if (reading->unit.data == NULL) return;
    buffer_string(line, " ");
    add_printable(line, beginning(reading->unit, MAX_NAME_BYTES));
}

static void add_payload(struct buffer *line, const struct telemetry *message)
{
    struct text payload = message->arrival->payload;
    if (payload.length == 0) {
        buffer_string(line, "  (empty)");
    } else if (message->format == FORMAT_BINARY) {
        buffer_format(line, "  [%zu bytes, not text]", payload.length);
        for (size_t at = 0; at < payload.length && at < HEX_BYTES; at += 1)
            buffer_format(line, " %02x", (unsigned char)payload.data[at]);
    } else {
        buffer_string(line, message->format == FORMAT_TEXT ? "  [not JSON] " : "  ");
        add_printable(line, beginning(message->content, MAX_SHOWN_BYTES));
    }
}

static void add_distance(struct buffer *line, const char *word, int64_t ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "d", 86400000 }, { "h", 3600000 }, { "min", 60000 } };
    for (size_t index = 0; index < sizeof units / sizeof *units; index += 1)
        if (ms >= units[index].ms) {
            buffer_format(line, "  [%s %lld %s]", word, (long long)(ms / units[index].ms), units[index].unit);
            return;
        }
}

static void add_marks(struct buffer *line, const struct telemetry *message)
{
    if (message->arrival->retained) buffer_string(line, "  [retained]");
    int64_t late_ms = message->has_timestamp ? message->arrival->received_at - message->timestamp : 0;
    if (late_ms > CLOCK_TOLERANCE_MS) add_distance(line, "late", late_ms);
    if (late_ms < -CLOCK_TOLERANCE_MS) add_distance(line, "ahead", -late_ms);
    for (size_t index = 0; index < message->warning_count; index += 1)
        for (size_t mark = 0; mark < sizeof MARKS / sizeof *MARKS; mark += 1)
            if (strcmp(MARKS[mark][0], message->warnings[index]) == 0) buffer_format(line, "  [%s]", MARKS[mark][1]);
}

void console_write(struct buffer *lines, const struct telemetry *message, size_t columns)
{
    struct buffer line = { 0 };
    const struct topic *topic = &message->topic;
    add_clock(&line, message->arrival->received_at);
    add_column(&line, topic->is_telemetry ? topic->device_id : message->arrival->topic, 20);
    if (topic->has_sensor) add_column(&line, topic->sensor, 18);
    for (size_t index = 0; index < message->reading_count && line.length < MAX_SHOWN_BYTES; index += 1)
        add_reading(&line, &message->readings[index], topic->sensor);
    if (message->reading_count == 0) add_payload(&line, message);
    add_marks(&line, message);
    /* The last column stays free: some terminals wrap as soon as it is written. */
    add_cut(lines, buffer_text(&line), (columns < MIN_COLUMNS ? MIN_COLUMNS : columns) - 1);
    buffer_string(lines, "\n");
    buffer_free(&line);
}
