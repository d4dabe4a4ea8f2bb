/* Bytes that grow, and a list of texts. Both are freed by their owner; both begin as { 0 }. */
#ifndef TESA_BUFFER_H
#define TESA_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

#include "text.h"

#define PRINTF_LIKE(place, first) __attribute__((format(printf, place, first)))

struct buffer {
    /* Always ends with a zero that is not counted; NULL while nothing was added. */
    char *data;
    size_t length;
    size_t capacity;
};

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_add(struct buffer *buffer, struct text text);
void buffer_string(struct buffer *buffer, const char *string);
void buffer_format(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
void buffer_vformat(struct buffer *buffer, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
/* Room for so many bytes more; the caller writes them and adds to `length`. */
char *buffer_reserve(struct buffer *buffer, size_t length);
/* Forgets the content and keeps the memory. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);
struct text buffer_text(const struct buffer *buffer);

struct list {
    char **items;
    size_t count;
    size_t capacity;
};

/* Adds a text that was allocated; the list owns it from now on. */
void list_own(struct list *list, char *item);
void list_format(struct list *list, const char *format, ...) PRINTF_LIKE(2, 3);
void list_free(struct list *list);

#endif
