/* The dead letters in the log's file: what the webhook refused for good. Their messages stay in the log. */
#ifndef TESA_SQLITE_LETTERS_H
#define TESA_SQLITE_LETTERS_H

#include <stdint.h>

#include "failure.h"

struct letter {
    int64_t id;
    /* The lane that gave it up. */
    char *reader;
    char *reason;
    /* Epoch milliseconds. */
    int64_t at;
    /* The place of its message. */
    int64_t seq;
};

struct letters {
    struct letter *items;
    size_t count;
};

/* All of them, oldest first. Nothing is changed, and no file is made; false after a failure. */
bool letters_read(const char *path, struct letters *letters, struct failure *failure);
void letters_free(struct letters *letters);
bool letter_forget(const char *path, int64_t id, struct failure *failure);

#endif
