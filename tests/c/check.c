#include "check.h"

#include "core/base/buffer.h"
#include "core/base/clock.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_SECONDS = 60, CHILD_SECONDS = 20, MOST_ALLOCATIONS = 5000 };
enum { PATIENCE = 5000 }; /* milliseconds for what ends in a thread of its own */

static const char *running = "";

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        _exit(2);
    }
}

static void out_of_time(int signal_number)
{
    (void)signal_number;
    say(running);
    say(": no end in sight\n");
    _exit(1);
}

static void begin(const char *name)
{
    running = name;
    signal(SIGALRM, out_of_time);
    alarm(TEST_SECONDS);
}

void check_run(const char *name, void (*test)(void))
{
    begin(name);
    test();
    alarm(0);
}

void check_failed(const char *file, int line, const char *format, ...)
{
    fprintf(stderr, "%s:%d: %s: ", file, line, running);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    _exit(1); /* threads of the test may be at work: nothing is torn down under them */
}

void check_int(const char *file, int line, const char *what, long long actual, long long expected)
{
    if (actual != expected) {
        check_failed(file, line, "%s is %lld, not %lld", what, actual, expected);
    }
}

void check_text(const char *file, int line, const char *what, const char *actual,
                const char *expected)
{
    if (strcmp(actual, expected) != 0) {
        check_failed(file, line, "%s is\n  \"%s\", not\n  \"%s\"", what, actual, expected);
    }
}

void check_has(const char *file, int line, const char *what, const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        check_failed(file, line, "%s is\n  \"%s\", without\n  \"%s\"", what, text, part);
    }
}

void check_status(const char *file, int line, const char *what, rc_status actual,
                  rc_status expected)
{
    if (actual != expected) {
        check_failed(file, line, "%s is \"%s\", not \"%s\"", what, rc_status_text(actual),
                     rc_status_text(expected));
    }
}

/* ---- failing allocations ---- */

#ifdef RC_TESTING

static size_t failing; /* which allocation behind fail_begin; 0: none */
static bool has_failed;

void fail_begin(void)
{
    rc_test_fail_at(failing);
}

bool fail_end(void)
{
    has_failed = rc_test_failed();
    rc_test_fail_at(0);
    return has_failed;
}

/*
 * left_over is how many blocks are left of what a test has taken. A resolver's thread that the test
 * did not wait for has one, and frees it as soon as it gets to run.
 */
static size_t left_over(size_t live)
{
    rc_msec limit = rc_now() + PATIENCE;
    while (rc_test_live() > live && rc_now() < limit) {
        usleep(1000);
    }
    return rc_test_live() > live ? rc_test_live() - live : 0;
}

static void fail_each(void (*test)(void))
{
    for (failing = 1; failing < MOST_ALLOCATIONS; failing++) {
        size_t live = rc_test_live();
        test();
        size_t left = left_over(live);
        if (left > 0) {
            check_failed(__FILE__, __LINE__, "allocation %zu failed, and %zu blocks are left",
                         failing, left);
        }
        if (!has_failed) {
            break;
        }
    }
    CHECK(failing > 1); /* a test that allocates nothing proves nothing */
    CHECK(failing < MOST_ALLOCATIONS);
    failing = 0;
}

#else

void fail_begin(void)
{
}

bool fail_end(void)
{
    return false;
}

static void fail_each(void (*test)(void))
{
    test();
}

#endif

void check_run_failing(const char *name, void (*test)(void))
{
    begin(name);
    fail_each(test);
    alarm(0);
}

/* ---- processes ---- */

void in_child(void (*function)(void *context), void *context)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        function(context);
        _exit(0);
    }
    int status = 0;
    CHECK_INT(waitpid(child, &status, 0), child);
    if (status != 0) {
        check_failed(__FILE__, __LINE__, "the child ended with status %d", status);
    }
}
