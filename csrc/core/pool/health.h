/*
 * health: what a client has lately seen of one node.
 *
 * Pure values, changed by their own functions under the lock of whoever owns them. A node is down
 * from the first connection attempt that fails until one succeeds; attempts back off meanwhile, for
 * all threads together. Attempts back off as well while a node refuses the login: it is not
 * down, but some servers lock a user out after wrong passwords. Apart from that a node may be unfit
 * for reads that another node can serve.
 */
#ifndef RC_HEALTH_H
#define RC_HEALTH_H

#include "core/base/clock.h"

#include <stdbool.h>

enum {
    RC_REST_FIRST = 10,  /* milliseconds after the first failure; doubles with each */
    RC_REST_MOST = 500,  /* milliseconds between two attempts at most */
    RC_LOGIN_FIRST = 50, /* the same for refused logins; there is no wait after the first */
    RC_LOGIN_MOST = 5000,
    RC_UNFIT_FIRST = 1000,
    RC_UNFIT_MOST = 30 * 1000 /* a connect without any answer costs a read its whole timeout */
};

typedef struct rc_health {
    int failures;         /* connection attempts, one after another; 0: it is not down */
    int refusals;         /* logins, one after another; 0: none was refused lately */
    bool tried;           /* an attempt has been allowed since the last failure or refusal */
    rc_msec next_attempt; /* no attempt before this time */
    rc_msec unfit_until;  /* reads go elsewhere; 0 when nothing is wrong */
    rc_msec doubted_at;   /* when an exchange failed; 0: none has since one went well */
} rc_health;

/*
 * rc_health_attempt: the caller may connect now. False: the node is down or refuses logins, and
 * another attempt has just failed or has just begun.
 */
bool rc_health_attempt(rc_health *health, rc_msec now);

/* rc_health_failed notes that an attempt to connect has failed; true: the node has gone down. */
bool rc_health_failed(rc_health *health, rc_msec now);

/* rc_health_worked notes that an attempt has succeeded; true: the node has come back. */
bool rc_health_worked(rc_health *health);

/* rc_health_refused notes that the node was reached and refuses the login; true: it has come back.
 */
bool rc_health_refused(rc_health *health, rc_msec now);

/* rc_health_mark_unfit: something other than its connections is wrong; reads avoid it for a moment.
 */
void rc_health_mark_unfit(rc_health *health, rc_msec now);

/* rc_health_rests: rc_health_attempt would be false. */
static inline bool rc_health_rests(const rc_health *health, rc_msec now)
{
    return health->failures + health->refusals > 0 && now < health->next_attempt;
}

/* rc_health_is_fit: reads may go to the node. */
static inline bool rc_health_is_fit(const rc_health *health, rc_msec now)
{
    return health->unfit_until <= now;
}

#endif
