#include "environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "variables.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Set one of the first in the environment, and the second in .env no longer apply; and the other way round. */
static const char *const ALTERNATIVES[][2][2] = {
    { { "MQTT_API_TOKEN", NULL }, { "TESA_TOKEN_FILE", NULL } },
    { { "MQTT_TOPIC", NULL }, { "TESA_DEVICE", "TESA_SENSOR" } },
};

bool read_file(const char *path, struct buffer *content)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    size_t length = 0;
    do {
        char *end = buffer_reserve(content, BUFSIZ);
        length = fread(end, 1, BUFSIZ, file);
        content->length += length;
    } while (length > 0);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    errno = error;
    return error == 0;
}

static struct text parse_value(struct text value)
{
    if (value.length > 0 && strchr("\"'`", value.data[0]) != NULL) {
        const char quote[] = { value.data[0], '\0' };
        struct text inside = text_after(value, 1);
        size_t end = text_find(inside, quote);
        if (end != NOT_FOUND) return text_slice(inside, 0, end);
    }
    for (size_t at = 0; at < value.length; at += 1)
        if (value.data[at] == '#' && (at == 0 || value.data[at - 1] == ' ' || value.data[at - 1] == '\t'))
            return text_trim(text_slice(value, 0, at));
    return value;
}

static void parse_line(struct text line, struct record *record)
{
    line = text_trim(line);
    if (text_starts(line, "export ")) line = text_after(line, strlen("export "));
    size_t equals = text_find(line, "=");
    if (text_starts(line, "#") || equals == NOT_FOUND) return;
    char *name = text_copy(text_trim(text_slice(line, 0, equals)));
    if (find_variable(name) != NULL) record_set(record, name, parse_value(text_trim(text_after(line, equals + 1))));
    free(name);
}

void parse_dotenv(struct text text, struct record *record)
{
    if (text_starts(text, BYTE_ORDER_MARK)) text = text_after(text, strlen(BYTE_ORDER_MARK));
    while (text.length > 0) {
        size_t end = text_find(text, "\n");
        parse_line(text_slice(text, 0, end), record);
        text = end == NOT_FOUND ? text_after(text, text.length) : text_after(text, end + 1);
    }
}

static bool read_dotenv(const struct list *folders, struct record *record, struct failure *failure)
{
    bool is_fine = true, is_found = false;
    for (size_t index = 0; index < folders->count && !is_found; index += 1) {
        struct buffer path = { 0 }, content = { 0 };
        buffer_format(&path, "%s/.env", folders->items[index]);
        is_found = read_file(path.data, &content);
        struct text text = buffer_text(&content);
        if (!is_found && errno != ENOENT && errno != ENOTDIR) {
            failure_set(failure, FAILURE_CONFIG, "Cannot read the file \"%s\": %s.", path.data, strerror(errno));
            is_fine = false;
        } else if (is_found && (!text_is_utf8(text) || memchr(text.data, '\0', text.length) != NULL)) {
            failure_set(failure, FAILURE_CONFIG, "The file \"%s\" is no UTF-8 text. Save it as UTF-8.", path.data);
            is_fine = false;
        } else if (is_found) {
            parse_dotenv(text, record);
        }
        buffer_free(&path);
        buffer_free(&content);
        if (!is_fine) break;
    }
    return is_fine;
}

static void remove_replaced(struct record *record, const struct record *given)
{
    for (size_t index = 0; index < sizeof ALTERNATIVES / sizeof *ALTERNATIVES; index += 1)
        for (size_t side = 0; side < 2; side += 1)
            for (size_t chosen = 0; chosen < 2; chosen += 1) {
                const char *name = ALTERNATIVES[index][side][chosen];
                if (name == NULL || record_find(given, name) == NULL) continue;
                for (size_t other = 0; other < 2; other += 1)
                    if (ALTERNATIVES[index][1 - side][other] != NULL)
                        record_remove(record, ALTERNATIVES[index][1 - side][other]);
            }
}

bool read_environment(char *const *environment, const struct list *folders, struct record *record,
                      struct failure *failure)
{
    struct record given = { 0 };
    for (; *environment != NULL; environment += 1) {
        struct text entry = text_of(*environment);
        size_t equals = text_find(entry, "=");
        char *name = text_copy(text_slice(entry, 0, equals));
        if (equals != NOT_FOUND && find_variable(name) != NULL) record_set(&given, name, text_after(entry, equals + 1));
        free(name);
    }
    bool is_fine = read_dotenv(folders, record, failure);
    remove_replaced(record, &given);
    for (size_t index = 0; index < given.count; index += 1)
        record_set(record, given.items[index].name, given.items[index].value);
    record_free(&given);
    return is_fine;
}
