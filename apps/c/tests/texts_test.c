/* What is read from .env and shown on a terminal, and what follows from a failure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "console.h"
#include "environment.h"
#include "failure.h"
#include "options.h"
#include "scratch.h"

static void redacts(const void *context)
{
    (void)context;
    struct buffer line = { 0 };
    add_redacted(&line, text_of("a tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001, tesa_mqtt_x and more"));
    expect(strcmp(line.data, "a tesa_mqtt_..., tesa_mqtt_... and more") == 0, "it is %s", line.data);
    buffer_clear(&line);
    add_quoted(&line, text_of("x TESA_mqtt_acme_FAKE"));
    add_quoted_url(&line, text_of("wss://h/mqtt?token=FAKE"));
    add_quoted_url(&line, text_of("wss://me:FAKE@h/"));
    add_quoted(&line, text_of("-----BEGIN PRIVATE KEY-----FAKE"));
    expect(strstr(line.data, "FAKE") == NULL, "it is %s", line.data);
    buffer_free(&line);
}

static void shortens_quoted(const void *context)
{
    (void)context;
    struct buffer line = { 0 };
    char *value = malloc(141);
    if (value == NULL) abort();
    for (size_t at = 0; at < 140; at += 2) memcpy(value + at, "\xc3\xa9", 2);
    add_quoted(&line, (struct text){ value, 140 });
    expect(text_count(buffer_text(&line)) == 65, "it has %zu characters", text_count(buffer_text(&line)));
    free(value);
    buffer_free(&line);
}

static void reads_dotenv(const void *context)
{
    (void)context;
    static const char *const lines[][2] = {
        { "MQTT_TOPIC=device/+/telemetry/#", "device/+/telemetry/#" },
        { "MQTT_TOPIC=device/+/telemetry/# # everything", "device/+/telemetry/#" },
        { "  export MQTT_TOPIC = device/+/telemetry/#  \r", "device/+/telemetry/#" },
        { "MQTT_TOPIC=\"device/+/telemetry/#\" # everything", "device/+/telemetry/#" },
        { "MQTT_TOPIC='a # b'", "a # b" },
        { "MQTT_TOPIC=# nothing", "" },
    };
    for (size_t index = 0; index < sizeof lines / sizeof *lines; index += 1) {
        struct record record = { 0 };
        struct buffer file = { 0 };
        buffer_format(&file, "\xef\xbb\xbf# comment\n\n%s\nMQTT_KEEPALIVE=5", lines[index][0]);
        parse_dotenv(buffer_text(&file), &record);
        const struct text *topic = record_find(&record, "MQTT_TOPIC"), *next = record_find(&record, "MQTT_KEEPALIVE");
        expect(topic != NULL && text_is(*topic, lines[index][1]), "%s", lines[index][0]);
        expect(next != NULL && text_is(*next, "5"), "what follows %s", lines[index][0]);
        record_free(&record);
        buffer_free(&file);
    }
}

static void environment_wins(const void *context)
{
    (void)context;
    char *given[] = { "TESA_DEVICE=b", "PATH=/bin", NULL };
    struct scratch scratch = scratch_create();
    struct buffer path = { 0 };
    struct list folders = { 0 };
    struct record record = { 0 };
    struct failure failure = { 0 };
    buffer_format(&path, "%s/.env", scratch.folder.data);
    FILE *file = fopen(path.data, "w");
    if (file == NULL) abort();
    fputs("MQTT_TOPIC=a\nMQTT_KEEPALIVE=5\nOTHER=1\n", file);
    fclose(file);
    list_format(&folders, "/nowhere");
    list_format(&folders, "%s", scratch.folder.data);
    expect(read_environment(given, &folders, &record, &failure), "%s", failure_words(&failure));
    expect(record.count == 2 && record_find(&record, "MQTT_KEEPALIVE") != NULL, "there are %zu settings", record.count);
    expect(record_find(&record, "TESA_DEVICE") != NULL && record_find(&record, "MQTT_TOPIC") == NULL,
           "the wrong one won");
    record_free(&record);
    file = fopen(path.data, "w");
    if (file == NULL) abort();
    fwrite("M\0Q\0", 1, 4, file);
    fclose(file);
    expect(!read_environment(given, &folders, &record, &failure) && strstr(failure_words(&failure), "UTF-8") != NULL,
           "UTF-16 is taken");
    record_free(&record);
    failure_free(&failure);
    list_free(&folders);
    buffer_free(&path);
    scratch_remove(&scratch);
}

/* The line of a payload, without its line break. */
static char *line_of(struct text payload, size_t columns)
{
    struct buffer line = { 0 };
    struct telemetry message;
    struct arrival arrival = {
        .topic = text_of("device/press-1/telemetry/temperature"),
        .payload = payload,
        .packet_id = 1,
        .received_at = 1770201045123,
        .seq = 1,
    };
    decode(&arrival, &message);
    console_write(&line, &message, columns);
    telemetry_free(&message);
    line.data[line.length - 1] = '\0';
    return line.data;
}

static void expect_end(struct text payload, const char *end)
{
    char *line = line_of(payload, 120);
    expect(text_ends(text_of(line), end), "it is %s", line);
    free(line);
}

static void shows_readings(const void *context)
{
    (void)context;
    char *line = line_of(text_of("{\"value\":25.5,\"unit\":\"\xc2\xb0"
                                 "C\"}"),
                         120);
    expect(strcmp(line,
                  "10:30:45.123Z  press-1               temperature         25.5 \xc2\xb0"
                  "C") == 0,
           "it is %s", line);
    free(line);
    expect_end(text_of("ERR 17"), "[not JSON] ERR 17");
    expect_end((struct text){ "\xff\xfe\0", 3 }, "[3 bytes, not text] ff fe 00");
    expect_end(text_of(""), "(empty)");
    expect_end(text_of("{\"timestamp\":\"2026-02-04T09:30:00\",\"value\":1}"), "[late 1 h]  [UTC assumed]");
}

static void keeps_to_terminal(const void *context)
{
    (void)context;
    struct buffer payload = { 0 };
    buffer_string(&payload, "{\"a\":\"");
    for (int count = 0; count < 5000; count += 1) buffer_string(&payload, "x");
    buffer_string(&payload, "\"}");
    for (size_t columns = 40; columns <= 200; columns += 40) {
        char *line = line_of(buffer_text(&payload), columns);
        expect(text_count(text_of(line)) == columns - 1, "it has %zu of %zu columns", text_count(text_of(line)),
               columns);
        free(line);
    }
    buffer_free(&payload);
}

static void cannot_act_on_terminal(const void *context)
{
    (void)context;
    static const char *const payloads[] = {
        "\x1b[2J\xe2\x80\xae\xe2\x80\xa8\r\n\a",
        "{\"value\":\"\\u001b[2J\\u202e\"}",
    };
    for (size_t index = 0; index < sizeof payloads / sizeof *payloads; index += 1) {
        char *line = line_of(text_of(payloads[index]), 120);
        struct text text = text_of(line);
        for (size_t at = 0; at < text.length;) expect(!is_invisible(text_next(text, &at)), "it is %s", line);
        expect(strstr(line, "\\u{1b}") != NULL, "it is %s", line);
        free(line);
    }
}

static void treats_failures(const void *context)
{
    (void)context;
    struct history first = { .wait = true }, accepted = { .wait = true, .accepted = true };
    struct history impatient = { .wait = false }, live = { .accepted = true, .ever_live = true };
    expect(treatment_of(FAILURE_TOKEN_REFUSED, first) == TREATMENT_END, "a token refused at first");
    expect(treatment_of(FAILURE_TOKEN_REFUSED, accepted) == TREATMENT_SLOW, "a token that had been accepted");
    expect(treatment_of(FAILURE_NETWORK, first) == TREATMENT_BACKOFF, "no network");
    expect(treatment_of(FAILURE_NETWORK, impatient) == TREATMENT_END, "no network with --no-wait");
    expect(treatment_of(FAILURE_CONNECTION_LOST, live) == TREATMENT_BACKOFF, "a loss with --no-wait");
    expect(treatment_of(FAILURE_TAKEN_OVER, live) == TREATMENT_END, "a takeover");
    expect(treatment_of(FAILURE_LOG, first) == TREATMENT_END, "a log that cannot be used at the start");
    expect(treatment_of(FAILURE_LOG, live) == TREATMENT_BACKOFF, "a log that cannot be used any more");
}

static void reads_options(const void *context)
{
    (void)context;
    char *right[] = { "tesa-stream", "--json", "--count=3", "--timeout", "20", "--no-wait", NULL };
    char *wrong[][4] = {
        { "tesa-stream", "--count", "0", NULL },
        { "tesa-stream", "--count", NULL },
        { "tesa-stream", "--timeout=1e3", NULL },
        { "tesa-stream", "tesa_mqtt_acme_FAKE", NULL },
    };
    struct options options;
    struct failure failure = { 0 };
    expect(parse_options(right, &options, &failure), "%s", failure_words(&failure));
    expect(options.wants_json && options.count == 3 && options.timeout_seconds == 20 && !options.waits, "the options");
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index += 1) {
        expect(!parse_options(wrong[index], &options, &failure), "number %zu is taken", index);
        expect(exit_code_of(failure.code) == 64 && strstr(failure_words(&failure), "FAKE") == NULL, "%s",
               failure_words(&failure));
    }
    failure_free(&failure);
}

void test_texts(void)
{
    run_test("what looks like a secret is shown nowhere", NULL, redacts, NULL);
    run_test("a quoted value is short", NULL, shortens_quoted, NULL);
    run_test(".env: a value is what it looks like", NULL, reads_dotenv, NULL);
    run_test("the environment wins, and takes back the other way to say it", NULL, environment_wins, NULL);
    run_test("console: readings stand behind time, device and sensor", NULL, shows_readings, NULL);
    run_test("console: a line is never wider than the terminal", NULL, keeps_to_terminal, NULL);
    run_test("console: what a device sends cannot act on the terminal", NULL, cannot_act_on_terminal, NULL);
    run_test("what follows from a failure depends on what was before", NULL, treats_failures, NULL);
    run_test("options: what is wrong is refused and not repeated", NULL, reads_options, NULL);
}
