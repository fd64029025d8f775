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

/* check_run calls the test; it ends the program when the test takes more than a minute. */
void check_run(const char *name, void (*test)(void));

/* check_failed writes place and message to stderr and ends the program. */
void check_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));

/* check_int ends the program unless both numbers are equal. */
void check_int(const char *file, int line, const char *what, long long actual, long long expected);

/* check_text ends the program unless both texts are equal; NULL equals no text. */
void check_text(const char *file, int line, const char *what, const char *actual,
                const char *expected);

/* check_has ends the program unless the text contains the part. */
void check_has(const char *file, int line, const char *what, const char *text, const char *part);

/* check_status ends the program unless both are the same; it writes their texts. */
void check_status(const char *file, int line, const char *what, rc_status actual,
                  rc_status expected);

/*
 * check_run_failing calls the test with the first allocation behind its fail_begin failing, then
 * with the second, and so on until none fails. Each time all blocks must have been freed at its
 * end.
 */
void check_run_failing(const char *name, void (*test)(void));

/* fail_begin counts allocations from here on, and makes the one that is due fail. */
void fail_begin(void);

/* fail_end lets all further allocations pass, and says whether one has failed. */
bool fail_end(void);

/* in_child runs the function in a forked process, waits for it, and demands that it returns. */
void in_child(void (*function)(void *context), void *context);

#endif
