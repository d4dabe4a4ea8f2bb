/* Tests: each has a name, and fails at the first thing that is not as expected. */
#ifndef TESA_CHECK_H
#define TESA_CHECK_H

#include "buffer.h"

/* Runs a test and counts it. `known`: why it is known to fail, or NULL; such a one has to fail. */
void run_test(const char *name, const char *known, void (*test)(const void *context), const void *context);
/* The test goes on, so that it frees what it has; only the first complaint is told. */
bool expect(bool is_right, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints the counts; gives the exit code. */
int tell_counts(void);

/* Each file's tests. */
void test_vectors(const char *folder, const char *known_failing_path);
void test_decoding(void);
void test_mqtt(void);
void test_log(void);
void test_rate(void);
void test_texts(void);
void test_webhook(void);

#endif
