/* Memory that is there: where none is left, the program ends with a message, since nothing sensible could follow. */
#ifndef TESA_MEMORY_H
#define TESA_MEMORY_H

#include <stddef.h>

void *must_allocate(size_t size);
void *must_resize(void *memory, size_t size);
char *must_copy(const char *string);

#endif
