#include "core/base/clock.h"

#include <limits.h>
#include <time.h>

rc_msec rc_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (rc_msec)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t rc_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

rc_msec rc_deadline(rc_msec timeout)
{
    if (timeout < 0) {
        return RC_NEVER; /* no look at the clock: this runs with every read and write */
    }
    rc_msec now = rc_now();
    return timeout > RC_NEVER - now ? RC_NEVER : now + timeout;
}

int rc_until(rc_msec deadline)
{
    if (deadline == RC_NEVER) {
        return -1;
    }
    rc_msec left = deadline - rc_now();
    if (left <= 0) {
        return 0;
    }
    return left > INT_MAX ? INT_MAX : (int)left;
}

static uint64_t seed(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t mixed = (uint64_t)now.tv_nsec ^ ((uint64_t)now.tv_sec << 32);
    return mixed | 1; /* xorshift never leaves zero */
}

static _Thread_local uint64_t state;

void rc_random_restart(void)
{
    state = 0;
}

uint32_t rc_random(uint32_t bound)
{
    if (state == 0) {
        /* The address of a thread-local differs between threads started in the same tick. */
        state = seed() ^ (uint64_t)(uintptr_t)&state;
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) % bound);
}

rc_msec rc_backoff(int attempt, rc_msec first, rc_msec most)
{
    rc_msec delay = first;
    for (int i = 0; i < attempt && delay < most; i++) {
        delay = delay > most / 2 ? most : delay * 2;
    }
    if (delay > most) {
        delay = most;
    }
    rc_msec jitter = delay / 2 < INT_MAX ? delay / 2 : INT_MAX;
    return delay / 2 + (rc_msec)rc_random((uint32_t)jitter + 1);
}
