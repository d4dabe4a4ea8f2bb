/* A message of a device, decoded. */
#ifndef TESA_TELEMETRY_H
#define TESA_TELEMETRY_H

#include "arrival.h"
#include "json.h"
#include "topic.h"

#define MAX_WARNINGS 8

enum format { FORMAT_JSON, FORMAT_TEXT, FORMAT_BINARY };

/* A value that a device measured: null, a boolean, a number or a string. */
struct reading {
    struct text sensor;
    enum json_kind kind;
    bool truth;
    double number;
    struct text string;
    /* `data` is NULL where there is none. */
    struct text unit;
};

/* Beside the arrival that it was made of, into which its texts point. Times are epoch milliseconds. */
struct telemetry {
    const struct arrival *arrival;
    struct topic topic;
    bool has_timestamp;
    int64_t timestamp;
    struct reading *readings;
    size_t reading_count;
    enum format format;
    /* The payload without a byte order mark. */
    struct text content;
    const char *warnings[MAX_WARNINGS];
    size_t warning_count;
    struct json json;
};

/* Decodes a message. It never fails and never loses anything.
 *
 * - An object with a `value` that is a number, string, boolean or null is one reading. Its sensor is that of the
 * payload, else that of the topic, else `value`.
 * - Of any other object, each key whose value is one of these is a reading, except the platform's own keys.
 * - A bare number, string or boolean is one reading. An array and a bare null have none. */
void decode(const struct arrival *arrival, struct telemetry *message);
void telemetry_free(struct telemetry *message);

/* The shortest digits that are read as this number again; it must be finite. */
void add_number(struct buffer *buffer, double number);

#endif
