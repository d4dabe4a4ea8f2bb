#include "check.h"

#include <stdarg.h>
#include <stdio.h>

static struct {
    unsigned passed;
    unsigned failed;
    struct buffer complaint;
} state;

bool expect(bool is_right, const char *format, ...)
{
    if (is_right || state.complaint.length > 0) return is_right;
    va_list arguments;
    va_start(arguments, format);
    buffer_vformat(&state.complaint, format, arguments);
    va_end(arguments);
    return false;
}

void run_test(const char *name, const char *known, void (*test)(const void *context), const void *context)
{
    buffer_clear(&state.complaint);
    test(context);
    bool has_failed = state.complaint.length > 0;
    if (known != NULL && !has_failed) {
        buffer_string(&state.complaint, "it passes: take it out of known-failing.json");
        has_failed = true;
    } else if (known != NULL) {
        has_failed = false;
    }
    *(has_failed ? &state.failed : &state.passed) += 1;
    if (has_failed) printf("FAILED: %s\n  %s\n", name, state.complaint.data);
}

int tell_counts(void)
{
    buffer_free(&state.complaint);
    printf("c: %u passed, %u failed\n", state.passed, state.failed);
    return state.failed > 0 || state.passed == 0 ? 1 : 0;
}
