/* The vectors about the configuration. */
#ifndef TESA_VECTORS_CONFIG_H
#define TESA_VECTORS_CONFIG_H

#include "tree.h"

void check_config(const struct tree *each);

#endif
