/*
 * wait: where the core sleeps, but for the one read of a call that has a single node left to hear.
 *
 * Whoever waits brings the call it waits for: its deadline, and the question to the layer above
 * whether a signal wants the call to end. EINTR reaches that question at once, and a long call asks
 * every quarter of a second; a short wait costs one poll(2) and no question. A signal does not end
 * a wait for another thread, nor work, so these ask forty times a second.
 */
#ifndef RC_WAIT_H
#define RC_WAIT_H

#include "core/base/fork_lock.h"

#include <poll.h>
#include <stdbool.h>

typedef struct rc_call {
    rc_msec deadline;                   /* of the whole call; RC_NEVER */
    bool (*interrupted)(void *context); /* true ends the call; NULL: nothing does */
    /*
     * What the layer above makes of an address that a server named: it writes the host, shorter
     * than RC_HOST_MAX, and the port in place. False: it cannot, and the call is to end. NULL: it
     * has no say.
     */
    bool (*map_address)(void *context, char *host, int *port);
    void *context;
    rc_msec asked; /* when `interrupted` was asked last; 0 before the first wait */
    bool busy;     /* what the call does just now is work, for which it hardly waits */
} rc_call;

/*
 * rc_wait returns RC_OK when something happened on a socket or the time has come, RC_INTERRUPTED
 * when the call is to end, and RC_CONNECT when the sockets cannot be waited for. It looks at
 * `until` only, not at call->deadline.
 */
rc_status rc_wait(rc_call *call, struct pollfd *sockets, size_t count, rc_msec until);

/* rc_wait_sleep is rc_wait on no socket: it returns RC_OK at `until`, not before. */
rc_status rc_wait_sleep(rc_call *call, rc_msec until);

/*
 * rc_wait_changed waits for another thread, with the lock held: until the condition is signalled,
 * the time has come or, in any case, for a moment, so the caller looks again at what it waits for.
 * The lock is given up meanwhile, and for the question, which may take Python's lock.
 */
rc_status rc_wait_changed(rc_call *call, rc_fork_lock *lock, pthread_cond_t *condition,
                          rc_msec until);

/*
 * rc_call_interrupted asks at once. A call in whose signal handler the process was forked is over
 * in the child: the sockets are the parent's.
 */
rc_status rc_call_interrupted(rc_call *call);

/*
 * rc_call_continue is for loops of work whose length a peer decides: it asks if the call was
 * disturbed (by a signal, perhaps), or if nobody has asked for 25 milliseconds. RC_OK, or
 * RC_INTERRUPTED.
 */
rc_status rc_call_continue(rc_call *call, bool disturbed);

/* rc_call_waited is the same after a wait: a quarter of a second, unless the call is busy. */
rc_status rc_call_waited(rc_call *call, bool disturbed);

/* rc_sooner is the earlier of two deadlines. */
static inline rc_msec rc_sooner(rc_msec one, rc_msec other)
{
    return one < other ? one : other;
}

#endif
