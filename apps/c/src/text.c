#include "text.h"

#include <string.h>

#include "buffer.h"
#include "memory.h"

/* How much of a value is shown: enough to know it again. */
#define MAX_SHOWN 60

struct text text_of(const char *string)
{
    return (struct text){ string, strlen(string) };
}

struct text text_slice(struct text text, size_t start, size_t end)
{
    if (end > text.length) end = text.length;
    if (start > end) start = end;
    return (struct text){ text.data + start, end - start };
}

struct text text_after(struct text text, size_t start)
{
    return text_slice(text, start, text.length);
}

struct text text_trim(struct text text)
{
    while (text.length > 0 && is_space((unsigned char)text.data[0])) text = text_after(text, 1);
    while (text.length > 0 && is_space((unsigned char)text.data[text.length - 1])) text.length -= 1;
    return text;
}

bool text_equals(struct text one, struct text other)
{
    return one.length == other.length && (one.length == 0 || memcmp(one.data, other.data, one.length) == 0);
}

bool text_is(struct text text, const char *string)
{
    return text_equals(text, text_of(string));
}

bool text_starts(struct text text, const char *beginning)
{
    size_t length = strlen(beginning);
    return text.length >= length && memcmp(text.data, beginning, length) == 0;
}

bool text_ends(struct text text, const char *end)
{
    size_t length = strlen(end);
    return text.length >= length && memcmp(text.data + text.length - length, end, length) == 0;
}

size_t text_find(struct text text, const char *string)
{
    size_t length = strlen(string);
    for (size_t at = 0; at + length <= text.length; at += 1)
        if (memcmp(text.data + at, string, length) == 0) return at;
    return NOT_FOUND;
}

size_t text_find_last(struct text text, char character)
{
    for (size_t at = text.length; at > 0; at -= 1)
        if (text.data[at - 1] == character) return at - 1;
    return NOT_FOUND;
}

bool text_has_any(struct text text, const char *characters)
{
    size_t count = strlen(characters);
    for (size_t at = 0; at < text.length; at += 1)
        if (memchr(characters, text.data[at], count) != NULL) return true;
    return false;
}

char *text_copy(struct text text)
{
    char *copy = must_allocate(text.length + 1);
    if (text.length > 0) memcpy(copy, text.data, text.length);
    return copy;
}

int32_t text_next(struct text text, size_t *at)
{
    const unsigned char *bytes = (const unsigned char *)text.data + *at;
    size_t left = text.length - *at;
    *at += 1;
    if (bytes[0] < 0x80) return bytes[0];
    size_t more = bytes[0] >= 0xf0 ? 3 : bytes[0] >= 0xe0 ? 2 : 1;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || left <= more) return -1;
    int32_t character = bytes[0] & (0x3f >> more);
    for (size_t index = 1; index <= more; index += 1) {
        if ((bytes[index] & 0xc0) != 0x80) return -1;
        character = character << 6 | (bytes[index] & 0x3f);
    }
    /* Overlong forms, halves of surrogate pairs, and what is beyond Unicode. */
    static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    if (character < least[more] || (character >= 0xd800 && character <= 0xdfff) || character > 0x10ffff) return -1;
    *at += more;
    return character;
}

bool text_is_utf8(struct text text)
{
    for (size_t at = 0; at < text.length;)
        if (text_next(text, &at) < 0) return false;
    return true;
}

size_t text_count(struct text text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.length; count += 1) text_next(text, &at);
    return count;
}

bool is_space(int32_t character)
{
    return (character >= 9 && character <= 13) || character == ' ' || character == 0x85 || character == 0xa0 ||
        character == 0x1680 || (character >= 0x2000 && character <= 0x200a) || character == 0x2028 ||
        character == 0x2029 || character == 0x202f || character == 0x205f || character == 0x3000 || character == 0xfeff;
}

bool is_control(int32_t character)
{
    return (character >= 0 && character < 0x20) || (character >= 0x7f && character < 0xa0);
}

bool is_invisible(int32_t character)
{
    static const int32_t ranges[][2] = {
        { 0xad, 0xad },       { 0x600, 0x605 },     { 0x61c, 0x61c },     { 0x6dd, 0x6dd },     { 0x70f, 0x70f },
        { 0x890, 0x891 },     { 0x8e2, 0x8e2 },     { 0x180e, 0x180e },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
        { 0x2060, 0x206f },   { 0xfeff, 0xfeff },   { 0xfff9, 0xfffb },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
        { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f },
    };
    if (is_control(character)) return true;
    for (size_t index = 0; index < sizeof ranges / sizeof *ranges; index += 1)
        if (character >= ranges[index][0] && character <= ranges[index][1]) return true;
    return false;
}

bool is_token_character(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
        (character >= 'A' && character <= 'Z') || character == '_' || character == '-';
}

void add_printable(struct buffer *buffer, struct text text)
{
    for (size_t at = 0; at < text.length;) {
        size_t start = at;
        int32_t character = text_next(text, &at);
        if (character < 0)
            buffer_format(buffer, "\\x%02x", (unsigned char)text.data[start]);
        else if (is_invisible(character))
            buffer_format(buffer, "\\u{%x}", (unsigned)character);
        else
            buffer_add(buffer, text_slice(text, start, at));
    }
}

/* Where a token begins, in capitals too. */
static size_t find_prefix(struct text text)
{
    for (size_t at = 0; at + strlen(TOKEN_PREFIX) <= text.length; at += 1) {
        size_t same = 0;
        while (TOKEN_PREFIX[same] != '\0' && (text.data[at + same] | 0x20) == (TOKEN_PREFIX[same] | 0x20)) same += 1;
        if (TOKEN_PREFIX[same] == '\0') return at;
    }
    return NOT_FOUND;
}

void add_quoted(struct buffer *buffer, struct text text)
{
    if (text_find(text, "-----BEGIN") != NOT_FOUND) {
        buffer_string(buffer, "\"-----BEGIN ...\"");
        return;
    }
    size_t secret = find_prefix(text);
    struct text shown = secret == NOT_FOUND ? text : text_slice(text, 0, secret);
    size_t end = 0;
    for (size_t count = 0; end < shown.length && count < MAX_SHOWN; count += 1) text_next(shown, &end);
    buffer_string(buffer, "\"");
    add_printable(buffer, text_slice(shown, 0, end));
    if (end < shown.length)
        buffer_string(buffer, "...");
    else if (secret != NOT_FOUND)
        buffer_string(buffer, TOKEN_PREFIX "...");
    buffer_string(buffer, "\"");
}

void add_quoted_url(struct buffer *buffer, struct text text)
{
    if (text_has_any(text, "@")) {
        buffer_string(buffer, "(not shown, since it has an @)");
        return;
    }
    size_t end = 0;
    while (end < text.length && text.data[end] != '?' && text.data[end] != '#') end += 1;
    add_quoted(buffer, text_slice(text, 0, end));
}

void add_redacted(struct buffer *buffer, struct text text)
{
    for (;;) {
        size_t at = text_find(text, TOKEN_PREFIX);
        if (at == NOT_FOUND) break;
        size_t end = at + strlen(TOKEN_PREFIX);
        buffer_add(buffer, text_slice(text, 0, end));
        size_t after = end;
        while (after < text.length && is_token_character(text.data[after])) after += 1;
        if (after > end) buffer_string(buffer, "...");
        text = text_after(text, after);
    }
    buffer_add(buffer, text);
}

void find_string_problems(struct text text, struct list *problems)
{
    if (text.length > MAX_STRING_BYTES)
        list_format(problems, "is %zu bytes long; MQTT allows %d: shorten it", text.length, MAX_STRING_BYTES);
    if (text.length > 0 && memchr(text.data, '\0', text.length) != NULL)
        list_format(problems, "holds the character U+0000, which MQTT forbids: remove it");
    if (!text_is_utf8(text)) list_format(problems, "is not UTF-8: remove what is not");
}

void find_control_characters(struct text text, struct list *problems)
{
    for (size_t at = 0; at < text.length;)
        if (is_control(text_next(text, &at))) {
            list_format(problems, "has line breaks or other control characters in it: remove them");
            return;
        }
}
