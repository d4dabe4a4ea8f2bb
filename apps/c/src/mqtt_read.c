#include <stdlib.h>
#include <string.h>

#include "mqtt.h"

/* A remaining length has at most four bytes (2.2.3 on 3.1.1, 1.5.5 on 5). */
#define MAX_LENGTH_BYTES 4
/* Memory of a large packet is given back. */
#define KEPT_BYTES (256 * 1024)

#define SERVER_KEEP_ALIVE 0x13
#define TOPIC_ALIAS 0x23

/* Reads from the beginning of a text, which gets shorter; false where it ends too early. */
static bool take_byte(struct text *rest, unsigned *value)
{
    if (rest->length < 1) return false;
    *value = (unsigned char)rest->data[0];
    *rest = text_after(*rest, 1);
    return true;
}

static bool take_uint16(struct text *rest, unsigned *value)
{
    unsigned high, low;
    if (!take_byte(rest, &high) || !take_byte(rest, &low)) return false;
    *value = high << 8 | low;
    return true;
}

static bool take_bytes(struct text *rest, size_t length, struct text *bytes)
{
    if (rest->length < length) return false;
    *bytes = text_slice(*rest, 0, length);
    *rest = text_after(*rest, length);
    return true;
}

static bool take_string(struct text *rest, struct text *string)
{
    unsigned length;
    return take_uint16(rest, &length) && take_bytes(rest, length, string);
}

enum length_state { LENGTH_IS_READ, LENGTH_IS_CUT, LENGTH_IS_WRONG };

static enum length_state take_length(struct text *rest, size_t *length)
{
    *length = 0;
    for (unsigned shift = 0, count = 0; count < MAX_LENGTH_BYTES; count += 1, shift += 7) {
        unsigned byte;
        if (!take_byte(rest, &byte)) return LENGTH_IS_CUT;
        *length |= (size_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return LENGTH_IS_READ;
    }
    return LENGTH_IS_WRONG;
}

/* How many bytes a property's value has, MQTT 5, 2.2.2.2; its numbers beyond two bytes are of no interest here. */
static bool take_value(struct text *rest, unsigned id, unsigned *number)
{
    struct text ignored;
    size_t length;
    *number = 0;
    switch (id) {
    case 0x01:
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2a: return take_byte(rest, number);
    case SERVER_KEEP_ALIVE:
    case 0x21:
    case 0x22:
    case TOPIC_ALIAS: return take_uint16(rest, number);
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27: return take_bytes(rest, 4, &ignored);
    case 0x0b: return take_length(rest, &length) == LENGTH_IS_READ;
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1a:
    case 0x1c:
    case 0x1f: return take_string(rest, &ignored);
    case 0x26: return take_string(rest, &ignored) && take_string(rest, &ignored);
    default: return false;
    }
}

static bool take_properties(struct text *rest, struct mqtt_packet *packet)
{
    size_t length;
    struct text properties;
    if (take_length(rest, &length) != LENGTH_IS_READ || !take_bytes(rest, length, &properties)) return false;
    while (properties.length > 0) {
        unsigned id, number;
        if (!take_byte(&properties, &id) || !take_value(&properties, id, &number)) return false;
        if (id == SERVER_KEEP_ALIVE) packet->keep_alive_seconds = (uint16_t)number;
        /* None was offered in CONNECT, so that there can be none. */
        if (id == TOPIC_ALIAS) return false;
    }
    return true;
}

static bool parse_connack(bool is_v5, struct text body, struct mqtt_packet *packet)
{
    unsigned flags, reason;
    if (!take_byte(&body, &flags) || !take_byte(&body, &reason) || flags > 1) return false;
    packet->session_present = flags == 1;
    packet->reason = (uint8_t)reason;
    /* A broker that knows no 5 answers as 3.1.1 has it. */
    if (is_v5 && body.length > 0 && !take_properties(&body, packet)) return false;
    return body.length == 0;
}

static bool parse_publish(bool is_v5, unsigned flags, struct text body, struct mqtt_packet *packet)
{
    unsigned packet_id = 0;
    packet->duplicate = (flags & 0x08) != 0;
    packet->qos = flags >> 1 & 0x03;
    packet->retained = (flags & 0x01) != 0;
    if (packet->qos > 2 || !take_string(&body, &packet->topic)) return false;
    bool is_topic = packet->topic.length > 0 && text_is_utf8(packet->topic) &&
        memchr(packet->topic.data, '\0', packet->topic.length) == NULL;
    if (!is_topic) return false;
    if (packet->qos > 0 && (!take_uint16(&body, &packet_id) || packet_id == 0)) return false;
    packet->packet_id = (uint16_t)packet_id;
    if (is_v5 && !take_properties(&body, packet)) return false;
    packet->payload = body;
    return true;
}

static bool parse_suback(bool is_v5, struct text body, struct mqtt_packet *packet)
{
    unsigned packet_id;
    if (!take_uint16(&body, &packet_id)) return false;
    packet->packet_id = (uint16_t)packet_id;
    if (is_v5 && !take_properties(&body, packet)) return false;
    packet->codes = body;
    return true;
}

static bool parse_disconnect(bool is_v5, struct text body, struct mqtt_packet *packet)
{
    unsigned reason = 0;
    if (!is_v5) return false;
    if (body.length > 0 && !take_byte(&body, &reason)) return false;
    packet->reason = (uint8_t)reason;
    return body.length == 0 || (take_properties(&body, packet) && body.length == 0);
}

static bool parse_packet(bool is_v5, unsigned first_byte, struct text body, struct mqtt_packet *packet)
{
    unsigned flags = first_byte & 0x0f;
    *packet = (struct mqtt_packet){ .type = (enum mqtt_type)(first_byte >> 4) };
    if (packet->type != MQTT_PUBLISH && flags != 0) return false;
    switch (packet->type) {
    case MQTT_CONNACK: return parse_connack(is_v5, body, packet);
    case MQTT_PUBLISH: return parse_publish(is_v5, flags, body, packet);
    case MQTT_SUBACK:
    case MQTT_UNSUBACK: return parse_suback(is_v5, body, packet);
    case MQTT_PINGRESP: return body.length == 0;
    case MQTT_DISCONNECT: return parse_disconnect(is_v5, body, packet);
    default: return false;
    }
}

/* Where a packet ends, as far as its beginning has come; `is_known` false: its length has not. */
static enum mqtt_result measure(const struct mqtt_reader *reader, struct text bytes, bool *is_known, size_t *header,
                                size_t *whole)
{
    size_t length;
    struct text rest = text_after(bytes, 1);
    *is_known = false;
    enum length_state state = bytes.length == 0 ? LENGTH_IS_CUT : take_length(&rest, &length);
    if (state == LENGTH_IS_WRONG) return MQTT_IS_MALFORMED;
    if (state == LENGTH_IS_CUT) return MQTT_READ;
    *is_known = true;
    *header = bytes.length - rest.length;
    *whole = *header + length;
    return *whole > reader->maximum_packet_bytes ? MQTT_IS_TOO_LARGE : MQTT_READ;
}

static enum mqtt_result deliver(struct mqtt_reader *reader, struct text bytes, size_t header,
                                bool (*handle)(void *, const struct mqtt_packet *), void *context)
{
    struct mqtt_packet packet;
    unsigned first_byte = (unsigned char)bytes.data[0];
    if (!parse_packet(reader->is_v5, first_byte, text_after(bytes, header), &packet)) return MQTT_IS_MALFORMED;
    return handle(context, &packet) ? MQTT_READ : MQTT_IS_STOPPED;
}

enum mqtt_result mqtt_read(struct mqtt_reader *reader, struct text bytes,
                           bool (*handle)(void *context, const struct mqtt_packet *packet), void *context)
{
    while (bytes.length > 0) {
        bool is_known;
        size_t header, whole;
        struct text begun = reader->partial.length > 0 ? buffer_text(&reader->partial) : bytes;
        enum mqtt_result result = measure(reader, begun, &is_known, &header, &whole);
        if (result != MQTT_READ) return result;
        if (reader->partial.length == 0 && is_known && whole <= bytes.length) {
            /* The usual case: nothing is copied. */
            result = deliver(reader, text_slice(bytes, 0, whole), header, handle, context);
            bytes = text_after(bytes, whole);
        } else {
            /* While the length is not known, byte by byte: what follows may belong to the next packet. */
            size_t missing = is_known ? whole - reader->partial.length : 1;
            struct text more = text_slice(bytes, 0, missing);
            buffer_add(&reader->partial, more);
            bytes = text_after(bytes, more.length);
            if (!is_known) {
                result = measure(reader, buffer_text(&reader->partial), &is_known, &header, &whole);
                if (result != MQTT_READ) return result;
            }
            if (is_known && reader->partial.length == whole) {
                result = deliver(reader, buffer_text(&reader->partial), header, handle, context);
                if (reader->partial.capacity > KEPT_BYTES) buffer_free(&reader->partial);
                buffer_clear(&reader->partial);
            }
        }
        if (result != MQTT_READ) return result;
    }
    return MQTT_READ;
}

void mqtt_reader_reset(struct mqtt_reader *reader, bool is_v5)
{
    reader->is_v5 = is_v5;
    buffer_clear(&reader->partial);
}

void mqtt_reader_free(struct mqtt_reader *reader)
{
    buffer_free(&reader->partial);
}
