#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "console.h"
#include "memory.h"
#include "ndjson.h"

/* A batch is written in pieces of about this size, so that 1,000 messages of 10 MB need no 10 GB at once. */
#define PIECE_BYTES (1024 * 1024)
#define USUAL_COLUMNS 120

struct output {
    bool is_json;
    size_t columns;
    /* 0: all. */
    uint64_t wanted;
    atomic_uint_least64_t written;
    struct buffer piece;
    struct ndjson *ndjson;
};

static size_t columns_of_terminal(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}

struct output *output_create(bool wants_json, uint64_t count)
{
    struct output *output = must_allocate(sizeof *output);
    output->is_json = wants_json || isatty(STDOUT_FILENO) == 0;
    output->wanted = count;
    output->ndjson = ndjson_create(&output->piece);
    return output;
}

void output_destroy(struct output *output)
{
    if (output == NULL) return;
    ndjson_destroy(output->ndjson);
    buffer_free(&output->piece);
    free(output);
}

static enum output_result flush(struct output *output, struct failure *failure)
{
    struct text rest = buffer_text(&output->piece);
    while (rest.length > 0) {
        ssize_t written = write(STDOUT_FILENO, rest.data, rest.length);
        if (written >= 0) {
            rest = text_after(rest, (size_t)written);
        } else if (errno == EPIPE) {
            return OUTPUT_END;
        } else if (errno == EAGAIN) {
            /* Whoever gave it to us wanted it so. */
            struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };
            poll(&room, 1, -1);
        } else if (errno != EINTR) {
            failure_set(failure, FAILURE_OUTPUT, "Standard output cannot be written: %s.", strerror(errno));
            return OUTPUT_FAILED;
        }
    }
    buffer_clear(&output->piece);
    return OUTPUT_ALL;
}

static void add_line(struct output *output, const struct arrival *arrival)
{
    struct telemetry message;
    decode(arrival, &message);
    if (output->is_json)
        ndjson_write(output->ndjson, &message);
    else
        console_write(&output->piece, &message, output->columns);
    telemetry_free(&message);
}

static bool has_enough(const struct output *output)
{
    return output->wanted > 0 && output->written >= output->wanted;
}

enum output_result output_write(struct output *output, const struct batch *batch, struct failure *failure)
{
    /* The window may have got another size. */
    output->columns = output->is_json ? 0 : columns_of_terminal();
    for (size_t index = 0; index < batch->count && !has_enough(output); index += 1) {
        if (batch->items[index].seq == 0) continue;
        add_line(output, &batch->items[index]);
        output->written += 1;
        if (output->piece.length < PIECE_BYTES) continue;
        enum output_result result = flush(output, failure);
        if (result != OUTPUT_ALL) return result;
    }
    enum output_result result = flush(output, failure);
    return result == OUTPUT_ALL && has_enough(output) ? OUTPUT_END : result;
}

uint64_t output_written(const struct output *output)
{
    return output->written;
}
