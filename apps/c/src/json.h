/* Reads JSON as far as telemetry needs it: the value itself, and of an object its fields. By yajl, which goes as deep
 * as a payload does, and hands over numbers as they are written. */
#ifndef TESA_JSON_H
#define TESA_JSON_H

#include "text.h"

enum json_kind { JSON_MISSING, JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_kind kind;
    bool truth;
    /* Of a string its characters, always UTF-8; of a number its digits as they came. */
    struct text text;
};

struct json_field {
    struct text key;
    struct json_value value;
    size_t place;
};

/* A document; begins as { 0 }. */
struct json {
    struct json_value root;
    /* Of an object; of two equal keys the last one counts. In the order in which they came. */
    struct json_field *fields;
    size_t count;
    size_t capacity;
    /* The memory of all texts. */
    char *texts;
    size_t used;
    size_t depth;
};

/* False for what is no JSON; the text must be UTF-8. */
bool parse_json(struct text text, struct json *json);
void json_free(struct json *json);

/* A value of kind JSON_MISSING if there is no such field. */
struct json_value json_get(const struct json *json, const char *key);
bool json_is_scalar(struct json_value value);
/* Of a number: the nearest double; infinite beyond the range of doubles. */
double json_number(struct json_value value);

#endif
