#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

char *buffer_reserve(struct buffer *buffer, size_t length)
{
    size_t needed = buffer->length + length + 1;
    if (needed > buffer->capacity) {
        size_t doubled = buffer->capacity * 2;
        buffer->capacity = needed > doubled ? needed : doubled;
        buffer->data = must_resize(buffer->data, buffer->capacity);
    }
    return buffer->data + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    char *end = buffer_reserve(buffer, length);
    if (length > 0) memcpy(end, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_add(struct buffer *buffer, struct text text)
{
    buffer_append(buffer, text.data, text.length);
}

void buffer_string(struct buffer *buffer, const char *string)
{
    buffer_append(buffer, string, strlen(string));
}

void buffer_vformat(struct buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length > 0) {
        vsnprintf(buffer_reserve(buffer, (size_t)length), (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    buffer_vformat(buffer, format, arguments);
    va_end(arguments);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    if (buffer->data != NULL) buffer->data[0] = '\0';
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){ 0 };
}

struct text buffer_text(const struct buffer *buffer)
{
    return (struct text){ buffer->data == NULL ? "" : buffer->data, buffer->length };
}

void list_own(struct list *list, char *item)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 8 : list->capacity * 2;
        list->items = must_resize(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count] = item;
    list->count += 1;
}

void list_format(struct list *list, const char *format, ...)
{
    struct buffer item = { 0 };
    va_list arguments;
    va_start(arguments, format);
    buffer_vformat(&item, format, arguments);
    va_end(arguments);
    list_own(list, item.data == NULL ? must_copy("") : item.data);
}

void list_free(struct list *list)
{
    for (size_t index = 0; index < list->count; index += 1) free(list->items[index]);
    free(list->items);
    *list = (struct list){ 0 };
}
