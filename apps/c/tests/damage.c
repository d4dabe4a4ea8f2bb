#include "damage.h"

#include <stdlib.h>
#include <string.h>

unsigned damage_number(struct damage *damage)
{
    damage->state = damage->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(damage->state >> 33);
}

char *damage_copy(struct damage *damage, struct text text, unsigned changes)
{
    char *copy = malloc(text.length == 0 ? 1 : text.length);
    if (copy == NULL) abort();
    memcpy(copy, text.data, text.length);
    for (; changes > 0 && text.length > 0; changes -= 1)
        copy[damage_number(damage) % text.length] = (char)damage_number(damage);
    return copy;
}
