/* The command line. */
#ifndef TESA_OPTIONS_H
#define TESA_OPTIONS_H

#include <stdint.h>

#include "failure.h"

extern const char USAGE[];

struct options {
    bool wants_json;
    /* 0: no end. */
    uint64_t count;
    int64_t timeout_seconds;
    bool waits;
    bool wants_help;
    /* What stands behind `webhook`; NULL: it is not there, and messages are streamed. */
    char *const *webhook;
};

/* `arguments` ends with NULL and begins with the program's name. */
bool parse_options(char *const *arguments, struct options *options, struct failure *failure);

#endif
