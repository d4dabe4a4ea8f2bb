/* Payloads that no vector has. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "console.h"
#include "damage.h"
#include "memory.h"
#include "ndjson.h"
#include "tree.h"

#define SEED 2
#define DAMAGED_RUNS 5000

static const char *const PAYLOADS[] = {
    "{\"timestamp\":\"2026-02-04T10:30:45.123+07:00\",\"device_id\":\"g1\",\"value\":-25.5e-3,\"unit\":\"\xc2\xb5V\"}",
    "{\"a\":1,\"a\":\"\\ud83c\\udf21\\u0000\",\"b\":[{\"c\":[]}],\"timestamp\":1770201045.123,\"d\":null,\"e\":false}",
    "{\"timestamp\":\"-1770201045.5\",\"device_id\":12345678901234567890,\"value\":1e999}",
    "\"\\ud800\\udc00\\ud800 \\udc00x\\n\"",
    "\xef\xbb\xbf [1,2] ",
    "ERR \xf0\x9f\x8c\xa1 17",
};

/* Both ways to write it; the line of JSON is one, whatever came. */
static void write_lines(struct text payload)
{
    struct buffer json = { 0 }, line = { 0 };
    struct telemetry message;
    struct arrival arrival = {
        .topic = text_of("device/g1/telemetry/t"), .payload = payload, .packet_id = 1, .seq = 1
    };
    struct ndjson *writer = ndjson_create(&json);
    decode(&arrival, &message);
    ndjson_write(writer, &message);
    console_write(&line, &message, 80);
    struct tree *tree = tree_parse(buffer_text(&json));
    expect(tree != NULL && text_find(buffer_text(&json), "\n") == json.length - 1, "no line of JSON: %s", json.data);
    expect(text_is_utf8(buffer_text(&json)) && text_is_utf8(buffer_text(&line)), "no UTF-8: %s", json.data);
    tree_free(tree);
    telemetry_free(&message);
    ndjson_destroy(writer);
    buffer_free(&json);
    buffer_free(&line);
}

static void survives_damage(const void *context)
{
    (void)context;
    struct damage damage = { SEED };
    for (unsigned run = 0; run < DAMAGED_RUNS; run += 1) {
        struct text payload = text_of(PAYLOADS[run % (sizeof PAYLOADS / sizeof *PAYLOADS)]);
        size_t length = run % 3 == 0 ? damage_number(&damage) % payload.length : payload.length;
        char *damaged = damage_copy(&damage, text_slice(payload, 0, length), damage_number(&damage) % 3);
        write_lines((struct text){ damaged, length });
        free(damaged);
    }
}

static void survives_structure(const void *context)
{
    (void)context;
    static const char tokens[][8] = { "{", "}", "[", "]", ",", ":", "\"a\"", "1", "-0", "null", " ", "\\u0000", "\"" };
    struct damage damage = { SEED };
    for (unsigned run = 0; run < DAMAGED_RUNS; run += 1) {
        struct buffer payload = { 0 };
        for (unsigned count = damage_number(&damage) % 12; count > 0; count -= 1)
            buffer_string(&payload, tokens[damage_number(&damage) % (sizeof tokens / sizeof *tokens)]);
        char *copy = damage_copy(&damage, buffer_text(&payload), 0);
        write_lines((struct text){ copy, payload.length });
        free(copy);
        buffer_free(&payload);
    }
}

/* What yajl alone would take. */
static void refuses_almost_json(const void *context)
{
    (void)context;
    static const char *const texts[] = { "1\f", "[1,\v2]", "1 \"", "{}\"a", "[] nul", "\"\" -" };
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index += 1) {
        struct json json;
        if (!expect(!parse_json(text_of(texts[index]), &json), "it takes %s", texts[index])) json_free(&json);
    }
}

static void reads_half_surrogates(const void *context)
{
    (void)context;
    struct json json;
    expect(parse_json(text_of("{\"value\":\"a\\udc00b\",\"\\ud800\":1}"), &json), "it is no JSON");
    expect(text_is(json_get(&json, "value").text,
                   "a\xef\xbf\xbd"
                   "b"),
           "it is %s", json.texts);
    json_free(&json);
}

void test_decoding(void)
{
    run_test("decode: whatever comes becomes one line of JSON", NULL, survives_damage, NULL);
    run_test("decode: so does whatever looks like JSON", NULL, survives_structure, NULL);
    run_test("decode: what is almost JSON is text", NULL, refuses_almost_json, NULL);
    run_test("decode: half a surrogate pair becomes U+FFFD", NULL, reads_half_surrogates, NULL);
}
