#include "ndjson.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <yajl/yajl_gen.h>

#include "memory.h"

struct ndjson {
    struct buffer *lines;
    yajl_gen json;
};

static void on_print(void *context, const char *bytes, size_t length)
{
    buffer_append(context, bytes, length);
}

struct ndjson *ndjson_create(struct buffer *lines)
{
    struct ndjson *writer = must_allocate(sizeof *writer);
    writer->lines = lines;
    writer->json = yajl_gen_alloc(NULL);
    if (writer->json == NULL) abort();
    yajl_gen_config(writer->json, yajl_gen_print_callback, on_print, lines);
    return writer;
}

void ndjson_destroy(struct ndjson *writer)
{
    if (writer == NULL) return;
    yajl_gen_free(writer->json);
    free(writer);
}

static void add_text(yajl_gen json, struct text text)
{
    yajl_gen_string(json, (const unsigned char *)text.data, text.length);
}

static void add_key(yajl_gen json, const char *key)
{
    add_text(json, text_of(key));
}

static void add_text_or_null(yajl_gen json, bool is_there, struct text text)
{
    if (is_there)
        add_text(json, text);
    else
        yajl_gen_null(json);
}

/* As it is written, digit for digit. */
static void add_raw(yajl_gen json, struct text text)
{
    yajl_gen_number(json, text.data, text.length);
}

static void add_value(yajl_gen json, const struct reading *reading)
{
    struct buffer digits = { 0 };
    switch (reading->kind) {
    case JSON_BOOLEAN: yajl_gen_bool(json, reading->truth); break;
    case JSON_STRING: add_text(json, reading->string); break;
    case JSON_NUMBER:
        add_number(&digits, reading->number);
        add_raw(json, buffer_text(&digits));
        break;
    default: yajl_gen_null(json);
    }
    buffer_free(&digits);
}

static void add_readings(yajl_gen json, const struct telemetry *message)
{
    yajl_gen_array_open(json);
    for (size_t index = 0; index < message->reading_count; index += 1) {
        const struct reading *reading = &message->readings[index];
        yajl_gen_map_open(json);
        add_key(json, "sensor");
        add_text(json, reading->sensor);
        add_key(json, "value");
        add_value(json, reading);
        add_key(json, "unit");
        add_text_or_null(json, reading->unit.data != NULL, reading->unit);
        yajl_gen_map_close(json);
    }
    yajl_gen_array_close(json);
}

static void add_base64(yajl_gen json, struct text bytes)
{
    unsigned char *encoded = must_allocate((bytes.length + 2) / 3 * 4 + 1);
    int length = EVP_EncodeBlock(encoded, (const unsigned char *)bytes.data, (int)bytes.length);
    add_text(json, (struct text){ (char *)encoded, (size_t)length });
    free(encoded);
}

/* In JSON a line break can only stand between tokens; a string holds it escaped. */
static void add_on_one_line(yajl_gen json, struct text text)
{
    char *line = text_copy(text);
    for (size_t at = 0; at < text.length; at += 1)
        if (line[at] == '\r' || line[at] == '\n') line[at] = ' ';
    add_raw(json, (struct text){ line, text.length });
    free(line);
}

static void add_payload(yajl_gen json, const struct telemetry *message)
{
    switch (message->format) {
    case FORMAT_BINARY: add_base64(json, message->content); break;
    case FORMAT_TEXT: add_text(json, message->content); break;
    case FORMAT_JSON:
        if (text_has_any(message->content, "\r\n"))
            add_on_one_line(json, message->content);
        else
            add_raw(json, message->content);
        break;
    }
}

void ndjson_write(struct ndjson *writer, const struct telemetry *message)
{
    static const char *const formats[] = { "json", "text", "binary" };
    yajl_gen json = writer->json;
    const struct arrival *arrival = message->arrival;
    yajl_gen_map_open(json);
    add_key(json, "seq");
    yajl_gen_integer(json, arrival->seq);
    add_key(json, "topic");
    add_text(json, arrival->topic);
    add_key(json, "deviceId");
    add_text_or_null(json, message->topic.is_telemetry, message->topic.device_id);
    add_key(json, "sensor");
    add_text_or_null(json, message->topic.has_sensor, message->topic.sensor);
    add_key(json, "receivedAt");
    yajl_gen_integer(json, arrival->received_at);
    add_key(json, "timestamp");
    if (message->has_timestamp)
        yajl_gen_integer(json, message->timestamp);
    else
        yajl_gen_null(json);
    add_key(json, "readings");
    add_readings(json, message);
    add_key(json, "payload");
    add_payload(json, message);
    add_key(json, "format");
    add_key(json, formats[message->format]);
    add_key(json, "qos");
    yajl_gen_integer(json, arrival->packet_id != 0);
    add_key(json, "retained");
    yajl_gen_bool(json, arrival->retained);
    add_key(json, "warnings");
    yajl_gen_array_open(json);
    for (size_t index = 0; index < message->warning_count; index += 1) add_key(json, message->warnings[index]);
    yajl_gen_array_close(json);
    yajl_gen_map_close(json);
    yajl_gen_reset(json, "\n");
}
