/*
 * fork_lock: the lock of one client or session, which a fork never leaves in the wrong hands.
 *
 * All state that a client's threads share is behind one mutex that is held for moments and never
 * across I/O that may block. Every lock is registered, and a fork takes all of them first: the
 * child gets consistent state and free locks. rc_fork_generation tells the child's calls from the
 * parent's, so that sockets and waits of before the fork are known for what they are.
 */
#ifndef RC_FORK_LOCK_H
#define RC_FORK_LOCK_H

#include "core/base/clock.h"
#include "core/base/error.h"

#include <pthread.h>

typedef struct rc_fork_lock {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* somebody may find what it waited for */
    struct rc_fork_lock *previous;
    struct rc_fork_lock *next;
} rc_fork_lock;

/*
 * rc_fork_lock_init makes a lock and registers it, so that every fork takes it first. The lock must
 * stay where it is. On failure there is nothing to destroy.
 */
rc_status rc_fork_lock_init(rc_fork_lock *lock);

/* rc_fork_lock_destroy takes it out of the register; nobody may hold it or wait for it. */
void rc_fork_lock_destroy(rc_fork_lock *lock);

/* rc_fork_lock_acquire blocks until the lock is free. A thread must not acquire it twice. */
void rc_fork_lock_acquire(rc_fork_lock *lock);

/* rc_fork_lock_release is for the thread that has acquired it. */
void rc_fork_lock_release(rc_fork_lock *lock);

/* rc_fork_lock_broadcast wakes all who wait for lock->changed. */
void rc_fork_lock_broadcast(rc_fork_lock *lock);

/*
 * rc_fork_lock_wait_on gives the lock up until the condition is signalled or until the deadline;
 * then it has it again. The condition is lock->changed or, for who must not be woken by whatever
 * changes, one of the caller's own that rc_condition_init has made.
 */
void rc_fork_lock_wait_on(rc_fork_lock *lock, pthread_cond_t *condition, rc_msec deadline);

/* rc_condition_init makes a condition whose deadlines are those of rc_now: 0, or an errno. */
int rc_condition_init(pthread_cond_t *condition);

/* rc_fork_generation is how many forks lie between the first process and this one. */
unsigned rc_fork_generation(void);

#endif
