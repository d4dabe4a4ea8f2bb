#include "worker.h"

#include <pthread.h>
#include <stdlib.h>

#include "memory.h"

struct worker {
    struct log *log;
    struct output *output;
    void (*wake)(void *context);
    void *context;
    pthread_t thread;
    pthread_mutex_t log_lock;
    /* Of what follows. */
    pthread_mutex_t lock;
    pthread_cond_t submitted;
    bool is_stopped;
    /* From worker_submit() until the last news about it is taken. */
    bool is_busy;
    bool has_work;
    bool is_stored;
    bool has_log_failed;
    bool is_done;
    enum output_result result;
    struct failure failure;
    struct batch batch;
};

static void tell(struct worker *worker, bool *news)
{
    pthread_mutex_lock(&worker->lock);
    *news = true;
    pthread_mutex_unlock(&worker->lock);
    worker->wake(worker->context);
}

static void work(struct worker *worker)
{
    bool is_durable = log_is_durable(worker->log);
    pthread_mutex_lock(&worker->log_lock);
    bool is_stored = log_append(worker->log, &worker->batch, &worker->failure);
    pthread_mutex_unlock(&worker->log_lock);
    if (!is_stored) {
        tell(worker, &worker->has_log_failed);
        return;
    }
    /* Without a log that lasts, what was written is what was dealt with. */
    if (is_durable) tell(worker, &worker->is_stored);
    worker->result = output_write(worker->output, &worker->batch, &worker->failure);
    if (!is_durable && worker->result != OUTPUT_FAILED) tell(worker, &worker->is_stored);
    tell(worker, &worker->is_done);
}

static void *run(void *context)
{
    struct worker *worker = context;
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (!worker->has_work && !worker->is_stopped) pthread_cond_wait(&worker->submitted, &worker->lock);
        if (worker->is_stopped) break;
        worker->has_work = false;
        pthread_mutex_unlock(&worker->lock);
        work(worker);
        pthread_mutex_lock(&worker->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

struct worker *worker_start(struct log *log, struct output *output, void (*wake)(void *context), void *context)
{
    struct worker *worker = must_allocate(sizeof *worker);
    worker->log = log;
    worker->output = output;
    worker->wake = wake;
    worker->context = context;
    pthread_mutex_init(&worker->log_lock, NULL);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->submitted, NULL);
    if (pthread_create(&worker->thread, NULL, run, worker) == 0) return worker;
    free(worker);
    return NULL;
}

bool worker_stop(struct worker *worker)
{
    if (!worker_is_free(worker)) return false;
    pthread_mutex_lock(&worker->lock);
    worker->is_stopped = true;
    pthread_cond_signal(&worker->submitted);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->submitted);
    pthread_mutex_destroy(&worker->lock);
    pthread_mutex_destroy(&worker->log_lock);
    batch_free(&worker->batch);
    failure_free(&worker->failure);
    free(worker);
    return true;
}

bool worker_is_free(const struct worker *worker)
{
    return !worker->is_busy;
}

void worker_submit(struct worker *worker, struct batch *batch)
{
    pthread_mutex_lock(&worker->lock);
    batch_move(&worker->batch, batch);
    worker->is_busy = true;
    worker->has_work = true;
    pthread_cond_signal(&worker->submitted);
    pthread_mutex_unlock(&worker->lock);
}

static bool take(bool *news)
{
    bool is_new = *news;
    *news = false;
    return is_new;
}

enum worker_news worker_news(struct worker *worker, enum output_result *result, struct failure *failure)
{
    enum worker_news news = WORKER_NOTHING;
    pthread_mutex_lock(&worker->lock);
    if (take(&worker->is_stored)) {
        news = WORKER_STORED;
    } else if (take(&worker->has_log_failed)) {
        news = WORKER_LOG_FAILED;
    } else if (take(&worker->is_done)) {
        news = WORKER_DONE;
        *result = worker->result;
    }
    if (news == WORKER_LOG_FAILED || news == WORKER_DONE) {
        worker->is_busy = false;
        if (worker->failure.code != FAILURE_NONE)
            failure_set(failure, worker->failure.code, "%s", failure_words(&worker->failure));
        failure_free(&worker->failure);
    }
    pthread_mutex_unlock(&worker->lock);
    return news;
}

struct batch *worker_batch(struct worker *worker)
{
    return &worker->batch;
}

struct log *worker_borrow_log(struct worker *worker)
{
    pthread_mutex_lock(&worker->log_lock);
    return worker->log;
}

void worker_return_log(struct worker *worker)
{
    pthread_mutex_unlock(&worker->log_lock);
}
