/*
 * wait: poll(2), sleeping, and waiting for another thread, each for a call that a signal may end.
 *
 * All of the core waits here, except that a call with a single node left to read from waits in
 * recv(2) (transport.h). A wait that EINTR ends asks at once whether the call is to end; a long
 * wait asks every quarter of a second; a short one costs one poll(2). A signal does not end a wait
 * for another thread, so that asks forty times a second.
 */
#ifndef RC_WAIT_H
#define RC_WAIT_H

#include "core/base/fork_lock.h"
#include "core/net/call.h"

#include <poll.h>

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

#endif
