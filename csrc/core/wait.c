#include "wait.h"


/*
 * A signal that comes just before poll(2) begins, or to another thread, does not end it: so a long
 * wait asks now and then.
 */
enum { ASK_EVERY = 250 };

rc_status rc_wait(const rc_call *call, struct pollfd *sockets, size_t count, rc_msec until)
{
    int timeout = rc_until(until);
    bool ask = call->interrupted != NULL;
    if (ask && (timeout < 0 || timeout > ASK_EVERY)) {
        timeout = ASK_EVERY;
    }
    int ready = poll(sockets, (nfds_t)count, timeout);
    if (ready > 0) {
        return RC_OK;
    }
    for (size_t i = 0; i < count; i++) {
        sockets[i].revents = 0; /* poll(2) leaves them undefined when it fails */
    }
    bool timed_out = ready == 0 && timeout < ASK_EVERY;
    return ask && !timed_out && call->interrupted(call->context) ? RC_INTERRUPTED : RC_OK;
}

rc_status rc_wait_sleep(const rc_call *call, rc_msec until)
{
    while (rc_until(until) != 0) {
        if (rc_wait(call, NULL, 0, until) != RC_OK) {
            return RC_INTERRUPTED;
        }
    }
    return RC_OK;
}
