#include "core/pool/health.h"

/* pause is how long the node is left alone after what has happened so far. */
static rc_msec pause(const rc_health *health)
{
    if (health->failures > 0) {
        return rc_backoff(health->failures, RC_REST_FIRST, RC_REST_MOST);
    }
    return rc_backoff(health->refusals - 1, RC_LOGIN_FIRST, RC_LOGIN_MOST);
}

bool rc_health_attempt(rc_health *health, rc_msec now)
{
    if (rc_health_rests(health, now)) {
        return false;
    }
    if (health->failures == 0 && health->refusals == 0) {
        return true;
    }
    /* Others leave it alone meanwhile; but not for ever, as this attempt may be given up. */
    health->tried = true;
    health->next_attempt = now + pause(health);
    return true;
}

bool rc_health_failed(rc_health *health, rc_msec now)
{
    if (health->failures > 0 && !health->tried) {
        return false; /* it began before the node was down: many that fail together are one */
    }
    health->tried = false;
    health->next_attempt = now + rc_backoff(health->failures, RC_REST_FIRST, RC_REST_MOST);
    health->unfit_until = now + rc_backoff(health->failures, RC_UNFIT_FIRST, RC_UNFIT_MOST);
    return health->failures++ == 0;
}

bool rc_health_worked(rc_health *health)
{
    bool was_down = health->failures > 0;
    *health = (rc_health){0};
    return was_down;
}

bool rc_health_refused(rc_health *health, rc_msec now)
{
    bool was_down = health->failures > 0;
    if (health->refusals > 0 && !health->tried) {
        return false; /* it began before the first was refused */
    }
    *health = (rc_health){.refusals = health->refusals + 1, .unfit_until = health->unfit_until};
    if (health->refusals > 1) {
        health->next_attempt = now + pause(health);
    }
    return was_down;
}

void rc_health_mark_unfit(rc_health *health, rc_msec now)
{
    rc_msec until = now + RC_UNFIT_FIRST;
    if (health->unfit_until < until) {
        health->unfit_until = until;
    }
}
