/* Packets as they come over a network: cut anywhere, and damaged. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "damage.h"
#include "mqtt.h"

#define MAX_BYTES 100000
#define SEED 1
#define DAMAGED_RUNS 20000

/* CONNACK with a session and a server keep-alive of 30, SUBACK, two PUBLISH, PINGRESP, DISCONNECT of MQTT 5. */
static const char STREAM_V5[] = "\x20\x06\x01\x00\x03\x13\x00\x1e"
                                "\x90\x06\x00\x01\x00\x01\x87\x00"
                                "\x32\x16\x00\x0a"
                                "device/g/t"
                                "\x00\x07\x05\x02\x00\x00\x00\x3c"
                                "{}"
                                "\x3b\x0d\x00\x05"
                                "topic"
                                "\xff\xff\x00"
                                "abc"
                                "\xd0\x00"
                                "\xe0\x02\x8e\x00";

static struct text bytes_of(const char *bytes, size_t size)
{
    return (struct text){ bytes, size - 1 };
}

#define BYTES(literal) bytes_of(literal, sizeof literal)

/* Notes what came, as text. */
static bool note(void *context, const struct mqtt_packet *packet)
{
    struct buffer *notes = context;
    buffer_format(notes, "[%d", packet->type);
    if (packet->type == MQTT_CONNACK)
        buffer_format(notes, " session %d reason %d keep-alive %d", packet->session_present, packet->reason,
                      packet->keep_alive_seconds);
    if (packet->type == MQTT_PUBLISH)
        buffer_format(notes, " %.*s id %d qos %d dup %d retained %d %.*s", (int)packet->topic.length,
                      packet->topic.data, packet->packet_id, packet->qos, packet->duplicate, packet->retained,
                      (int)packet->payload.length, packet->payload.data);
    for (size_t index = 0; packet->type == MQTT_SUBACK && index < packet->codes.length; index += 1)
        buffer_format(notes, " %02x", (unsigned char)packet->codes.data[index]);
    if (packet->type == MQTT_DISCONNECT) buffer_format(notes, " reason %d", packet->reason);
    buffer_string(notes, "]");
    return true;
}

static enum mqtt_result read_copy(struct mqtt_reader *reader, struct text bytes, struct buffer *notes)
{
    char *copy = damage_copy(NULL, bytes, 0);
    enum mqtt_result result = mqtt_read(reader, (struct text){ copy, bytes.length }, note, notes);
    free(copy);
    return result;
}

static struct mqtt_reader new_reader(bool is_v5)
{
    return (struct mqtt_reader){ .is_v5 = is_v5, .maximum_packet_bytes = MAX_BYTES };
}

static enum mqtt_result read_whole(bool is_v5, struct text bytes, struct buffer *notes)
{
    struct mqtt_reader reader = new_reader(is_v5);
    enum mqtt_result result = read_copy(&reader, bytes, notes);
    mqtt_reader_free(&reader);
    return result;
}

static void reads_packets(const void *context)
{
    (void)context;
    struct buffer notes = { 0 };
    expect(read_whole(true, BYTES(STREAM_V5), &notes) == MQTT_READ, "it is refused");
    expect(strcmp(notes.data,
                  "[2 session 1 reason 0 keep-alive 30][9 01 87 00][3 device/g/t id 7 qos 1 dup 0 retained 0 {}]"
                  "[3 topic id 65535 qos 1 dup 1 retained 1 abc][13][14 reason 142]") == 0,
           "it is %s", notes.data);
    buffer_free(&notes);
}

static void reads_cut_packets(const void *context)
{
    (void)context;
    struct text stream = BYTES(STREAM_V5);
    struct buffer whole = { 0 };
    read_whole(true, stream, &whole);
    for (size_t first = 0; first <= stream.length; first += 1)
        for (size_t second = first; second <= stream.length; second += 1) {
            struct mqtt_reader reader = new_reader(true);
            struct buffer notes = { 0 };
            read_copy(&reader, text_slice(stream, 0, first), &notes);
            read_copy(&reader, text_slice(stream, first, second), &notes);
            read_copy(&reader, text_after(stream, second), &notes);
            expect(text_equals(buffer_text(&notes), buffer_text(&whole)), "cut at %zu and %zu: %s", first, second,
                   notes.data);
            mqtt_reader_free(&reader);
            buffer_free(&notes);
        }
    buffer_free(&whole);
}

static void survives_damage(const void *context)
{
    (void)context;
    struct text stream = BYTES(STREAM_V5);
    struct damage damage = { SEED };
    unsigned refused = 0;
    for (unsigned run = 0; run < DAMAGED_RUNS; run += 1) {
        char *damaged = damage_copy(&damage, stream, 1 + damage_number(&damage) % 4);
        struct mqtt_reader reader = new_reader(run % 2 == 0);
        struct buffer notes = { 0 };
        size_t cut = damage_number(&damage) % stream.length;
        bool is_fine = read_copy(&reader, (struct text){ damaged, cut }, &notes) == MQTT_READ &&
            read_copy(&reader, (struct text){ damaged + cut, stream.length - cut }, &notes) == MQTT_READ;
        if (!is_fine) refused += 1;
        mqtt_reader_free(&reader);
        buffer_free(&notes);
        free(damaged);
    }
    expect(refused > DAMAGED_RUNS / 4 && refused < DAMAGED_RUNS, "%u of %d were refused", refused, DAMAGED_RUNS);
}

static void refuses(const char *what, bool is_v5, struct text bytes, enum mqtt_result expected)
{
    struct buffer notes = { 0 };
    enum mqtt_result result = read_whole(is_v5, bytes, &notes);
    expect(result == expected, "%s: the result is %d", what, result);
    buffer_free(&notes);
}

static void refuses_bad_packets(const void *context)
{
    (void)context;
    refuses("a length of five bytes", true, BYTES("\x30\xff\xff\xff\xff\x01"), MQTT_IS_MALFORMED);
    refuses("a packet that is too large", true, BYTES("\x30\xff\xff\xff\x7f"), MQTT_IS_TOO_LARGE);
    refuses("a topic beyond the packet", true, BYTES("\x30\x02\xff\xff"), MQTT_IS_MALFORMED);
    refuses("an empty topic", true, BYTES("\x30\x03\x00\x00\x00"), MQTT_IS_MALFORMED);
    refuses("a topic that is no UTF-8", false, BYTES("\x30\x03\x00\x01\xff"), MQTT_IS_MALFORMED);
    refuses("a topic with U+0000", false,
            BYTES("\x30\x04\x00\x02"
                  "a\x00"),
            MQTT_IS_MALFORMED);
    refuses("packet id 0", false,
            BYTES("\x32\x05\x00\x01"
                  "a\x00\x00"),
            MQTT_IS_MALFORMED);
    refuses("QoS 3", false,
            BYTES("\x36\x05\x00\x01"
                  "a\x00\x01"),
            MQTT_IS_MALFORMED);
    refuses("a topic alias", true,
            BYTES("\x30\x07\x00\x01"
                  "a\x03\x23\x00\x01"),
            MQTT_IS_MALFORMED);
    refuses("a property that there is not", true,
            BYTES("\x30\x06\x00\x01"
                  "a\x02\x7f\x00"),
            MQTT_IS_MALFORMED);
    refuses("properties beyond the packet", true,
            BYTES("\x30\x04\x00\x01"
                  "a\x7f"),
            MQTT_IS_MALFORMED);
    refuses("a type that there is not", true, BYTES("\xf0\x00"), MQTT_IS_MALFORMED);
    refuses("a packet that only clients send", true, BYTES("\x10\x00"), MQTT_IS_MALFORMED);
    refuses("flags where there are none", true, BYTES("\xd1\x00"), MQTT_IS_MALFORMED);
    refuses("DISCONNECT on 3.1.1", false, BYTES("\xe0\x00"), MQTT_IS_MALFORMED);
    refuses("a CONNACK of one byte", false, BYTES("\x20\x01\x00"), MQTT_IS_MALFORMED);
}

static void reads_an_old_refusal(const void *context)
{
    (void)context;
    struct buffer notes = { 0 };
    expect(read_whole(true, BYTES("\x20\x02\x00\x01"), &notes) == MQTT_READ, "it is refused");
    expect(strcmp(notes.data, "[2 session 0 reason 1 keep-alive 0]") == 0, "it is %s", notes.data);
    buffer_free(&notes);
}

static void expect_bytes(struct buffer *found, struct text expected)
{
    expect(text_equals(buffer_text(found), expected), "%zu bytes, of which the third is %02x", found->length,
           found->length > 2 ? (unsigned char)found->data[2] : 0);
    buffer_free(found);
}

static void writes_packets(const void *context)
{
    (void)context;
    struct buffer out = { 0 };
    struct list filters = { 0 };
    struct mqtt_connect connect = {
        .is_v5 = true,
        .client_id = "c",
        .token = text_of("t"),
        .keep_alive_seconds = 60,
        .clean_start = true,
        .session_expiry_seconds = 300,
        .receive_maximum = 1000,
        .maximum_packet_bytes = 65536,
    };
    mqtt_add_connect(&out, &connect);
    expect_bytes(&out,
                 BYTES("\x10\x21\x00\x04MQTT\x05\xc2\x00\x3c\x0d\x11\x00\x00\x01\x2c\x21\x03\xe8\x27\x00\x01\x00\x00"
                       "\x00\x01"
                       "c\x00\x01t\x00\x01t"));
    connect.is_v5 = connect.clean_start = false;
    mqtt_add_connect(&out, &connect);
    expect_bytes(&out,
                 BYTES("\x10\x13\x00\x04MQTT\x04\xc0\x00\x3c\x00\x01"
                       "c\x00\x01t\x00\x01t"));
    list_format(&filters, "a/#");
    mqtt_add_subscribe(&out, true, 1, &filters);
    expect_bytes(&out,
                 BYTES("\x82\x09\x00\x01\x00\x00\x03"
                       "a/#\x11"));
    mqtt_add_subscribe(&out, false, 1, &filters);
    expect_bytes(&out,
                 BYTES("\x82\x08\x00\x01\x00\x03"
                       "a/#\x01"));
    mqtt_add_unsubscribe(&out, true, 2, &filters);
    expect_bytes(&out,
                 BYTES("\xa2\x08\x00\x02\x00\x00\x03"
                       "a/#"));
    mqtt_add_puback(&out, 0x1234);
    mqtt_add_pingreq(&out);
    expect_bytes(&out, BYTES("\x40\x02\x12\x34\xc0\x00"));
    mqtt_add_disconnect(&out, true, 0, 5);
    mqtt_add_disconnect(&out, false, 0, 5);
    expect_bytes(&out, BYTES("\xe0\x07\x00\x05\x11\x00\x00\x00\x05\xe0\x00"));
    list_free(&filters);
}

void test_mqtt(void)
{
    run_test("mqtt: packets are read for what they say", NULL, reads_packets, NULL);
    run_test("mqtt: it does not matter where the stream was cut", NULL, reads_cut_packets, NULL);
    run_test("mqtt: damaged packets are refused or read, and nothing beyond them", NULL, survives_damage, NULL);
    run_test("mqtt: bad packets are refused", NULL, refuses_bad_packets, NULL);
    run_test("mqtt: a broker that knows no 5 is understood", NULL, reads_an_old_refusal, NULL);
    run_test("mqtt: packets are written as the specification has them", NULL, writes_packets, NULL);
}
