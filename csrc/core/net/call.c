#include "core/net/call.h"

#include "core/base/fork_lock.h"

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
    return disturbed ? rc_call_interrupted(call) : ask_each(call, RC_CALL_ASK_BUSY);
}

rc_status rc_call_waited(rc_call *call, bool disturbed)
{
    return disturbed ? rc_call_interrupted(call)
                     : ask_each(call, call->busy ? RC_CALL_ASK_BUSY : RC_CALL_ASK_WAITING);
}
