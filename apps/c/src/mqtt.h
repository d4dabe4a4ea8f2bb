/* The packets of MQTT that a subscriber sends and gets, over 3.1.1 (protocol level 4) and 5. */
#ifndef TESA_MQTT_H
#define TESA_MQTT_H

#include <stdint.h>

#include "buffer.h"

enum mqtt_type {
    MQTT_CONNACK = 2,
    MQTT_PUBLISH = 3,
    MQTT_SUBACK = 9,
    MQTT_UNSUBACK = 11,
    MQTT_PINGRESP = 13,
    MQTT_DISCONNECT = 14,
};

/* MQTT 5, 2.4; those that this program treats in a way of their own. */
enum mqtt_reason {
    MQTT_NOT_V5_UNACCEPTABLE_VERSION = 1,
    MQTT_NOT_V5_CLIENT_ID = 2,
    MQTT_NOT_V5_UNAVAILABLE = 3,
    MQTT_NOT_V5_BAD_PASSWORD = 4,
    MQTT_NOT_V5_NOT_AUTHORISED = 5,
    MQTT_REFUSED = 0x80,
    MQTT_MALFORMED_PACKET = 0x81,
    MQTT_PROTOCOL_ERROR = 0x82,
    MQTT_UNSUPPORTED_VERSION = 0x84,
    MQTT_CLIENT_ID_NOT_VALID = 0x85,
    MQTT_BAD_PASSWORD = 0x86,
    MQTT_NOT_AUTHORISED = 0x87,
    MQTT_BANNED = 0x8a,
    MQTT_KEEP_ALIVE_TIMEOUT = 0x8d,
    MQTT_TAKEN_OVER = 0x8e,
    MQTT_RECEIVE_MAXIMUM_EXCEEDED = 0x93,
    MQTT_PACKET_TOO_LARGE = 0x95,
};

struct mqtt_connect {
    bool is_v5;
    const char *client_id;
    /* User name and password at once. */
    struct text token;
    uint16_t keep_alive_seconds;
    bool clean_start;
    /* On 3.1.1 clean_start says it all. */
    uint32_t session_expiry_seconds;
    uint16_t receive_maximum;
    uint32_t maximum_packet_bytes;
};

/* What is sent is added to a buffer. */
void mqtt_add_connect(struct buffer *out, const struct mqtt_connect *connect);
/* At QoS 1. On MQTT 5, retained messages come only where the subscription is new. */
void mqtt_add_subscribe(struct buffer *out, bool is_v5, uint16_t packet_id, const struct list *filters);
void mqtt_add_unsubscribe(struct buffer *out, bool is_v5, uint16_t packet_id, const struct list *filters);
void mqtt_add_puback(struct buffer *out, uint16_t packet_id);
void mqtt_add_pingreq(struct buffer *out);
/* On MQTT 5 the session is kept for so long; on 3.1.1 as CONNECT wanted it. */
void mqtt_add_disconnect(struct buffer *out, bool is_v5, uint8_t reason, uint32_t session_expiry_seconds);

/* What came. Which members count depends on the type; texts point into the bytes that were read. */
struct mqtt_packet {
    enum mqtt_type type;
    bool session_present;
    /* Of CONNACK and DISCONNECT. */
    uint8_t reason;
    /* Of CONNACK on MQTT 5: what the broker wants instead; 0: nothing. */
    uint16_t keep_alive_seconds;
    uint16_t packet_id;
    uint8_t qos;
    bool duplicate;
    bool retained;
    struct text topic;
    struct text payload;
    /* Of SUBACK: one byte for each filter. */
    struct text codes;
};

/* Takes packets out of a stream of bytes, wherever it was cut. */
struct mqtt_reader {
    bool is_v5;
    /* Larger packets are refused before they have come. */
    size_t maximum_packet_bytes;
    /* The beginning of a packet whose end has not come. */
    struct buffer partial;
};

enum mqtt_result { MQTT_READ, MQTT_IS_MALFORMED, MQTT_IS_TOO_LARGE, MQTT_IS_STOPPED };

/* Hands over each packet that is whole; one that gives false ends the reading. After anything but MQTT_READ the
 * connection is of no more use. */
enum mqtt_result mqtt_read(struct mqtt_reader *reader, struct text bytes,
                           bool (*handle)(void *context, const struct mqtt_packet *packet), void *context);
/* For a new connection. */
void mqtt_reader_reset(struct mqtt_reader *reader, bool is_v5);
void mqtt_reader_free(struct mqtt_reader *reader);

#endif
