/*
 * call: one blocking request of the program: its deadline, and how a signal ends it.
 *
 * The layer above makes it, and it lives until the request is over. Whoever waits or works long for
 * a call asks the layer above now and then whether the call is to end: a signal handler of the
 * program may have raised.
 */
#ifndef RC_CALL_H
#define RC_CALL_H

#include "core/base/clock.h"
#include "core/base/error.h"

#include <stdbool.h>

/*
 * Milliseconds after which a call asks again. A signal that comes just before poll(2) begins, or to
 * another thread, does not end it, so a call that waits asks as well. One that is busy asks more
 * often, as no signal disturbs it; the others do not, as the question takes Python's lock, which
 * another thread may have.
 */
enum { RC_CALL_ASK_WAITING = 250, RC_CALL_ASK_BUSY = 25 };

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

#endif
