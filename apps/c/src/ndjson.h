/* Writes a message as one line of JSON. */
#ifndef TESA_NDJSON_H
#define TESA_NDJSON_H

#include "telemetry.h"

struct ndjson;

/* Lines are added to this buffer, which must outlive it. */
struct ndjson *ndjson_create(struct buffer *lines);
void ndjson_destroy(struct ndjson *writer);

/* `payload` holds a JSON payload as the device wrote it, so that integers beyond 2^53 keep their digits; text as a
 * string; anything else as base64 (RFC 4648, section 4). */
void ndjson_write(struct ndjson *writer, const struct telemetry *message);

#endif
