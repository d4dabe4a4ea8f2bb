#include "arrival.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static struct arrival *grow(struct batch *batch)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity == 0 ? 32 : batch->capacity * 2;
        batch->items = must_resize(batch->items, batch->capacity * sizeof *batch->items);
    }
    batch->count += 1;
    return &batch->items[batch->count - 1];
}

void batch_add(struct batch *batch, const struct arrival *arrival)
{
    size_t topic_length = arrival->topic.length, payload_length = arrival->payload.length;
    char *bytes = must_allocate(topic_length + payload_length);
    memcpy(bytes, arrival->topic.data, topic_length);
    if (payload_length > 0) memcpy(bytes + topic_length, arrival->payload.data, payload_length);
    struct arrival *added = grow(batch);
    *added = *arrival;
    added->topic.data = bytes;
    added->payload.data = bytes + topic_length;
    batch->bytes += topic_length + payload_length;
}

void batch_move(struct batch *batch, struct batch *other)
{
    for (size_t index = 0; index < other->count; index += 1) *grow(batch) = other->items[index];
    batch->bytes += other->bytes;
    free(other->items);
    *other = (struct batch){ 0 };
}

void batch_free(struct batch *batch)
{
    for (size_t index = 0; index < batch->count; index += 1) free((char *)batch->items[index].topic.data);
    free(batch->items);
    *batch = (struct batch){ 0 };
}
