/* Settings as texts, by name, before they are checked. */
#ifndef TESA_RECORD_H
#define TESA_RECORD_H

#include "text.h"

struct setting {
    char *name;
    /* May have any character in it; `data` is owned. */
    struct text value;
};

struct record {
    struct setting *items;
    size_t count;
    size_t capacity;
};

/* Copies both; a name that is there already gets the new value. */
void record_set(struct record *record, const char *name, struct text value);
/* NULL if it is not set. */
const struct text *record_find(const struct record *record, const char *name);
void record_remove(struct record *record, const char *name);
void record_free(struct record *record);

#endif
