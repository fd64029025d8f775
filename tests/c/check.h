/*
 * check: what the C tests are written in.
 *
 * A test is a function that CHECKs what it promises; RUN calls it and says which one it was when it
 * hangs. The first CHECK that does not hold ends the program with its place and both values. The
 * failures of allocations are played from here too: in a build without RC_TESTING none fails.
 */
#ifndef CHECK_H
#define CHECK_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define RUN(test) check_run(#test, test)
#define FAIL_EACH(test) check_run_failing(#test, test)

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_failed(__FILE__, __LINE__, "not true: %s", #condition);                          \
        }                                                                                          \
    } while (0)

#define CHECK_INT(actual, expected)                                                                \
    check_int(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, actual, expected)
#define CHECK_HAS(text, part) check_has(__FILE__, __LINE__, #text, text, part)
#define CHECK_STATUS(actual, expected) check_status(__FILE__, __LINE__, #actual, actual, expected)

void check_run(const char *name, void (*test)(void));
void check_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
void check_int(const char *file, int line, const char *what, long long actual, long long expected);
void check_text(const char *file, int line, const char *what, const char *actual,
                const char *expected);
void check_has(const char *file, int line, const char *what, const char *text, const char *part);
void check_status(const char *file, int line, const char *what, rc_status actual,
                  rc_status expected);

/*
 * FAIL_EACH calls the test with the first allocation behind its fail_begin failing, then with the
 * second, and so on until none fails; each time all blocks must have been freed at its end.
 * fail_end says whether one failed, and lets all others pass.
 */
void check_run_failing(const char *name, void (*test)(void));
void fail_begin(void);
bool fail_end(void);

/* in_child runs the function in a forked process and demands that it comes to its end. */
void in_child(void (*function)(void *context), void *context);

#endif
