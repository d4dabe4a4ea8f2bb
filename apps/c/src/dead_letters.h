/* Commands for what the webhook refused for good: see it, send it again, forget it. */
#ifndef TESA_DEAD_LETTERS_H
#define TESA_DEAD_LETTERS_H

#include "config.h"
#include "failure.h"

/* `arguments`: what stands behind `webhook`; it ends with NULL. `failure` has the exit code, and what is to be said. */
void run_webhook_command(char *const *arguments, const struct config *config, struct failure *failure);

#endif
