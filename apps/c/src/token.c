#include "token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "memory.h"

/* How many random characters the platform documents. Published samples have 28, so another number is no error. */
#define RANDOM_LENGTH 32
/* How much of a token of another length is hidden at least: 16 random characters cannot be guessed. */
#define MIN_HIDDEN 16
/* Far more than any example has. */
#define MAX_PLACEHOLDER 200
/* Of a SHA-256 of some 190 random bits: enough to tell tokens apart. */
#define FINGERPRINT_BYTES 16

/* The words that .env.example files are made of. */
static const char *const WORDS[] = {
    "your",       "my",   "the",         "organisation", "organization", "org",   "prefix", "tesa",
    "iot",        "mqtt", "api",         "access",       "secret",       "token", "key",    "keys",
    "here",       "goes", "change",      "replace",      "insert",       "paste", "enter",  "with",
    "this",       "me",   "placeholder", "example",      "sample",       "dummy", "todo",   "random",
    "characters", "char", "chars",       "string",       "32",           "28",    "x",      "_",
    ".",          "-",    " ",           "\t",
};

static size_t prefix_length(void)
{
    return strlen(TOKEN_PREFIX);
}

/* The place of the underscore between organisation and random part: the one that exactly 32 characters follow; without
 * one, the last that at least 16 follow, and else the first. In doubt, more is taken for secret. */
static size_t organisation_end(struct text rest)
{
    size_t usual = NOT_FOUND, hiding = NOT_FOUND, first = NOT_FOUND;
    for (size_t at = 0; at < rest.length; at += 1) {
        if (rest.data[at] != '_') continue;
        size_t after = text_count(text_after(rest, at + 1));
        if (first == NOT_FOUND) first = at;
        if (after >= MIN_HIDDEN) hiding = at;
        if (after == RANDOM_LENGTH) usual = at;
    }
    return usual != NOT_FOUND ? usual : hiding != NOT_FOUND ? hiding : first;
}

struct text token_organisation(struct text token)
{
    struct text rest = text_after(token, prefix_length());
    size_t end = organisation_end(rest);
    return text_slice(rest, 0, end == NOT_FOUND ? 0 : end);
}

static struct text random_part(struct text token)
{
    struct text rest = text_after(token, prefix_length());
    size_t end = organisation_end(rest);
    return end == NOT_FOUND ? rest : text_after(rest, end + 1);
}

bool token_has_unusual_length(struct text token)
{
    return text_count(random_part(token)) != RANDOM_LENGTH;
}

void add_redacted_token(struct buffer *buffer, struct text token)
{
    buffer_string(buffer, TOKEN_PREFIX);
    buffer_add(buffer, token_organisation(token));
    buffer_string(buffer, "_...");
}

void add_fingerprint(struct buffer *buffer, struct text token)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(token.data, token.length, digest, &length, EVP_sha256(), NULL);
    for (unsigned index = 0; index < length && index < FINGERPRINT_BYTES; index += 1)
        buffer_format(buffer, "%02x", digest[index]);
}

static bool is_quote(int32_t character)
{
    return character == '"' || character == '\'' || character == '`' || (character >= 0x2018 && character <= 0x201f) ||
        character == 0xab || character == 0xbb || character == 0x2039 || character == 0x203a;
}

/* Without the quotes and spaces around it, so that one mistake is reported once. */
static struct text without_wrapping(struct text text)
{
    size_t start = 0, end = 0;
    bool has_begun = false;
    for (size_t at = 0; at < text.length;) {
        size_t place = at;
        int32_t character = text_next(text, &at);
        if (is_quote(character) || is_space(character)) continue;
        if (!has_begun) start = place;
        has_begun = true;
        end = at;
    }
    return text_slice(text, start, end);
}

static bool consists_of_words(struct text text)
{
    if (text.length > MAX_PLACEHOLDER) return false;
    /* Which beginnings consist of words: the words overlap ("the", "this"), so that one pass alone would not do. */
    bool reached[MAX_PLACEHOLDER + 1] = { true };
    char lower[MAX_PLACEHOLDER + 1];
    for (size_t at = 0; at < text.length; at += 1) {
        char character = text.data[at];
        lower[at] = character >= 'A' && character <= 'Z' ? (char)(character + 32) : character;
    }
    for (size_t at = 0; at < text.length; at += 1) {
        if (!reached[at]) continue;
        for (size_t index = 0; index < sizeof WORDS / sizeof *WORDS; index += 1) {
            size_t length = strlen(WORDS[index]);
            if (at + length <= text.length && memcmp(lower + at, WORDS[index], length) == 0)
                reached[at + length] = true;
        }
    }
    return reached[text.length];
}

static bool has_words_in(struct text text, char open, char close)
{
    for (size_t at = 0; at < text.length; at += 1) {
        if (text.data[at] != open) continue;
        size_t end = at + 1;
        while (end < text.length && (is_token_character(text.data[end]) || is_space((unsigned char)text.data[end])))
            end += 1;
        if (end < text.length && text.data[end] == close) return true;
    }
    return false;
}

/* Whether a text stands for a token instead of being one. */
static bool is_placeholder(struct text bare)
{
    if (has_words_in(bare, '<', '>') || has_words_in(bare, '{', '}') || has_words_in(bare, '[', ']')) return true;
    if (!text_starts(bare, TOKEN_PREFIX)) return consists_of_words(bare);
    struct text random = random_part(bare);
    if (random.length == 0) return false;
    size_t same = 0;
    while (same < random.length && random.data[same] == random.data[0]) same += 1;
    return same == random.length || consists_of_words(random);
}

static void find_stray_characters(struct text text, struct list *problems)
{
    bool has_space = false, has_quote = false, has_invisible = false;
    for (size_t at = 0; at < text.length;) {
        int32_t character = text_next(text, &at);
        if (is_space(character))
            has_space = true;
        else if (is_quote(character))
            has_quote = true;
        else if (character < 0 || is_invisible(character))
            has_invisible = true;
    }
    if (has_space) list_format(problems, "has spaces or line breaks in it: remove them");
    if (has_quote) list_format(problems, "has quotes in it: write it without quotes");
    if (has_invisible)
        list_format(problems,
                    "has invisible characters in it: copy it again, from another place if that does not help");
    if (text.length > MAX_STRING_BYTES)
        list_format(problems, "is %zu bytes long: copy the token and no more", text.length);
}

static void find_shape_problems(struct text bare, struct list *problems)
{
    size_t at = text_find(bare, TOKEN_PREFIX);
    if (at == NOT_FOUND)
        list_format(problems,
                    "does not begin with " TOKEN_PREFIX ": copy the whole token, from " TOKEN_PREFIX " to its end");
    else if (at > 0)
        list_format(problems, "has other characters before " TOKEN_PREFIX ": remove them");
    else if (text_find(text_after(bare, 1), TOKEN_PREFIX) != NOT_FOUND)
        list_format(problems, "has " TOKEN_PREFIX " in it twice: give one token, once");
    else if (token_organisation(bare).length == 0 || random_part(bare).length == 0)
        list_format(problems,
                    "is not whole: after " TOKEN_PREFIX
                    " come the organisation, a _ and random characters; copy all of it");
}

void find_token_problems(struct text text, struct list *problems)
{
    struct text bare = without_wrapping(text);
    if (bare.length == 0)
        list_format(problems, "is empty: copy the whole token, from " TOKEN_PREFIX " to its end");
    else if (text_find(bare, "...") != NOT_FOUND || text_find(bare, "\xe2\x80\xa6") != NOT_FOUND ||
             text_find(bare, "***") != NOT_FOUND)
        list_format(problems,
                    "is shortened for display: copy the whole token; if nobody has it any more, make a new one");
    else if (is_placeholder(bare))
        list_format(problems,
                    "is a placeholder: replace it by a token from the Admin UI (Organization Settings > MQTT "
                    "API Tokens)");
    else {
        find_stray_characters(text, problems);
        find_shape_problems(bare, problems);
    }
}

bool holds_token(struct text text)
{
    for (;;) {
        size_t at = text_find(text, TOKEN_PREFIX);
        if (at == NOT_FOUND) return false;
        size_t end = at + prefix_length();
        while (end < text.length && is_token_character(text.data[end])) end += 1;
        struct text random = random_part(text_slice(text, at, end));
        size_t run = 0;
        for (size_t index = 0; index < random.length; index += 1) {
            char character = random.data[index];
            run = character == '_' || character == '-' ? 0 : run + 1;
            if (run == MIN_HIDDEN) return true;
        }
        if (random.length == RANDOM_LENGTH) return true;
        text = text_after(text, end);
    }
}
