#include "core/net/wait.h"

#include <errno.h>

rc_status rc_wait(rc_call *call, struct pollfd *sockets, size_t count, rc_msec until)
{
    int timeout = rc_until(until);
    if (call->interrupted != NULL && (timeout < 0 || timeout > RC_CALL_ASK_WAITING)) {
        timeout = RC_CALL_ASK_WAITING;
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
    rc_fork_lock_wait_on(lock, condition, rc_sooner(rc_deadline(RC_CALL_ASK_BUSY), until));
    if (rc_now() - call->asked < RC_CALL_ASK_BUSY) {
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
