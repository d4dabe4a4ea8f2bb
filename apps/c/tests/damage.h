/* Damage that is the same in each run, on each machine. */
#ifndef TESA_DAMAGE_H
#define TESA_DAMAGE_H

#include <stdint.h>

#include "text.h"

struct damage {
    uint64_t state;
};

unsigned damage_number(struct damage *damage);
/* A copy of exactly the text's size, with some bytes changed: the sanitizer sees each byte too many that is read. */
char *damage_copy(struct damage *damage, struct text text, unsigned changes);

#endif
