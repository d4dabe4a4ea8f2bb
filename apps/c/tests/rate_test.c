/* How fast messages came, by which a gap is told. */
#include "check.h"
#include "log.h"
#include "rate.h"
#include "scratch.h"

static void expect_about(const struct rate *rate, double expected)
{
    double found = rate_per_second(rate);
    expect(found >= expected * 0.99 && found <= expected * 1.01, "it is %f, not %f", found, expected);
}

static void takes_no_burst_for_thousands(const void *context)
{
    (void)context;
    struct rate rate = { 0 };
    expect_about(&rate, 0);
    expect(!rate_may_exceed(&rate, 1, 0, 1000000), "without messages");
    rate_count(&rate, 7);
    expect_about(&rate, 0);
    rate_count(&rate, 7);
    expect_about(&rate, 1);
    expect(!rate_may_exceed(&rate, 1000, 7, 5000), "two of one packet");
    for (int more = 0; more < 148; more += 1) rate_count(&rate, 7);
    expect_about(&rate, 149);
}

static void is_of_late(const void *context)
{
    (void)context;
    struct rate rate = { 0 };
    for (int64_t at = 0; at < 20000; at += 1) rate_count(&rate, at * 1000);
    expect_about(&rate, 1);
    /* Five thousand a second, for a second. */
    for (int64_t at = 0; at < 5000; at += 1) rate_count(&rate, 20000000 + at / 5);
    expect_about(&rate, 5000);
}

static void takes_a_few_at_once_for_slow(const void *context)
{
    (void)context;
    struct rate rate = { 0 };
    /* Five every minute: of the last two hundred, 199 came after the first, in 39 minutes. */
    for (int64_t at = 0; at < 1000; at += 1) rate_count(&rate, at / 5 * 60000);
    expect_about(&rate, 199.0 / 2340);
}

static void tells_when_a_queue_may_overflow(const void *context)
{
    (void)context;
    struct rate rate = { 0 };
    /* Ten a second, the last one at 99.9 s. */
    for (int64_t at = 0; at < 1000; at += 1) rate_count(&rate, at * 100);
    expect(!rate_may_exceed(&rate, 1000, 100000, 149000), "after 49 s");
    expect(rate_may_exceed(&rate, 1000, 100000, 151000), "after 51 s");
    /* Its end was not noted: only its beginning was. */
    expect(!rate_may_exceed(&rate, 1000, 1000, 149000), "after 49 s, ended by force");
}

static void goes_on_from_the_log(const void *context)
{
    (void)context;
    struct scratch scratch = scratch_create();
    struct failure failure = { 0 };
    struct batch batch = { 0 };
    struct rate rate = { 0 };
    for (int64_t at = 1; at <= 3; at += 1) {
        struct arrival arrival = { .topic = text_of("device/d/telemetry/t"),
                                   .payload = text_of("1"),
                                   .received_at = at * 2000 };
        batch_add(&batch, &arrival);
    }
    struct log *log = log_open(scratch.log_path.data, 10, &failure);
    expect(log != NULL && log_append(log, &batch, &failure) && log_recall_rate(log, &rate, &failure), "%s",
           failure_words(&failure));
    expect(rate.count == 3 && rate.times[0] == 2000 && rate.times[2] == 6000, "%zu times", rate.count);
    expect_about(&rate, 0.5);
    log_close(log);
    batch_free(&batch);
    failure_free(&failure);
    scratch_remove(&scratch);
}

void test_rate(void)
{
    run_test("rate: messages of one packet are no rate of thousands", NULL, takes_no_burst_for_thousands, NULL);
    run_test("rate: it is that of late, be it slow or fast", NULL, is_of_late, NULL);
    run_test("rate: a few messages at once, now and then, are slow", NULL, takes_a_few_at_once_for_slow, NULL);
    run_test("rate: a queue overflows when twice as many may have come", NULL, tells_when_a_queue_may_overflow, NULL);
    run_test("rate: it goes on from what the log has", NULL, goes_on_from_the_log, NULL);
}
