/* A folder of a test's own. */
#ifndef TESA_SCRATCH_H
#define TESA_SCRATCH_H

#include "buffer.h"

struct scratch {
    struct buffer folder;
    struct buffer log_path;
};

struct scratch scratch_create(void);
/* Removes it with what is in it. */
void scratch_remove(struct scratch *scratch);

#endif
