/* Texts with a length: a zero in one ends nothing. They point into memory that somebody else owns. */
#ifndef TESA_TEXT_H
#define TESA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct list;

struct text {
    const char *data;
    size_t length;
};

#define TOKEN_PREFIX "tesa_mqtt_"
/* MQTT tells the length of a string in two bytes (3.1.1, 1.5.3; 5, 1.5.4). */
#define MAX_STRING_BYTES 65535
#define NOT_FOUND SIZE_MAX

struct text text_of(const char *string);
/* From one byte to before another; both are cut to the length. */
struct text text_slice(struct text text, size_t start, size_t end);
struct text text_after(struct text text, size_t start);
struct text text_trim(struct text text);
bool text_is(struct text text, const char *string);
bool text_equals(struct text one, struct text other);
bool text_starts(struct text text, const char *beginning);
bool text_ends(struct text text, const char *end);
/* Where something begins first or last, or NOT_FOUND. */
size_t text_find(struct text text, const char *string);
size_t text_find_last(struct text text, char character);
bool text_has_any(struct text text, const char *characters);
/* An allocated string, ended by a zero. */
char *text_copy(struct text text);

/* The code point at `*at`, which moves behind it; -1 for what is no UTF-8, of which one byte is passed over. */
int32_t text_next(struct text text, size_t *at);
bool text_is_utf8(struct text text);
/* The number of code points; what is no UTF-8 counts by bytes. */
size_t text_count(struct text text);

bool is_space(int32_t character);
bool is_control(int32_t character);
/* Characters without a shape of their own, which could act on a terminal or hide something: Cc, Cf, Zl, Zp. */
bool is_invisible(int32_t character);
/* The characters that organisations and random parts of tokens are made of. */
bool is_token_character(char character);

/* Adds a text that cannot act on a terminal: invisible characters become escapes. */
void add_printable(struct buffer *buffer, struct text text);
/* Adds a value for an error message: in quotes, shortened, harmless, without what may be a secret. */
void add_quoted(struct buffer *buffer, struct text text);
/* A URL as add_quoted(), without what may be a password or a token in it. */
void add_quoted_url(struct buffer *buffer, struct text text);
/* A text in which whatever looks like a token is cut off. */
void add_redacted(struct buffer *buffer, struct text text);

/* What keeps a text from being sent as an MQTT string; the problems complete a sentence. */
void find_string_problems(struct text text, struct list *problems);
void find_control_characters(struct text text, struct list *problems);

#endif
