#include "forwarder.h"

#include <pthread.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "lane.h"
#include "memory.h"

struct forwarder {
    struct lane_signals signals;
    struct lane *lanes[LANE_COUNT];
    pthread_t threads[LANE_COUNT];
    size_t started;
};

static void *run(void *context)
{
    lane_run(context);
    return NULL;
}

struct forwarder *forwarder_start(const char *log_path, const char *url, const char *secrets, struct failure *failure)
{
    struct forwarder *forwarder = must_allocate(sizeof *forwarder);
    bool is_fine = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    lane_signals_open(&forwarder->signals);
    failure_set(failure, FAILURE_CONFIG, "The webhook cannot be started: the system has no threads left.");
    for (size_t index = 0; index < LANE_COUNT && is_fine; index += 1) {
        struct lane_options options = { &forwarder->signals, index, log_path, url, secrets };
        forwarder->lanes[index] = lane_open(&options, failure);
        is_fine = forwarder->lanes[index] != NULL;
    }
    for (size_t index = 0; index < LANE_COUNT && is_fine; index += 1) {
        lane_signals_begin(&forwarder->signals);
        is_fine = pthread_create(&forwarder->threads[index], NULL, run, forwarder->lanes[index]) == 0;
        if (is_fine)
            forwarder->started += 1;
        else
            lane_signals_end(&forwarder->signals);
    }
    if (is_fine) {
        failure_free(failure);
        return forwarder;
    }
    forwarder_stop(forwarder, INT64_MAX);
    return NULL;
}

void forwarder_wake(struct forwarder *forwarder)
{
    lane_signals_wake(&forwarder->signals);
}

bool forwarder_stop(struct forwarder *forwarder, int64_t patience_ms)
{
    if (!lane_signals_leave(&forwarder->signals, patience_ms)) return false;
    for (size_t index = 0; index < forwarder->started; index += 1) pthread_join(forwarder->threads[index], NULL);
    for (size_t index = 0; index < LANE_COUNT; index += 1) lane_close(forwarder->lanes[index]);
    lane_signals_close(&forwarder->signals);
    free(forwarder);
    curl_global_cleanup();
    return true;
}
