#include "core/pool/waiters.h"

rc_waiter *rc_waiters_first(const rc_waiters *queue)
{
    bool ours = queue->first != NULL && queue->generation == rc_fork_generation();
    return ours ? queue->first : NULL;
}

static rc_waiter **place_of(rc_waiters *queue, const rc_waiter *waiter)
{
    rc_waiter **place = &queue->first;
    while (*place != NULL && *place != waiter) {
        place = &(*place)->next;
    }
    return place;
}

rc_status rc_waiters_join(rc_waiters *queue, rc_waiter *waiter)
{
    if (rc_condition_init(&waiter->woken) != 0) {
        return RC_NOMEM;
    }
    queue->first = rc_waiters_first(queue);
    queue->generation = rc_fork_generation();
    waiter->generation = queue->generation;
    waiter->thread = pthread_self();
    waiter->served = false;
    waiter->next = NULL;
    *place_of(queue, NULL) = waiter;
    return RC_OK;
}

/* take_out does not touch a parent's queue: its waiters lay on the stacks of threads that are gone.
 */
static void take_out(rc_waiters *queue, rc_waiter *waiter)
{
    if (rc_waiters_first(queue) != NULL) {
        rc_waiter **place = place_of(queue, waiter);
        *place = *place == NULL ? NULL : waiter->next;
    }
}

bool rc_waiters_suspended(const rc_waiter *waiter)
{
    const rc_waiter *later = waiter->next;
    while (later != NULL && !pthread_equal(later->thread, waiter->thread)) {
        later = later->next;
    }
    return later != NULL;
}

void rc_waiters_leave(rc_waiters *queue, rc_waiter *waiter)
{
    take_out(queue, waiter);
    pthread_cond_destroy(&waiter->woken);
}

void rc_waiters_serve(rc_waiters *queue, rc_waiter *waiter)
{
    take_out(queue, waiter);
    waiter->served = true;
    pthread_cond_signal(&waiter->woken);
}
