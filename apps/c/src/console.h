/* Writes a message as one line for people. */
#ifndef TESA_CONSOLE_H
#define TESA_CONSOLE_H

#include "telemetry.h"

/* Adds one line, never wider than the terminal. What a device sent cannot act on the terminal. The time is UTC. */
void console_write(struct buffer *lines, const struct telemetry *message, size_t columns);

#endif
