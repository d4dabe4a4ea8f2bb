/* Runs the test vectors that every language's tests share; see tooling/conformance/README.md. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "backoff.h"
#include "check.h"
#include "log.h"
#include "memory.h"
#include "ndjson.h"
#include "scratch.h"
#include "signing.h"
#include "token.h"
#include "topic.h"
#include "tree.h"
#include "vectors_config.h"

/* What the capabilities of conformance.json allow; a case that needs more is not applicable. */
static const char *const CAPABILITIES[] = { "durable", "webhook" };

static bool holds(struct text text, const char *part)
{
    return text_find(text, part) != NOT_FOUND;
}

/* Bytes are UTF-8 of a text, or stand in base64. */
static void read_bytes(const struct tree *message, const char *key, const char *encoded_key, struct buffer *payload)
{
    const struct tree *encoded = tree_get(message, encoded_key);
    if (encoded == NULL) {
        buffer_add(payload, tree_text(tree_get(message, key)));
        return;
    }
    struct text text = tree_text(encoded);
    unsigned char *bytes = must_allocate(text.length + 1);
    int length = EVP_DecodeBlock(bytes, (const unsigned char *)text.data, (int)text.length);
    if (text_ends(text, "==")) length -= 1;
    if (text_ends(text, "=")) length -= 1;
    if (expect(length >= 0, "it is no base64")) buffer_append(payload, bytes, (size_t)length);
    free(bytes);
}

static void read_payload(const struct tree *message, struct buffer *payload)
{
    read_bytes(message, "payload", "payloadBase64", payload);
}

static void check_token(const struct tree *each)
{
    const struct tree *expected = tree_get(each, "expected");
    struct text token = tree_text(tree_get(each, "input"));
    struct list problems = { 0 };
    struct buffer redacted = { 0 };
    find_token_problems(token, &problems);
    expect((problems.count > 0) == tree_is_true(tree_get(expected, "refused")), "it has %zu problems", problems.count);
    for (size_t index = 0; index < problems.count; index += 1)
        expect(!holds(text_of(problems.items[index]), "FAKE"), "a problem shows the token: %s", problems.items[index]);
    if (problems.count == 0) {
        add_redacted_token(&redacted, token);
        expect(text_equals(token_organisation(token), tree_text(tree_get(expected, "organisation"))),
               "the organisation");
        expect(text_equals(buffer_text(&redacted), tree_text(tree_get(expected, "redacted"))), "it shows as %s",
               redacted.data);
        expect(token_has_unusual_length(token) == tree_is_true(tree_get(expected, "unusualLength")), "unusualLength");
    }
    list_free(&problems);
    buffer_free(&redacted);
}

static void check_topic(const struct tree *each)
{
    const struct tree *expected = tree_get(each, "expected"), *sensor = tree_get(expected, "sensor");
    struct topic topic = parse_topic(tree_text(tree_get(each, "input")));
    expect(topic.is_telemetry == (expected->kind != TREE_NULL), "is_telemetry is %d", topic.is_telemetry);
    if (expected->kind == TREE_NULL) return;
    expect(text_equals(topic.device_id, tree_text(tree_get(expected, "deviceId"))), "the device");
    expect(topic.has_sensor == (sensor->kind == TREE_STRING), "has_sensor is %d", topic.has_sensor);
    expect(text_equals(topic.has_sensor ? topic.sensor : text_of(""), tree_text(sensor)), "the sensor");
}

static void check_line(struct text line, const struct tree *input, const struct tree *expected)
{
    static const char *const keys[] = { "deviceId", "sensor", "timestamp", "format" };
    struct tree *written = tree_parse(line);
    if (!expect(written != NULL, "the line is no JSON: %s", line.data)) return;
    expect(text_ends(line, "\n") && text_find(line, "\n") == line.length - 1 && !holds(line, "\r"), "not one line");
    expect(tree_equals(tree_get(written, "topic"), tree_get(input, "topic")), "the topic: %s", line.data);
    for (size_t index = 0; index < sizeof keys / sizeof *keys; index += 1)
        expect(tree_equals(tree_get(written, keys[index]), tree_get(expected, keys[index])), "%s: %s", keys[index],
               line.data);
    expect(tree_same_items(tree_get(written, "readings"), tree_get(expected, "readings")), "readings: %s", line.data);
    expect(tree_same_items(tree_get(written, "warnings"), tree_get(expected, "warnings")), "warnings: %s", line.data);
    const struct tree *payload = tree_get(expected, "payload"), *as_written = tree_get(expected, "payloadText");
    expect(payload == NULL || tree_equals(tree_get(written, "payload"), payload), "payload: %s", line.data);
    if (as_written != NULL) {
        struct buffer part = { 0 };
        buffer_format(&part, "\"payload\":%s,\"format\"", tree_text(as_written).data);
        expect(holds(line, part.data), "the payload was changed: %s", line.data);
        buffer_free(&part);
    }
    tree_free(written);
}

static void check_decoding(const struct tree *each)
{
    const struct tree *input = tree_get(each, "input");
    struct buffer payload = { 0 }, line = { 0 };
    struct telemetry message;
    read_payload(input, &payload);
    struct arrival arrival = {
        .topic = tree_text(tree_get(input, "topic")),
        .payload = buffer_text(&payload),
        .packet_id = 1,
        .seq = 1,
    };
    struct ndjson *writer = ndjson_create(&line);
    decode(&arrival, &message);
    ndjson_write(writer, &message);
    check_line(buffer_text(&line), input, tree_get(each, "expected"));
    telemetry_free(&message);
    ndjson_destroy(writer);
    buffer_free(&payload);
    buffer_free(&line);
}

static bool append(struct log *log, const struct tree *message)
{
    struct buffer payload = { 0 };
    struct batch batch = { 0 };
    struct failure failure = { 0 };
    read_payload(message, &payload);
    struct arrival arrival = {
        .topic = tree_text(tree_get(message, "topic")),
        .payload = buffer_text(&payload),
        .packet_id = (uint16_t)tree_get(message, "packetId")->number,
        .duplicate = tree_is_true(tree_get(message, "dup")),
    };
    batch_add(&batch, &arrival);
    expect(log_append(log, &batch, &failure), "%s", failure_words(&failure));
    bool is_new = batch.items[0].seq != 0;
    buffer_free(&payload);
    batch_free(&batch);
    failure_free(&failure);
    return is_new;
}

/* `path`: NULL for a log that keeps nothing. */
static void check_verdicts(const struct tree *each, const char *path)
{
    const struct tree *input = tree_get(each, "input"), *verdict = tree_get(each, "expected")->first;
    size_t receive_maximum = (size_t)tree_get(input, "receiveMaximum")->number;
    struct failure failure = { 0 };
    struct log *log = log_open(path, receive_maximum, &failure);
    for (const struct tree *step = tree_get(input, "steps")->first; step != NULL && log != NULL; step = step->next) {
        const struct tree *connected = tree_get(step, "connected"), *message = tree_get(step, "message");
        if (tree_is_true(tree_get(step, "restart"))) {
            log_close(log);
            log = log_open(path, receive_maximum, &failure);
        } else if (connected != NULL) {
            expect(log_connected(log, tree_is_true(tree_get(connected, "sessionPresent")), &failure), "connected");
        } else if (expect(message != NULL && verdict != NULL, "a step, or a verdict, is missing")) {
            const char *found = append(log, message) ? "new" : "redelivered";
            expect(text_is(tree_text(verdict), found), "it is %s", found);
            verdict = verdict->next;
        }
    }
    expect(log != NULL, "%s", failure_words(&failure));
    expect(verdict == NULL, "a message is missing");
    log_close(log);
    failure_free(&failure);
}

static void check_redelivery_in_file(const struct tree *each)
{
    struct scratch scratch = scratch_create();
    check_verdicts(each, scratch.log_path.data);
    scratch_remove(&scratch);
}

static void check_redelivery_in_memory(const struct tree *each)
{
    check_verdicts(each, NULL);
}

static void check_backoff(const struct tree *each)
{
    const struct tree *input = tree_get(each, "input"), *expected = tree_get(each, "expected")->first;
    struct backoff backoff = { .first_ms = (uint32_t)tree_get(input, "firstMs")->number };
    for (const struct tree *lasted = tree_get(input, "connections")->first; lasted != NULL; lasted = lasted->next) {
        backoff_ended_after(&backoff, (int64_t)lasted->number);
        int64_t wait = backoff_next(&backoff, tree_get(input, "random")->number);
        if (!expect(expected != NULL && expected->number == (double)wait, "it waits %lld ms", (long long)wait)) return;
        expected = expected->next;
    }
}

static void check_signature(const struct tree *each)
{
    const struct tree *input = tree_get(each, "input"), *expected = tree_get(each, "expected");
    struct text secret = tree_text(tree_get(input, "secret"));
    struct list problems = { 0 };
    struct buffer body = { 0 }, header = { 0 };
    find_secret_problems(secret, &problems);
    expect((problems.count > 0) == tree_is_true(tree_get(expected, "refused")), "it has %zu problems", problems.count);
    for (size_t index = 0; index < problems.count; index += 1)
        expect(!holds(text_of(problems.items[index]), "FAKE"), "a problem shows the secret: %s", problems.items[index]);
    if (problems.count == 0) {
        read_bytes(input, "body", "bodyBase64", &body);
        add_signature(&header, secret, tree_text(tree_get(input, "id")).data,
                      (int64_t)tree_get(input, "timestamp")->number, buffer_text(&body));
        expect(text_equals(buffer_text(&header), tree_text(tree_get(expected, "signature"))), "it is %s", header.data);
    }
    list_free(&problems);
    buffer_free(&body);
    buffer_free(&header);
}

struct check {
    const char *file;
    void (*check)(const struct tree *each);
    bool is_durable;
};

struct applied {
    const struct check *check;
    const struct tree *each;
};

static void apply(const void *context)
{
    const struct applied *applied = context;
    applied->check->check(applied->each);
}

static void miss_cases(const void *context)
{
    (void)context;
    expect(false, "there are no cases");
}

static bool is_applicable(const struct check *check, const struct tree *each)
{
    const struct tree *needs = tree_get(each, "needs");
    if (needs == NULL) return true;
    for (size_t index = 0; index < sizeof CAPABILITIES / sizeof *CAPABILITIES; index += 1)
        if (text_is(tree_text(needs), CAPABILITIES[index])) return check->is_durable;
    return false;
}

static const char *why_known(const struct tree *known, const char *name)
{
    for (const struct tree *each = known == NULL ? NULL : known->first; each != NULL; each = each->next)
        if (text_is(tree_text(tree_get(each, "case")), name)) return tree_text(tree_get(each, "reason")).data;
    return NULL;
}

static void run_file(const char *folder, const struct check *check, const struct tree *known)
{
    struct buffer path = { 0 };
    buffer_format(&path, "%s/%s.json", folder, check->file);
    struct tree *vectors = tree_read(path.data);
    const struct tree *cases = tree_get(vectors, "cases");
    const struct tree *each = cases == NULL ? NULL : cases->first;
    if (each == NULL) run_test(path.data, NULL, miss_cases, NULL);
    for (; each != NULL; each = each->next) {
        struct buffer name = { 0 };
        buffer_format(&name, "%s/%s", check->file, tree_text(tree_get(each, "name")).data);
        if (is_applicable(check, each))
            run_test(name.data, why_known(known, name.data), apply, &(struct applied){ check, each });
        buffer_free(&name);
    }
    tree_free(vectors);
    buffer_free(&path);
}

void test_vectors(const char *folder, const char *known_failing_path)
{
    static const struct check checks[] = {
        { "token", check_token, true },
        { "topic", check_topic, true },
        { "decode", check_decoding, true },
        { "config", check_config, true },
        { "redelivery", check_redelivery_in_file, true },
        { "redelivery", check_redelivery_in_memory, false },
        { "backoff", check_backoff, true },
        { "webhook-signature", check_signature, true },
    };
    struct tree *known = tree_read(known_failing_path);
    for (size_t index = 0; index < sizeof checks / sizeof *checks; index += 1) run_file(folder, &checks[index], known);
    tree_free(known);
}
