#include "core/net/wait.h"

#include <errno.h>

/*
 * A signal that comes just before poll(2) begins, or to another thread, does not end it; so a call
 * asks every so many milliseconds. One that is busy asks more often, as no signal disturbs it; the
 * others do not, as the question takes Python's lock, which may be with another thread.
 */
enum { ASK_EVERY = 250, ASK_EVERY_BUSY = 25 };

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

/* ask_each asks when it has not been done for so many milliseconds. */
static rc_status ask_each(rc_call *call, rc_msec interval)
{
    if (call->interrupted == NULL) {
        return RC_OK;
    }
    rc_msec now = rc_now();
    if (call->asked == 0) {
        call->asked = now;
    }
    return now - call->asked >= interval ? rc_call_interrupted(call) : RC_OK;
}

rc_status rc_call_continue(rc_call *call, bool disturbed)
{
    return disturbed ? rc_call_interrupted(call) : ask_each(call, ASK_EVERY_BUSY);
}

rc_status rc_call_waited(rc_call *call, bool disturbed)
{
    return disturbed ? rc_call_interrupted(call)
                     : ask_each(call, call->busy ? ASK_EVERY_BUSY : ASK_EVERY);
}

rc_status rc_wait(rc_call *call, struct pollfd *sockets, size_t count, rc_msec until)
{
    int timeout = rc_until(until);
    if (call->interrupted != NULL && (timeout < 0 || timeout > ASK_EVERY)) {
        timeout = ASK_EVERY;
    }
    int ready = poll(sockets, (nfds_t)count, timeout);
    for (size_t i = 0; i < count && ready < 0; i++) {
        sockets[i].revents = 0; /* poll(2) leaves them undefined when it fails */
    }
    if (ready < 0 && errno != EINTR && errno != EAGAIN) {
        return RC_CONNECT; /* more sockets than the process may have: to try again would spin */
    }
    return rc_call_waited(call, ready < 0);
}

rc_status rc_wait_changed(rc_call *call, rc_fork_lock *lock, pthread_cond_t *condition,
                          rc_msec until)
{
    if (call->asked == 0) {
        call->asked = rc_now();
    }
    rc_fork_lock_wait_on(lock, condition, rc_sooner(rc_deadline(ASK_EVERY_BUSY), until));
    if (rc_now() - call->asked < ASK_EVERY_BUSY) {
        return RC_OK;
    }
    rc_fork_lock_release(lock);
    rc_status status = rc_call_interrupted(call);
    rc_fork_lock_acquire(lock);
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
