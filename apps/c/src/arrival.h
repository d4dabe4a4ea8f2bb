/* A message as it came, and a batch of them. */
#ifndef TESA_ARRIVAL_H
#define TESA_ARRIVAL_H

#include <stdint.h>

#include "text.h"

struct arrival {
    /* Both lie in one piece of memory, which the batch owns. */
    struct text topic;
    struct text payload;
    /* 0 at QoS 0. */
    uint16_t packet_id;
    /* Whether the broker set DUP. */
    bool duplicate;
    bool retained;
    /* Epoch milliseconds. */
    int64_t received_at;
    /* Its place in the log, or in this run, from 1; 0 for one that came again. */
    int64_t seq;
};

struct batch {
    struct arrival *items;
    size_t count;
    size_t capacity;
    /* Of topics and payloads. */
    size_t bytes;
};

/* Adds a copy. */
void batch_add(struct batch *batch, const struct arrival *arrival);
/* Puts the messages of another batch behind its own; the other one is empty then. */
void batch_move(struct batch *batch, struct batch *other);
void batch_free(struct batch *batch);

#endif
