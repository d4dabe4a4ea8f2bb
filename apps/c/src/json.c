#include "json.h"

#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "memory.h"

/* More digits than any number of interest has; one that is longer is copied. */
#define USUAL_DIGITS 64

/* U+FFFD, in place of half a surrogate pair. */
#define REPLACEMENT "\xef\xbf\xbd"

static struct text keep(struct json *json, const char *bytes, size_t length)
{
    char *copy = json->texts + json->used;
    memcpy(copy, bytes, length);
    json->used += length;
    return (struct text){ copy, length };
}

/* yajl makes what is no UTF-8 of half a surrogate pair, as three bytes or four; they become one character of three. */
static struct text keep_string(struct json *json, const unsigned char *bytes, size_t length)
{
    struct text text = { (const char *)bytes, length };
    if (text_is_utf8(text)) return keep(json, text.data, text.length);
    struct text kept = { json->texts + json->used, 0 };
    for (size_t at = 0; at < text.length;) {
        size_t start = at;
        if (text_next(text, &at) >= 0) {
            kept.length += keep(json, text.data + start, at - start).length;
            continue;
        }
        while (at < text.length && ((unsigned char)text.data[at] & 0xc0) == 0x80) at += 1;
        if (at - start >= strlen(REPLACEMENT)) kept.length += keep(json, REPLACEMENT, strlen(REPLACEMENT)).length;
    }
    return kept;
}

static int take(struct json *json, struct json_value value)
{
    if (json->depth == 0) json->root = value;
    if (json->depth == 1 && json->root.kind == JSON_OBJECT) json->fields[json->count - 1].value = value;
    return 1;
}

static int on_null(void *context)
{
    return take(context, (struct json_value){ .kind = JSON_NULL });
}

static int on_boolean(void *context, int truth)
{
    return take(context, (struct json_value){ .kind = JSON_BOOLEAN, .truth = truth != 0 });
}

static int on_number(void *context, const char *digits, size_t length)
{
    struct json *json = context;
    /* What lies deeper is not asked for. */
    if (json->depth > 1) return 1;
    return take(json, (struct json_value){ .kind = JSON_NUMBER, .text = keep(json, digits, length) });
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
    struct json *json = context;
    if (json->depth > 1) return 1;
    return take(json, (struct json_value){ .kind = JSON_STRING, .text = keep_string(json, bytes, length) });
}

static int on_key(void *context, const unsigned char *bytes, size_t length)
{
    struct json *json = context;
    if (json->depth > 1 || json->root.kind != JSON_OBJECT) return 1;
    if (json->count == json->capacity) {
        json->capacity = json->capacity == 0 ? 16 : json->capacity * 2;
        json->fields = must_resize(json->fields, json->capacity * sizeof *json->fields);
    }
    json->fields[json->count] = (struct json_field){ .key = keep_string(json, bytes, length), .place = json->count };
    json->count += 1;
    return 1;
}

static int open_value(struct json *json, enum json_kind kind)
{
    take(json, (struct json_value){ .kind = kind });
    json->depth += 1;
    return 1;
}

static int on_object(void *context)
{
    return open_value(context, JSON_OBJECT);
}

static int on_array(void *context)
{
    return open_value(context, JSON_ARRAY);
}

static int on_close(void *context)
{
    struct json *json = context;
    json->depth -= 1;
    return 1;
}

static int compare_keys(const void *one, const void *other)
{
    const struct json_field *a = one, *b = other;
    size_t common = a->key.length < b->key.length ? a->key.length : b->key.length;
    int order = common == 0 ? 0 : memcmp(a->key.data, b->key.data, common);
    if (order != 0) return order;
    if (a->key.length != b->key.length) return a->key.length < b->key.length ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static int compare_places(const void *one, const void *other)
{
    const struct json_field *a = one, *b = other;
    return a->place < b->place ? -1 : 1;
}

static void drop_repeated(struct json *json)
{
    if (json->count < 2) return;
    qsort(json->fields, json->count, sizeof *json->fields, compare_keys);
    size_t kept = 0;
    for (size_t index = 0; index < json->count; index += 1) {
        bool is_last = index + 1 == json->count || !text_equals(json->fields[index].key, json->fields[index + 1].key);
        if (is_last) json->fields[kept++] = json->fields[index];
    }
    json->count = kept;
    qsort(json->fields, json->count, sizeof *json->fields, compare_places);
}

/* What JSON takes for space. */
static bool is_blank(struct text text)
{
    for (size_t at = 0; at < text.length; at += 1)
        if (memchr(" \t\r\n", text.data[at], 4) == NULL) return false;
    return true;
}

bool parse_json(struct text text, struct json *json)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_object,
        .yajl_map_key = on_key,
        .yajl_end_map = on_close,
        .yajl_start_array = on_array,
        .yajl_end_array = on_close,
    };
    *json = (struct json){ 0 };
    /* yajl takes them for space, which JSON does not. */
    if (text_has_any(text, "\v\f")) return false;
    yajl_handle parser = yajl_alloc(&callbacks, NULL, json);
    if (parser == NULL) return false;
    /* No text is longer than what it was written as. */
    json->texts = must_allocate(text.length);
    yajl_config(parser, yajl_dont_validate_strings, 1);
    /* yajl overlooks what follows the value if that is the beginning of a string, so that it is looked at here. */
    yajl_config(parser, yajl_allow_trailing_garbage, 1);
    bool is_json = yajl_parse(parser, (const unsigned char *)text.data, text.length) == yajl_status_ok &&
        is_blank(text_after(text, yajl_get_bytes_consumed(parser))) && yajl_complete_parse(parser) == yajl_status_ok;
    yajl_free(parser);
    if (is_json)
        drop_repeated(json);
    else
        json_free(json);
    return is_json;
}

void json_free(struct json *json)
{
    free(json->fields);
    free(json->texts);
    *json = (struct json){ 0 };
}

struct json_value json_get(const struct json *json, const char *key)
{
    for (size_t index = 0; index < json->count; index += 1)
        if (text_is(json->fields[index].key, key)) return json->fields[index].value;
    return (struct json_value){ 0 };
}

bool json_is_scalar(struct json_value value)
{
    return value.kind == JSON_NULL || value.kind == JSON_BOOLEAN || value.kind == JSON_NUMBER ||
        value.kind == JSON_STRING;
}

double json_number(struct json_value value)
{
    char usual[USUAL_DIGITS];
    if (value.text.length >= sizeof usual) {
        char *digits = text_copy(value.text);
        double number = strtod(digits, NULL);
        free(digits);
        return number;
    }
    memcpy(usual, value.text.data, value.text.length);
    usual[value.text.length] = '\0';
    return strtod(usual, NULL);
}
