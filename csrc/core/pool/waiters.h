/*
 * waiters: the claims on a connection that a full pool cannot meet yet, first come, first
 * served.
 *
 * A claim lives on the stack of the thread that makes it. Whoever frees a place hands it over to
 * the first claim that can use it, and wakes no other thread. The functions want the client's lock
 * to be held.
 */
#ifndef RC_POOL_QUEUE_H
#define RC_POOL_QUEUE_H

#include "core/base/fork_lock.h"
#include "core/net/connection.h"

typedef struct rc_claim {
    struct rc_node *node;
    bool readonly;
    rc_connection *idle;  /* what it got; NULL: a new one may be opened ... */
    rc_connection *stale; /* ... as soon as these are closed, by who made the claim */
    pthread_t thread;     /* that waits */
    bool served;          /* while it waited */
    unsigned generation;  /* in which it began to wait */
    pthread_cond_t woken; /* made and ended with the wait */
    struct rc_claim *next;
} rc_claim;

typedef struct rc_pool_queue {
    rc_claim *first;
    unsigned generation; /* a forked child has none of its parent's threads */
} rc_pool_queue;

/*
 * rc_pool_queue_join fails without resources only. Each success needs one rc_pool_queue_leave, also
 * of a claim that was served.
 */
rc_status rc_pool_queue_join(rc_pool_queue *queue, rc_claim *claim);
void rc_pool_queue_leave(rc_pool_queue *queue, rc_claim *claim);

/* rc_pool_queue_first begins a walk along `next`; NULL: nobody of this process waits. */
rc_claim *rc_pool_queue_first(const rc_pool_queue *queue);

/*
 * rc_pool_queue_suspended: the thread has made another claim since, in a signal handler that came
 * while it waited; it can use this one when that is through.
 */
bool rc_pool_queue_suspended(const rc_claim *claim);

/* rc_pool_queue_serve takes a claim out, its place reserved, and wakes its thread. */
void rc_pool_queue_serve(rc_pool_queue *queue, rc_claim *claim);

#endif
