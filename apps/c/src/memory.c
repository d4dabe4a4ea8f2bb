#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("tesa: no memory is left\n", stderr);
        abort();
    }
    return memory;
}

void *must_allocate(size_t size)
{
    return checked(calloc(1, size == 0 ? 1 : size));
}

void *must_resize(void *memory, size_t size)
{
    return checked(realloc(memory, size == 0 ? 1 : size));
}

char *must_copy(const char *string)
{
    size_t size = strlen(string) + 1;
    return memcpy(must_allocate(size), string, size);
}
