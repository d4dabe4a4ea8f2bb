#include <string.h>

#include "mqtt.h"

/* MQTT 5, 2.2.2.2. */
#define SESSION_EXPIRY 0x11
#define RECEIVE_MAXIMUM 0x21
#define MAXIMUM_PACKET_SIZE 0x27

/* First bytes of packets: type, and the flags that the type demands. */
#define CONNECT 0x10
#define PUBACK 0x40
#define SUBSCRIBE 0x82
#define UNSUBSCRIBE 0xa2
#define PINGREQ 0xc0
#define DISCONNECT 0xe0

#define USER_NAME_FLAG 0x80
#define PASSWORD_FLAG 0x40
#define CLEAN_START_FLAG 0x02

#define QOS_1 0x01
/* Retain handling 1, MQTT 5, 3.8.3.1. */
#define RETAINED_IF_NEW 0x10

static void add_byte(struct buffer *out, unsigned value)
{
    const char byte = (char)(unsigned char)value;
    buffer_append(out, &byte, 1);
}

static void add_uint16(struct buffer *out, unsigned value)
{
    add_byte(out, value >> 8 & 0xff);
    add_byte(out, value & 0xff);
}

static void add_uint32(struct buffer *out, uint32_t value)
{
    add_uint16(out, value >> 16);
    add_uint16(out, value & 0xffff);
}

static void add_length(struct buffer *out, size_t length)
{
    do {
        unsigned byte = length % 128;
        length /= 128;
        add_byte(out, length > 0 ? byte | 0x80 : byte);
    } while (length > 0);
}

/* Not longer than 65,535 bytes: the configuration sees to it. */
static void add_string(struct buffer *out, struct text text)
{
    add_uint16(out, (unsigned)text.length);
    buffer_add(out, text);
}

static void add_packet(struct buffer *out, unsigned first_byte, struct buffer *body)
{
    add_byte(out, first_byte);
    add_length(out, body->length);
    buffer_add(out, buffer_text(body));
    buffer_free(body);
}

void mqtt_add_connect(struct buffer *out, const struct mqtt_connect *connect)
{
    struct buffer body = { 0 };
    add_string(&body, text_of("MQTT"));
    add_byte(&body, connect->is_v5 ? 5 : 4);
    add_byte(&body, USER_NAME_FLAG | PASSWORD_FLAG | (connect->clean_start ? CLEAN_START_FLAG : 0));
    add_uint16(&body, connect->keep_alive_seconds);
    if (connect->is_v5) {
        struct buffer properties = { 0 };
        add_byte(&properties, SESSION_EXPIRY);
        add_uint32(&properties, connect->session_expiry_seconds);
        add_byte(&properties, RECEIVE_MAXIMUM);
        add_uint16(&properties, connect->receive_maximum);
        add_byte(&properties, MAXIMUM_PACKET_SIZE);
        add_uint32(&properties, connect->maximum_packet_bytes);
        add_length(&body, properties.length);
        buffer_add(&body, buffer_text(&properties));
        buffer_free(&properties);
    }
    add_string(&body, text_of(connect->client_id));
    add_string(&body, connect->token);
    add_string(&body, connect->token);
    add_packet(out, CONNECT, &body);
}

static void add_filters(struct buffer *out, bool is_v5, uint16_t packet_id, const struct list *filters, int options,
                        unsigned first_byte)
{
    struct buffer body = { 0 };
    add_uint16(&body, packet_id);
    if (is_v5) add_length(&body, 0);
    for (size_t index = 0; index < filters->count; index += 1) {
        add_string(&body, text_of(filters->items[index]));
        if (options >= 0) add_byte(&body, (unsigned)options);
    }
    add_packet(out, first_byte, &body);
}

void mqtt_add_subscribe(struct buffer *out, bool is_v5, uint16_t packet_id, const struct list *filters)
{
    add_filters(out, is_v5, packet_id, filters, is_v5 ? QOS_1 | RETAINED_IF_NEW : QOS_1, SUBSCRIBE);
}

void mqtt_add_unsubscribe(struct buffer *out, bool is_v5, uint16_t packet_id, const struct list *filters)
{
    add_filters(out, is_v5, packet_id, filters, -1, UNSUBSCRIBE);
}

void mqtt_add_puback(struct buffer *out, uint16_t packet_id)
{
    add_byte(out, PUBACK);
    add_byte(out, 2);
    add_uint16(out, packet_id);
}

void mqtt_add_pingreq(struct buffer *out)
{
    add_byte(out, PINGREQ);
    add_byte(out, 0);
}

void mqtt_add_disconnect(struct buffer *out, bool is_v5, uint8_t reason, uint32_t session_expiry_seconds)
{
    struct buffer body = { 0 };
    if (is_v5) {
        add_byte(&body, reason);
        add_length(&body, 5);
        add_byte(&body, SESSION_EXPIRY);
        add_uint32(&body, session_expiry_seconds);
    }
    add_packet(out, DISCONNECT, &body);
}
