/* Where a webhook may be sent, when it is tried again, and what it gets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "check.h"
#include "schedule.h"
#include "target.h"
#include "tree.h"
#include "webhook_body.h"

static void judges_targets(const void *context)
{
    (void)context;
    static const char *const right[] = {
        "https://example.com/telemetry", "http://127.0.0.1:8080/x", "http://192.168.1.2/", "http://[::1]:80/",
        "https://93.184.216.34/x",       "http://localhost/x",
    };
    static const char *const wrong[] = {
        "ftp://example.com/",
        "example.com",
        "https://",
        "http://93.184.216.34/",
        "http://169.254.169.254/latest",
        "https://[fe80::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://metadata.google.internal/x",
        "https://Metadata.google.internal./x",
        "http://2852039166/",
        "https://0.0.0.0/",
        "https://me@example.com/",
        "https://[64:ff9b::1",
        "https://exa mple.com/",
        "https://[fd00:ec2::254]/",
    };
    for (size_t index = 0; index < sizeof right / sizeof *right; index += 1) {
        struct list problems = { 0 };
        find_target_problems(text_of(right[index]), &problems);
        expect(problems.count == 0, "%s: %s", right[index], problems.count == 0 ? "" : problems.items[0]);
        list_free(&problems);
    }
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index += 1) {
        struct list problems = { 0 };
        find_target_problems(text_of(wrong[index]), &problems);
        expect(problems.count > 0, "%s is taken", wrong[index]);
        list_free(&problems);
    }
}

static bool may_connect(const char *text, bool is_plain)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return why_forbidden((const struct sockaddr *)&v4, is_plain) == NULL;
    expect(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1, "%s is no address", text);
    return why_forbidden((const struct sockaddr *)&v6, is_plain) == NULL;
}

static void judges_addresses(const void *context)
{
    (void)context;
    expect(may_connect("93.184.216.34", false), "a public address, by https");
    expect(!may_connect("93.184.216.34", true), "a public address, by http");
    expect(may_connect("172.31.255.255", true) && !may_connect("172.32.0.0", true), "the border of 172.16/12");
    expect(may_connect("fd12::1", true) && may_connect("::1", true), "private IPv6");
    expect(!may_connect("::ffff:169.254.169.254", false), "a metadata service in IPv6's clothes");
    expect(!may_connect("2002:a9fe:a9fe::1", false), "a metadata service by 6to4");
    expect(!may_connect("239.1.2.3", false) && !may_connect("255.255.255.255", false), "multicast and broadcast");
    expect(!may_connect("::", false) && !may_connect("ff02::1", false), "no address, and multicast");
}

static void waits_by_schedule(const void *context)
{
    (void)context;
    int64_t sum = 0;
    size_t tries = 0;
    for (int64_t wait; (wait = schedule_wait(VERDICT_DOWN, tries, 0, 0)) >= 0; tries += 1) sum += wait;
    expect(sum / 3600000 == 76, "it takes %lld hours", (long long)(sum / 3600000));
    expect(schedule_wait(VERDICT_DOWN, 0, 0, 0.999) >= 750, "the first wait");
    expect(schedule_wait(VERDICT_DOWN, 0, 7, 0) == 7000, "Retry-After");
    expect(schedule_wait(VERDICT_DOWN, 0, 10000000, 0) == 86400000, "a Retry-After of months");
    expect(schedule_wait(VERDICT_DOWN, tries, 7, 0) < 0, "after the end of the schedule");
    expect(schedule_wait(VERDICT_PAUSED, tries + 1, 0, 0) == 300000, "a pause");
    expect(verdict_of(204) == VERDICT_DELIVERED && verdict_of(302) == VERDICT_PAUSED, "204, 302");
    expect(verdict_of(413) == VERDICT_REFUSED && verdict_of(410) == VERDICT_PAUSED, "413, 410");
    expect(verdict_of(0) == VERDICT_DOWN && verdict_of(429) == VERDICT_DOWN && verdict_of(599) == VERDICT_DOWN, "down");
}

static void writes_the_same_body(const void *context)
{
    (void)context;
    struct batch batch = { 0 };
    struct arrival arrival = {
        .topic = text_of("device/d/telemetry/t"),
        .payload = text_of("{\n1}"),
        .packet_id = 1,
        .received_at = 1770201045123,
    };
    for (arrival.seq = 3; arrival.seq <= 5; arrival.seq += 2) batch_add(&batch, &arrival);
    struct webhook_body one = webhook_body(&batch, "0f3c", 1, 4), other = webhook_body(&batch, "0f3c", 1, 4);
    struct tree *tree = tree_parse(buffer_text(&one.json));
    const struct tree *data = tree_get(tree, "data");
    expect(strcmp(one.id.data, "0f3c-lane1of4-3-5") == 0, "the id is %s", one.id.data);
    expect(text_is(tree_text(tree_get(tree, "timestamp")), "2026-02-04T10:30:45.123Z"), "it is %s", one.json.data);
    expect(tree_count(tree_get(data, "messages")) == 2 && tree_get(data, "lastSeq")->number == 5, "it is %s",
           one.json.data);
    expect(text_equals(buffer_text(&one.json), buffer_text(&other.json)), "the bodies differ");
    tree_free(tree);
    webhook_body_free(&one);
    webhook_body_free(&other);
    batch_free(&batch);
}

void test_webhook(void)
{
    run_test("webhook: some targets are refused", NULL, judges_targets, NULL);
    run_test("webhook: what a name leads to is looked at", NULL, judges_addresses, NULL);
    run_test("webhook: it is tried again for three days", NULL, waits_by_schedule, NULL);
    run_test("webhook: the same messages make the same request", NULL, writes_the_same_body, NULL);
}
