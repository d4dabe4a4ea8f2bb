/* Knows again what the broker sends for a second time.
 *
 * After a reconnect into a kept session the broker sends again what it has no PUBACK for, under the same packet ids
 * (MQTT 4.4), mostly before anything new. A message is a redelivery if it equals in packet id, topic and payload the
 * last one that was stored under this packet id in this session, and nothing new has come on this connection yet, or
 * the broker says so (DUP). DUP alone is no sign: brokers may leave it off. Nothing else is ever taken for a duplicate:
 * a device that sends the same value twice has sent it twice. */
#ifndef TESA_REDELIVERY_H
#define TESA_REDELIVERY_H

#include "arrival.h"

struct redelivery;

/* `size`: how many messages can be unacknowledged. */
struct redelivery *redelivery_create(size_t size);
void redelivery_destroy(struct redelivery *window);

/* A connection was accepted. Without a session there is nothing that could come again. */
void redelivery_connected(struct redelivery *window, bool session_present);
/* Asked once per message at QoS 1, in order of receipt. */
bool is_redelivery(struct redelivery *window, const struct arrival *arrival);
/* Notes that a message at QoS 1 is stored. */
void redelivery_stored(struct redelivery *window, const struct arrival *arrival);
/* Takes back what was decided of a batch that could not be stored; `expected` is what redelivery_expects() gave before.
 */
void redelivery_take_back(struct redelivery *window, const struct batch *batch, bool expected);
/* Whether redeliveries are expected still, since nothing new has come on this connection. */
bool redelivery_expects(const struct redelivery *window);
/* Forgets everything stored, so that it can be told anew. */
void redelivery_clear(struct redelivery *window);

#endif
