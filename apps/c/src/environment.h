/* Where the configuration comes from: the environment, and a .env file that it wins over. */
#ifndef TESA_ENVIRONMENT_H
#define TESA_ENVIRONMENT_H

#include "failure.h"
#include "record.h"

/* The variables that this program knows; `environment` is as that of a process, ended by NULL. The first of the folders
 * that has a .env counts. */
bool read_environment(char *const *environment, const struct list *folders, struct record *record,
                      struct failure *failure);

/* Adds what a .env says: lines NAME=value, perhaps after `export`; # begins a comment at the beginning of a line or
 * after a space, so that device/+/telemetry/# is what it looks like. Quotes around a value are taken off. */
void parse_dotenv(struct text text, struct record *record);

/* Adds a whole file; false, with errno, if it cannot be read. */
bool read_file(const char *path, struct buffer *content);

#endif
