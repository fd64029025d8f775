/*
 * redirect: what an error reply means for the command that got it.
 *
 * Pure functions from a text and the number of tries to an action: no I/O, no state, so that every
 * case can be tested as a row. A command that was REFUSED did not run and may go out again.
 */
#ifndef RC_REDIRECT_H
#define RC_REDIRECT_H

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/options.h"

#include <stdbool.h>

typedef enum rc_refusal {
    RC_REFUSAL_NONE, /* an ordinary error: the command's own reply */
    RC_REFUSAL_MOVED,
    RC_REFUSAL_ASK,
    RC_REFUSAL_TRYAGAIN,
    RC_REFUSAL_CLUSTERDOWN,
    RC_REFUSAL_MASTERDOWN,
    RC_REFUSAL_LOADING,
    RC_REFUSAL_READONLY /* the node has become a replica */
} rc_refusal;

typedef struct rc_redirect {
    rc_refusal refusal;
    int slot;               /* of MOVED and ASK */
    int port;               /* of MOVED and ASK */
    char host[RC_HOST_MAX]; /* of MOVED and ASK; empty: the host that answered */
} rc_redirect;

typedef enum rc_action {
    RC_ACTION_DONE,    /* the error is the command's reply */
    RC_ACTION_MOVED,   /* send to that node, and learn that it owns the slot */
    RC_ACTION_ASK,     /* send ASKING and the command to that node, learn nothing */
    RC_ACTION_AGAIN,   /* wait, then send by the same map */
    RC_ACTION_REFRESH, /* wait, fetch the map, then send by it */
    RC_ACTION_DOWN,    /* the same, but the wait is the long one */
    RC_ACTION_FAIL     /* tries are used up: the error is the reply after all */
} rc_action;

/* Refusals are counted by kind, so that waiting for one does not use up the tries of another. */
typedef enum rc_patience {
    RC_PATIENCE_HOP,   /* MOVED, ASK */
    RC_PATIENCE_AGAIN, /* TRYAGAIN, LOADING, READONLY */
    RC_PATIENCE_DOWN,  /* CLUSTERDOWN, MASTERDOWN */
    RC_PATIENCE_KINDS
} rc_patience;

/*
 * rc_redirect_parse reads an error reply (without its '-'): its first word decides. A malformed
 * MOVED or ASK is no refusal. A script can make up the same text: see refusal_check.c.
 */
rc_redirect rc_redirect_parse(const char *text, size_t length);

/* rc_redirect_patience: which count a refusal (not RC_REFUSAL_NONE) belongs to. */
rc_patience rc_redirect_patience(rc_refusal refusal);

/* rc_redirect_decide: `attempt` rounds of this call have gone to that kind of refusal already. */
rc_action rc_redirect_decide(rc_refusal refusal, int attempt, const rc_retry_policy *policy);

/* rc_redirect_delay is the wait before the next round; none for the first few hops. */
rc_msec rc_redirect_delay(rc_action action, int attempt, const rc_retry_policy *policy);

#endif
