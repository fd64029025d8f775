/* test_clock: deadlines end when they should, at the edges too, and back-offs stay in their bounds.
 */
#include "check.h"

#include "core/base/clock.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

static void now_is_monotonic_milliseconds(void)
{
    rc_msec before = rc_now();
    nanosleep(&(struct timespec){.tv_nsec = 30 * 1000000}, NULL);
    rc_msec after = rc_now();
    CHECK(after - before >= 29);
    CHECK(after - before < 10000);
}

static void deadline_is_now_and_timeout(void)
{
    rc_msec now = rc_now();
    rc_msec deadline = rc_deadline(500);
    CHECK(deadline >= now + 500 && deadline <= rc_now() + 500);
    CHECK(rc_deadline(0) <= rc_now());
    CHECK(rc_deadline(-1) == RC_NEVER);
    CHECK(rc_deadline(INT64_MIN) == RC_NEVER);
}

/* A timeout of ages must not wrap round to one that is over. */
static void huge_timeouts_do_not_wrap(void)
{
    CHECK(rc_deadline(INT64_MAX) > rc_now());
    CHECK(rc_deadline(INT64_MAX - 1) > rc_now());
    CHECK(rc_until(rc_deadline(INT64_MAX - 1)) != 0);
}

static void until_is_what_poll_wants(void)
{
    CHECK_INT(rc_until(RC_NEVER), -1);
    CHECK_INT(rc_until(rc_now() - 1), 0);
    CHECK_INT(rc_until(rc_now()), 0);
    CHECK_INT(rc_until(0), 0);
    CHECK_INT(rc_until(rc_now() + (rc_msec)INT_MAX + 100000), INT_MAX);
    int left = rc_until(rc_now() + 1000);
    CHECK(left > 0 && left <= 1000);
}

static void random_stays_below_its_bound(void)
{
    unsigned seen[5] = {0};
    for (int i = 0; i < 5000; i++) {
        uint32_t number = rc_random(5);
        CHECK(number < 5);
        seen[number]++;
    }
    for (int i = 0; i < 5; i++) {
        CHECK(seen[i] > 500); /* each about a thousand times */
    }
    CHECK_INT(rc_random(1), 0);
}

enum { DRAWN = 16 };

static void *draw(void *numbers)
{
    for (int i = 0; i < DRAWN; i++) {
        ((uint32_t *)numbers)[i] = rc_random(UINT32_MAX);
    }
    return NULL;
}

/* Clients that are refused in the same moment must not wait the same time. */
static void threads_draw_different_numbers(void)
{
    uint32_t numbers[2][DRAWN];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, draw, numbers[i]) == 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(memcmp(numbers[0], numbers[1], sizeof numbers[0]) != 0);
}

static void backoff_doubles_up_to_its_limit(void)
{
    rc_msec expected = 10;
    for (int attempt = 0; attempt < 70; attempt++) {
        rc_msec lowest = INT64_MAX;
        rc_msec highest = 0;
        for (int i = 0; i < 200; i++) {
            rc_msec delay = rc_backoff(attempt, 10, 500);
            CHECK(delay >= expected / 2 && delay <= expected);
            lowest = delay < lowest ? delay : lowest;
            highest = delay > highest ? delay : highest;
        }
        CHECK(lowest < highest);
        expected = expected * 2 < 500 ? expected * 2 : 500;
    }
    CHECK_INT(rc_backoff(5, 0, 500), 0);
    CHECK(rc_backoff(0, 1000, 100) <= 100);
}

/* Limits that no one means seriously must still give a number. */
static void backoff_bears_huge_limits(void)
{
    CHECK(rc_backoff(0, INT64_C(0x1fffffffe), INT64_C(0x1fffffffe)) >= INT64_C(0xffffffff));
    CHECK(rc_backoff(100, 10, INT64_MAX) > 0);
}

int main(void)
{
    RUN(now_is_monotonic_milliseconds);
    RUN(deadline_is_now_and_timeout);
    RUN(huge_timeouts_do_not_wrap);
    RUN(until_is_what_poll_wants);
    RUN(random_stays_below_its_bound);
    RUN(threads_draw_different_numbers);
    RUN(backoff_doubles_up_to_its_limit);
    RUN(backoff_bears_huge_limits);
    return 0;
}
