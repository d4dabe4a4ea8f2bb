/* Standard output: messages, and nothing else. */
#ifndef TESA_OUTPUT_H
#define TESA_OUTPUT_H

#include "arrival.h"
#include "failure.h"

struct output;

/* What writing came to. OUTPUT_END: nobody reads any more, or there is no more to be written; no error, but the end. */
enum output_result { OUTPUT_ALL, OUTPUT_END, OUTPUT_FAILED };

/* A terminal gets lines for people, unless JSON is wanted; anything else gets JSON. `count`: how many messages are
 * wanted; 0: all. */
struct output *output_create(bool wants_json, uint64_t count);
void output_destroy(struct output *output);

/* Returns when the system has the lines of those messages that have a place. It may block for as long as it likes. */
enum output_result output_write(struct output *output, const struct batch *batch, struct failure *failure);
/* How many messages were written; for other threads too. */
uint64_t output_written(const struct output *output);

#endif
