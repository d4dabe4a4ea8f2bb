#include "telemetry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "timestamp.h"

/* The largest integer up to which a double has every digit. */
#define MAX_SAFE_INTEGER 9007199254740991.0
/* The name of a reading that neither the payload nor the topic names. */
#define UNNAMED "value"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
/* Sign, 17 digits, a point and an exponent have room. */
#define NUMBER_BYTES 32

/* The keys of the platform's payloads that describe a message and are no measurement. */
static const char *const RESERVED[] = { "timestamp", "device_id", "sensor", "unit", "metadata" };

void add_number(struct buffer *buffer, double number)
{
    char digits[NUMBER_BYTES];
    for (int precision = 15; precision <= 17; precision += 1) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number) break;
    }
    buffer_string(buffer, digits);
}

static void warn(struct telemetry *message, const char *warning)
{
    for (size_t index = 0; index < message->warning_count; index += 1)
        if (strcmp(message->warnings[index], warning) == 0) return;
    if (message->warning_count == MAX_WARNINGS) return;
    message->warnings[message->warning_count] = warning;
    message->warning_count += 1;
}

static bool loses_digits(double number)
{
    return isfinite(number) && fabs(number) > MAX_SAFE_INTEGER;
}

static void add_reading(struct telemetry *message, struct text sensor, struct json_value value, struct text unit)
{
    struct reading *reading = &message->readings[message->reading_count];
    message->reading_count += 1;
    *reading = (struct reading){ .sensor = sensor, .kind = value.kind, .unit = unit };
    if (value.kind == JSON_BOOLEAN) reading->truth = value.truth;
    if (value.kind == JSON_STRING) reading->string = value.text;
    if (value.kind != JSON_NUMBER) return;
    /* -0 is 0. */
    reading->number = json_number(value) + 0.0;
    if (!isfinite(reading->number)) {
        reading->kind = JSON_NULL;
        warn(message, "number-out-of-range");
    } else if (loses_digits(reading->number)) {
        warn(message, "precision-lost");
    }
}

/* What the payload says, else the topic's sensor, else `value`. An empty name is none. */
static struct text name_or_topic(const struct telemetry *message, struct json_value named)
{
    if (named.kind == JSON_STRING && named.text.length > 0) return named.text;
    return message->topic.sensor.length > 0 ? message->topic.sensor : text_of(UNNAMED);
}

static bool names_another_device(const struct telemetry *message)
{
    struct json_value named = json_get(&message->json, "device_id");
    if (!message->topic.is_telemetry) return false;
    if (named.kind == JSON_STRING) return !text_equals(named.text, message->topic.device_id);
    if (named.kind != JSON_NUMBER) return false;
    double number = json_number(named);
    if (!isfinite(number)) return true;
    struct buffer written = { 0 };
    add_number(&written, number);
    bool is_other = !text_equals(buffer_text(&written), message->topic.device_id);
    buffer_free(&written);
    return is_other;
}

static bool is_reserved(struct text key)
{
    for (size_t index = 0; index < sizeof RESERVED / sizeof *RESERVED; index += 1)
        if (text_is(key, RESERVED[index])) return true;
    return false;
}

static void read_timestamp(struct telemetry *message)
{
    struct json_value value = json_get(&message->json, "timestamp");
    struct timestamp parsed = parse_timestamp(value);
    message->has_timestamp = parsed.is_known;
    message->timestamp = parsed.time;
    if (parsed.warning != NULL) warn(message, parsed.warning);
    if (value.kind == JSON_NUMBER && loses_digits(json_number(value))) warn(message, "precision-lost");
}

static void read_object(struct telemetry *message)
{
    const struct json *json = &message->json;
    struct text no_unit = { NULL, 0 };
    if (names_another_device(message)) warn(message, "device-mismatch");
    read_timestamp(message);
    struct json_value value = json_get(json, "value");
    if (json_is_scalar(value)) {
        struct json_value unit = json_get(json, "unit");
        add_reading(message, name_or_topic(message, json_get(json, "sensor")), value,
                    unit.kind == JSON_STRING ? unit.text : no_unit);
        return;
    }
    for (size_t index = 0; index < json->count; index += 1)
        if (json_is_scalar(json->fields[index].value) && !is_reserved(json->fields[index].key))
            add_reading(message, json->fields[index].key, json->fields[index].value, no_unit);
}

static void read_content(struct telemetry *message)
{
    struct json_value root = message->json.root;
    /* Each field is at most one reading, and a bare value is one. */
    message->readings = must_allocate((message->json.count + 1) * sizeof *message->readings);
    if (root.kind == JSON_OBJECT)
        read_object(message);
    else if (json_is_scalar(root) && root.kind != JSON_NULL)
        add_reading(message, name_or_topic(message, (struct json_value){ 0 }), root, (struct text){ NULL, 0 });
}

void decode(const struct arrival *arrival, struct telemetry *message)
{
    *message =
        (struct telemetry){ .arrival = arrival, .topic = parse_topic(arrival->topic), .content = arrival->payload };
    if (!message->topic.is_telemetry) warn(message, "topic-unexpected");
    if (!text_is_utf8(arrival->payload)) {
        message->format = FORMAT_BINARY;
        return;
    }
    /* Some devices send a byte order mark, which JSON does not allow. */
    if (text_starts(message->content, BYTE_ORDER_MARK))
        message->content = text_after(message->content, strlen(BYTE_ORDER_MARK));
    message->format = parse_json(message->content, &message->json) ? FORMAT_JSON : FORMAT_TEXT;
    if (message->format == FORMAT_JSON) read_content(message);
}

void telemetry_free(struct telemetry *message)
{
    free(message->readings);
    json_free(&message->json);
    message->readings = NULL;
}
