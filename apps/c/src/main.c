/* The program: reads what the user said, chooses the parts, runs, and ends with an exit code. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "dead_letters.h"
#include "environment.h"
#include "forwarder.h"
#include "memory.h"
#include "options.h"
#include "status.h"
#include "stream.h"

/* How long the webhook may take for what it has at the end. */
#define WEBHOOK_PATIENCE_MS 5000
/* Beyond the time that output, broker and webhook are given: whatever does not end by then (a DNS query) is ended. */
#define PATIENCE_S 20
#define IO_ERROR 74

extern char **environ;

static sigset_t stop_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

/* The first signal stops; a second one ends at once, since what is not acknowledged comes again. */
static void *hear_signals(void *context)
{
    struct stream *stream = context;
    sigset_t signals = stop_signals();
    struct timespec patience = { .tv_sec = PATIENCE_S };
    int first, second;
    sigwait(&signals, &first);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    stream_stop(stream);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    second = sigtimedwait(&signals, NULL, &patience);
    if (second > 0) _exit(128 + second);
    _exit(stream_is_storing(stream) ? IO_ERROR : 0);
}

/* The folder of the program itself, where its .env may be. */
static void add_own_folder(struct list *folders)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    struct text own = { path, length > 0 && (size_t)length < sizeof path ? (size_t)length : 0 };
    size_t slash = text_find_last(own, '/');
    if (slash != NOT_FOUND) list_own(folders, text_copy(text_slice(own, 0, slash)));
}

static bool read_config(struct config *config, struct failure *failure)
{
    struct list folders = { 0 }, problems = { 0 };
    struct record record = { 0 };
    list_own(&folders, must_copy("."));
    add_own_folder(&folders);
    bool is_fine = read_environment(environ, &folders, &record, failure);
    if (is_fine && !parse_config(&record, config, &problems)) {
        is_fine = false;
        failure_set(failure, FAILURE_CONFIG, "The configuration has %zu problem%s:", problems.count,
                    problems.count == 1 ? "" : "s");
        for (size_t index = 0; index < problems.count; index += 1)
            buffer_format(&failure->message, "\n%s", problems.items[index]);
    }
    list_free(&folders);
    list_free(&problems);
    record_free(&record);
    return is_fine;
}

static void summarise(const struct counts *counts, uint64_t written, int64_t started_at)
{
    uint64_t reconnects = counts->live > 0 ? counts->live - 1 : 0;
    say("%llu message%s in %.1f s; %llu received, %llu new, %llu redelivered, %llu dropped, %llu reconnect%s, %llu "
        "gap%s",
        (unsigned long long)written, written == 1 ? "" : "s", (double)(monotonic_ms() - started_at) / 1000,
        (unsigned long long)counts->received, (unsigned long long)counts->stored,
        (unsigned long long)counts->redelivered, (unsigned long long)counts->dropped, (unsigned long long)reconnects,
        reconnects == 1 ? "" : "s", (unsigned long long)counts->gaps, counts->gaps == 1 ? "" : "s");
}

static void run_stream(struct stream *stream, struct forwarder *forwarder, const struct output *output,
                       struct failure *failure)
{
    int64_t started_at = monotonic_ms();
    pthread_t signals;
    if (pthread_create(&signals, NULL, hear_signals, stream) != 0) {
        failure_set(failure, FAILURE_NETWORK, "Cannot start: the system has no threads left.");
        return;
    }
    stream_run(stream, failure);
    struct counts counts = stream_counts(stream);
    if (failure->code != FAILURE_NONE) say("ended: %s", failure_words(failure));
    summarise(&counts, output_written(output), started_at);
    bool has_ended = forwarder == NULL || forwarder_stop(forwarder, WEBHOOK_PATIENCE_MS);
    pthread_cancel(signals);
    pthread_join(signals, NULL);
    /* A write that nobody takes, and a webhook that does not answer, keep nobody from leaving. */
    if (!stream_destroy(stream) || !has_ended) _exit(exit_code_of(failure->code));
}

static void on_stored(void *forwarder)
{
    forwarder_wake(forwarder);
}

/* Chooses the parts; `failure` says why the stream did not begin, or why it ended, if that is one. */
static void run(const struct config *config, const struct options *options, struct failure *failure)
{
    struct tls tls;
    struct log *log = NULL;
    struct stream *stream = NULL;
    struct forwarder *forwarder = NULL;
    struct output *output = output_create(options->wants_json, options->count);
    bool has_tls = tls_open(&tls, config->ca_cert_path, config->broker.host, failure);
    if (has_tls) log = log_open(config->log_path, config->receive_maximum, failure);
    bool has_webhook = log != NULL && config->webhook_url != NULL;
    if (has_webhook)
        forwarder = forwarder_start(config->log_path, config->webhook_url, config->webhook_secrets, failure);
    if (log != NULL && has_webhook == (forwarder != NULL)) {
        struct stream_options parts = {
            .config = config,
            .tls = &tls,
            .log = log,
            .output = output,
            .waits = options->waits,
            .timeout_seconds = options->timeout_seconds,
            .stored = has_webhook ? on_stored : NULL,
            .context = forwarder,
        };
        stream = stream_create(&parts, failure);
    }
    if (stream != NULL) {
        run_stream(stream, forwarder, output, failure);
    } else {
        say("%s", failure_words(failure));
        if (forwarder != NULL) forwarder_stop(forwarder, WEBHOOK_PATIENCE_MS);
    }
    log_close(log);
    if (has_tls) tls_close(&tls);
    output_destroy(output);
}

int main(int count, char **arguments)
{
    (void)count;
    struct options options;
    struct config config = { 0 };
    struct failure failure = { 0 };
    /* In all threads, so that the one that waits for them gets them; the others inherit this. */
    sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* libwebsockets would take a proxy that the other clients do not take. While there is one thread: later, another
     * one could be reading the environment. */
    unsetenv("http_proxy");
    unsetenv("socks_proxy");
    bool is_ready = parse_options(arguments, &options, &failure);
    if (is_ready && options.wants_help) {
        fputs(USAGE, stdout);
        return 0;
    }
    is_ready = is_ready && read_config(&config, &failure);
    if (is_ready && options.webhook != NULL) {
        /* Nobody waits for signals: they end it at once, and what was under way is sent again by the next replay. */
        pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
        run_webhook_command(options.webhook, &config, &failure);
        if (failure.code != FAILURE_NONE) say("%s", failure_words(&failure));
    } else if (is_ready)
        run(&config, &options, &failure);
    else
        say("%s", failure_words(&failure));
    int code = exit_code_of(failure.code);
    config_free(&config);
    failure_free(&failure);
    return code;
}
