#include "redelivery.h"

#include <stdlib.h>

#include "hash.h"
#include "memory.h"

#define PACKET_IDS 65536

/* The message stored last under a packet id. */
struct mark {
    uint64_t hash;
    /* Its number among those stored, from 1; 0: there is none. */
    uint64_t order;
    /* The connection, by its number, on which it came again. */
    uint64_t came_again_on;
};

struct redelivery {
    size_t size;
    uint64_t stored;
    uint64_t connection;
    bool is_resumed;
    /* Nothing new has come on this connection yet. */
    bool expects;
    struct mark marks[PACKET_IDS];
};

/* It guards against chance, not against an attacker: who may publish as a device can say what he wants anyway. */
static uint64_t hash_of(const struct arrival *arrival)
{
    uint64_t hash = hash_bytes(HASH_START, arrival->topic.data, arrival->topic.length);
    /* No topic has U+0000 in it. */
    hash = hash_bytes(hash, "", 1);
    return hash_bytes(hash, arrival->payload.data, arrival->payload.length);
}

struct redelivery *redelivery_create(size_t size)
{
    struct redelivery *window = must_allocate(sizeof *window);
    window->size = size;
    return window;
}

void redelivery_destroy(struct redelivery *window)
{
    free(window);
}

void redelivery_clear(struct redelivery *window)
{
    for (size_t id = 0; id < PACKET_IDS; id += 1) window->marks[id].order = 0;
}

void redelivery_connected(struct redelivery *window, bool session_present)
{
    window->connection += 1;
    window->is_resumed = session_present;
    window->expects = session_present;
    if (!session_present) redelivery_clear(window);
}

bool is_redelivery(struct redelivery *window, const struct arrival *arrival)
{
    if (!window->is_resumed) return false;
    struct mark *mark = &window->marks[arrival->packet_id];
    bool is_recent = mark->order > 0 && window->stored - mark->order < window->size;
    bool is_expected = window->expects && mark->came_again_on != window->connection;
    if (is_recent && (is_expected || arrival->duplicate) && mark->hash == hash_of(arrival)) {
        mark->came_again_on = window->connection;
        return true;
    }
    window->expects = false;
    return false;
}

bool redelivery_expects(const struct redelivery *window)
{
    return window->expects;
}

void redelivery_take_back(struct redelivery *window, const struct batch *batch, bool expected)
{
    window->expects = expected;
    for (size_t index = 0; index < batch->count; index += 1)
        if (batch->items[index].seq == 0) window->marks[batch->items[index].packet_id].came_again_on = 0;
}

void redelivery_stored(struct redelivery *window, const struct arrival *arrival)
{
    window->stored += 1;
    window->marks[arrival->packet_id] = (struct mark){ .hash = hash_of(arrival), .order = window->stored };
}
