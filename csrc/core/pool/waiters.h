/*
 * waiters: threads that wait for a connection while the pool is full, first come, first served.
 *
 * A waiter lives on the stack of its thread. Whoever frees a place hands it over to the first
 * waiter that can use it, and wakes no other thread. The caller of each function holds the client's
 * lock.
 */
#ifndef RC_WAITERS_H
#define RC_WAITERS_H

#include "core/base/fork_lock.h"
#include "core/net/connection.h"

typedef struct rc_waiter {
    struct rc_node *node;
    bool readonly;
    rc_connection *idle;  /* what it got; NULL: it opens a new one when `stale` is closed */
    rc_connection *stale; /* connections that its own thread has to close */
    pthread_t thread;
    bool served;          /* it was given a place while it waited */
    unsigned generation;  /* in which it began to wait */
    pthread_cond_t woken; /* made and ended with the wait */
    struct rc_waiter *next;
} rc_waiter;

typedef struct rc_waiters {
    rc_waiter *first;
    unsigned generation; /* a forked child has none of its parent's threads */
} rc_waiters;

/*
 * rc_waiters_join puts a waiter at the end. RC_NOMEM: it is not in the queue. Each success needs
 * one rc_waiters_leave, also of a waiter that was served.
 */
rc_status rc_waiters_join(rc_waiters *queue, rc_waiter *waiter);

/* rc_waiters_leave takes a waiter out, if it is in, and frees what rc_waiters_join has made. */
void rc_waiters_leave(rc_waiters *queue, rc_waiter *waiter);

/* rc_waiters_first begins a walk along `next`; NULL: nobody of this process waits. */
rc_waiter *rc_waiters_first(const rc_waiters *queue);

/*
 * rc_waiters_suspended: the waiter's thread waits a second time, in a signal handler that came
 * while it waited. It can use no place for this waiter until the handler has returned.
 */
bool rc_waiters_suspended(const rc_waiter *waiter);

/* rc_waiters_serve takes a waiter out, its place reserved, and wakes its thread. */
void rc_waiters_serve(rc_waiters *queue, rc_waiter *waiter);

#endif
