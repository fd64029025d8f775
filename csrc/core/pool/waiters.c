#include "core/pool/waiters.h"

rc_claim *rc_pool_queue_first(const rc_pool_queue *queue)
{
    bool ours = queue->first != NULL && queue->generation == rc_fork_generation();
    return ours ? queue->first : NULL;
}

static rc_claim **place_of(rc_pool_queue *queue, const rc_claim *claim)
{
    rc_claim **place = &queue->first;
    while (*place != NULL && *place != claim) {
        place = &(*place)->next;
    }
    return place;
}

rc_status rc_pool_queue_join(rc_pool_queue *queue, rc_claim *claim)
{
    if (rc_condition_init(&claim->woken) != 0) {
        return RC_NOMEM;
    }
    queue->first = rc_pool_queue_first(queue);
    queue->generation = rc_fork_generation();
    claim->generation = queue->generation;
    claim->thread = pthread_self();
    claim->served = false;
    claim->next = NULL;
    *place_of(queue, NULL) = claim;
    return RC_OK;
}

/* take_out does not touch a parent's queue: its claims lay on the stacks of threads that are gone.
 */
static void take_out(rc_pool_queue *queue, rc_claim *claim)
{
    if (rc_pool_queue_first(queue) != NULL) {
        rc_claim **place = place_of(queue, claim);
        *place = *place == NULL ? NULL : claim->next;
    }
}

bool rc_pool_queue_suspended(const rc_claim *claim)
{
    const rc_claim *later = claim->next;
    while (later != NULL && !pthread_equal(later->thread, claim->thread)) {
        later = later->next;
    }
    return later != NULL;
}

void rc_pool_queue_leave(rc_pool_queue *queue, rc_claim *claim)
{
    take_out(queue, claim);
    pthread_cond_destroy(&claim->woken);
}

void rc_pool_queue_serve(rc_pool_queue *queue, rc_claim *claim)
{
    take_out(queue, claim);
    claim->served = true;
    pthread_cond_signal(&claim->woken);
}
