#include "lane_signals.h"

#include <errno.h>
#include <time.h>

#define DAY_MS 86400000

void lane_signals_open(struct lane_signals *signals)
{
    pthread_condattr_t attributes;
    *signals = (struct lane_signals){ .running = 0 };
    pthread_mutex_init(&signals->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&signals->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void lane_signals_close(struct lane_signals *signals)
{
    pthread_cond_destroy(&signals->changed);
    pthread_mutex_destroy(&signals->lock);
}

static struct timespec moment_in(int64_t ms)
{
    struct timespec moment;
    if (ms > DAY_MS) ms = DAY_MS;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    moment.tv_sec += (time_t)(ms / 1000);
    moment.tv_nsec += (long)(ms % 1000) * 1000000;
    if (moment.tv_nsec >= 1000000000) {
        moment.tv_sec += 1;
        moment.tv_nsec -= 1000000000;
    }
    return moment;
}

void lane_signals_begin(struct lane_signals *signals)
{
    pthread_mutex_lock(&signals->lock);
    signals->running += 1;
    pthread_mutex_unlock(&signals->lock);
}

void lane_signals_end(struct lane_signals *signals)
{
    pthread_mutex_lock(&signals->lock);
    signals->running -= 1;
    pthread_cond_broadcast(&signals->changed);
    pthread_mutex_unlock(&signals->lock);
}

void lane_signals_wake(struct lane_signals *signals)
{
    pthread_mutex_lock(&signals->lock);
    signals->wakes += 1;
    pthread_cond_broadcast(&signals->changed);
    pthread_mutex_unlock(&signals->lock);
}

bool lane_signals_leave(struct lane_signals *signals, int64_t patience_ms)
{
    struct timespec until = moment_in(patience_ms);
    int result = 0;
    pthread_mutex_lock(&signals->lock);
    signals->is_leaving = true;
    pthread_cond_broadcast(&signals->changed);
    while (signals->running > 0 && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&signals->changed, &signals->lock, &until);
    bool have_ended = signals->running == 0;
    pthread_mutex_unlock(&signals->lock);
    return have_ended;
}

bool lane_signals_wait(struct lane_signals *signals, int64_t ms, uint64_t *wakes_seen)
{
    struct timespec until = moment_in(ms);
    int result = 0;
    pthread_mutex_lock(&signals->lock);
    while (!signals->is_leaving && result != ETIMEDOUT && (wakes_seen == NULL || signals->wakes == *wakes_seen))
        result = pthread_cond_timedwait(&signals->changed, &signals->lock, &until);
    if (wakes_seen != NULL) *wakes_seen = signals->wakes;
    bool is_leaving = signals->is_leaving;
    pthread_mutex_unlock(&signals->lock);
    return !is_leaving;
}
