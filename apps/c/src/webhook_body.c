#include "webhook_body.h"

#include <time.h>

#include "ndjson.h"

static void add_time(struct buffer *json, int64_t epoch_ms)
{
    time_t seconds = (time_t)(epoch_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    buffer_format(json, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                  utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(epoch_ms % 1000));
}

static void add_message(struct ndjson *writer, const struct arrival *arrival)
{
    struct telemetry message;
    decode(arrival, &message);
    ndjson_write(writer, &message);
    telemetry_free(&message);
}

struct webhook_body webhook_body(const struct batch *messages, const char *log_id, size_t lane, size_t lanes)
{
    struct webhook_body body = { 0 };
    struct ndjson *writer = ndjson_create(&body.json);
    const struct arrival *first = &messages->items[0], *last = &messages->items[messages->count - 1];
    buffer_format(&body.id, "%s-lane%zuof%zu-%lld-%lld", log_id, lane, lanes, (long long)first->seq,
                  (long long)last->seq);
    buffer_string(&body.json, "{\"type\":\"telemetry.batch\",\"timestamp\":\"");
    add_time(&body.json, last->received_at);
    buffer_format(&body.json,
                  "\",\"data\":{\"log\":\"%s\",\"epoch\":\"%s\",\"firstSeq\":%lld,\"lastSeq\":%lld,\"messages\":[",
                  log_id, log_id, (long long)first->seq, (long long)last->seq);
    for (size_t index = 0; index < messages->count; index += 1) {
        if (index > 0) buffer_string(&body.json, ",");
        add_message(writer, &messages->items[index]);
        /* The line's end. */
        body.json.length -= 1;
    }
    buffer_string(&body.json, "]}}");
    ndjson_destroy(writer);
    return body;
}

void webhook_body_free(struct webhook_body *body)
{
    buffer_free(&body->id);
    buffer_free(&body->json);
}
