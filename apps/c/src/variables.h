/* The variables of the configuration, and what may be wrong with each by itself. */
#ifndef TESA_VARIABLES_H
#define TESA_VARIABLES_H

#include <stdint.h>

#include "buffer.h"

#define TOKEN_VARIABLE "MQTT_API_TOKEN"
#define TOKEN_ORIGIN "Admin UI, Organization Settings > MQTT API Tokens"

struct variable {
    const char *name;
    /* What applies where it is not set; NULL: nothing. */
    const char *usual;
    /* NULL for a number, which has a unit and bounds instead. */
    void (*find_problems)(struct text value, struct list *problems);
    /* It is shown in no message. */
    bool is_secret;
    const char *unit;
    uint64_t low;
    uint64_t high;
};

/* The end is marked by one without a name. */
extern const struct variable VARIABLES[];

/* NULL for a name that is none of ours. */
const struct variable *find_variable(const char *name);
/* What is wrong with a value that is not empty; the problems complete a sentence that begins with name and value. */
void find_value_problems(const struct variable *variable, struct text value, struct list *problems);
/* Items separated by commas; spaces around an item do not belong to it, and a repeated one counts once. The items are
 * parts of `text`. Gives their number; frees nothing and needs `items` to be freed. */
size_t split_items(struct text text, struct text **items);
/* Of a number without problems. */
uint64_t parse_number(struct text digits);

#endif
