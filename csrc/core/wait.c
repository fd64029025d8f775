#include "wait.h"

#include <errno.h>

/*
 * A signal that comes just before poll(2) begins, or to another thread, does not end it; so a wait
 * is no longer than WAIT_MOST milliseconds. A signal does not disturb a call that is busy at all:
 * it asks at its next wait, or between the parts of its work, when ASK_EVERY is over.
 */
enum { WAIT_MOST = 250, ASK_EVERY = 40, ASK_EVERY_BLOCKED = 25 };

rc_status rc_call_interrupted(rc_call *call)
{
    unsigned generation = rc_fork_generation();
    if (call->interrupted == NULL) {
        return RC_OK;
    }
    bool ends = call->interrupted(call->context);
    call->asked = rc_now();
    return ends || generation != rc_fork_generation() ? RC_INTERRUPTED : RC_OK;
}

rc_status rc_call_continue(rc_call *call, bool disturbed)
{
    if (call->interrupted == NULL) {
        return RC_OK;
    }
    rc_msec now = rc_now();
    if (call->asked == 0) {
        call->asked = now;
    }
    return disturbed || now - call->asked >= ASK_EVERY ? rc_call_interrupted(call) : RC_OK;
}

rc_status rc_wait(rc_call *call, struct pollfd *sockets, size_t count, rc_msec until)
{
    int timeout = rc_until(until);
    if (call->interrupted != NULL && (timeout < 0 || timeout > WAIT_MOST)) {
        timeout = WAIT_MOST;
    }
    int ready = poll(sockets, (nfds_t)count, timeout);
    for (size_t i = 0; i < count && ready < 0; i++) {
        sockets[i].revents = 0; /* poll(2) leaves them undefined when it fails */
    }
    if (ready < 0 && errno != EINTR && errno != EAGAIN) {
        return RC_CONNECT; /* more sockets than the process may have: to try again would spin */
    }
    return rc_call_continue(call, ready < 0);
}

rc_status rc_wait_changed(rc_call *call, rc_guard *guard, pthread_cond_t *condition, rc_msec until)
{
    if (call->asked == 0) {
        call->asked = rc_now();
    }
    rc_guard_wait_on(guard, condition, rc_sooner(rc_deadline(ASK_EVERY_BLOCKED), until));
    if (rc_now() - call->asked < ASK_EVERY_BLOCKED) {
        return RC_OK;
    }
    rc_guard_unlock(guard);
    rc_status status = rc_call_interrupted(call);
    rc_guard_lock(guard);
    return status;
}

rc_status rc_wait_sleep(rc_call *call, rc_msec until)
{
    while (rc_until(until) != 0) {
        if (rc_wait(call, NULL, 0, until) != RC_OK) {
            return RC_INTERRUPTED;
        }
    }
    return RC_OK;
}
