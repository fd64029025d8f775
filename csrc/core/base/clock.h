/*
 * clock: monotonic milliseconds, deadlines and the randomness of back-offs.
 *
 * A deadline is computed once and compared after every wait, so that a call that is woken often
 * still ends when it should. No state but one seed per thread; nothing blocks.
 */
#ifndef RC_CLOCK_H
#define RC_CLOCK_H

#include <stdint.h>

typedef int64_t rc_msec;

#define RC_NEVER INT64_MAX

/* rc_now is a monotonic clock in milliseconds; its zero means nothing. */
rc_msec rc_now(void);

/* rc_now_us is the same clock in microseconds, for what is measured. */
int64_t rc_now_us(void);

/* rc_deadline is now + timeout; a timeout below zero means RC_NEVER. */
rc_msec rc_deadline(rc_msec timeout);

/* rc_until is the time left for poll(2): 0 when the deadline has passed, -1 for RC_NEVER. */
int rc_until(rc_msec deadline);

/* rc_sooner is the earlier of two deadlines. */
static inline rc_msec rc_sooner(rc_msec one, rc_msec other)
{
    return one < other ? one : other;
}

/* rc_random is a number in [0, bound) from a per-thread xorshift generator; bound must not be 0. */
uint32_t rc_random(uint32_t bound);

/* rc_random_restart makes the calling thread begin anew: a forked child must not do as its parent.
 */
void rc_random_restart(void);

/*
 * rc_backoff is a wait that starts at `first` and doubles with each attempt (from 0) up to `most`.
 * Half of it is jitter, so that clients refused together do not come back together.
 */
rc_msec rc_backoff(int attempt, rc_msec first, rc_msec most);

#endif
