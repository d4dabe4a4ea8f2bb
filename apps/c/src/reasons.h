/* What the broker says, in sentences with what to do about it. */
#ifndef TESA_REASONS_H
#define TESA_REASONS_H

#include "failure.h"
#include "mqtt.h"

/* A CONNACK that refuses. */
void explain_connack(bool is_v5, uint8_t reason, struct failure *failure);
/* A DISCONNECT of the broker's, on MQTT 5. */
void explain_disconnect(uint8_t reason, struct failure *failure);
/* A SUBACK that refuses some of the filters; with codes that are empty, the broker closed the connection instead. */
void explain_suback(const struct list *filters, struct text codes, struct failure *failure);
/* What came is of no use. */
void explain_bad_packet(enum mqtt_result result, struct failure *failure);

#endif
