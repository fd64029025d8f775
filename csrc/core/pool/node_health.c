/*
 * node_health: what the pool knows of its nodes besides their connections: health and numbers.
 */
#include "core/pool/pool.h"

#include <stdio.h>

enum { FAIR_TIME = 1000 }; /* milliseconds for a connection attempt, before it counts as failed */

_Static_assert(offsetof(rc_pool, unfit_until) % sizeof(rc_msec) == 0,
               "a word that is read without the lock is read at once");

/* is_of_node: the attempt failed because of the node, not because this process lacks something. */
static bool is_of_node(const rc_error *error)
{
    rc_status status = error->status;
    if (rc_error_is_lack(error)) {
        return false;
    }
    return status == RC_CONNECT || status == RC_CLOSED || status == RC_TIMEOUT ||
           status == RC_TLS || status == RC_PROTOCOL;
}

/* note_down and note_up add an event. The caller holds the lock. */
static void note_down(rc_pool *pool, const rc_node *node, const char *why)
{
    rc_event event = {.kind = RC_EVENT_NODE_DOWN,
                      .node = node->number,
                      .node_age = node->age,
                      .target = RC_NO_NODE,
                      .slot = -1};
    snprintf(event.text, sizeof event.text, "%.150s", why);
    rc_event_queue_add(&pool->event_queue, &event);
}

static void note_up(rc_pool *pool, const rc_node *node)
{
    const rc_event event = {.kind = RC_EVENT_NODE_UP,
                            .node = node->number,
                            .node_age = node->age,
                            .target = RC_NO_NODE,
                            .slot = -1};
    rc_event_queue_add(&pool->event_queue, &event);
}

/* watch_unfit keeps pool->unfit_until at or after the node's. */
static void watch_unfit(rc_pool *pool, const rc_node *node)
{
    if (pool->unfit_until < node->health.unfit_until) {
        __atomic_store_n(&pool->unfit_until, node->health.unfit_until, __ATOMIC_RELAXED);
    }
}

/* keep_reason keeps the error for attempts that are not made because of this failure. */
static void keep_reason(rc_node *node, const rc_error *error)
{
    node->failure = error->status;
    snprintf(node->why, sizeof node->why, "%.120s", error->message);
}

void rc_pool_connect_failed(rc_pool *pool, rc_node_id id, const rc_error *error)
{
    if (!is_of_node(error)) {
        return;
    }
    rc_fork_lock_acquire(pool->lock);
    rc_node *node = pool->nodes[id];
    bool news = rc_health_failed(&node->health, rc_now());
    watch_unfit(pool, node);
    node->stats.connect_failures++;
    keep_reason(node, error);
    if (news) {
        note_down(pool, node, error->message);
    }
    rc_fork_lock_release(pool->lock);
}

void rc_pool_note_late_attempt(rc_pool *pool, const rc_connection *connection,
                               const rc_error *error)
{
    rc_msec limit = pool->options->connect_timeout;
    rc_msec fair = limit >= 0 && limit < FAIR_TIME ? limit : FAIR_TIME;
    if (rc_now() - connection->begun >= fair) {
        rc_pool_connect_failed(pool, connection->node, error);
    }
}

/* reached: the node answered; `refusal` is the error of a refused login, or NULL. */
static void reached(rc_pool *pool, rc_node_id id, const rc_error *refusal)
{
    rc_fork_lock_acquire(pool->lock);
    rc_node *node = pool->nodes[id];
    bool news = refusal == NULL ? rc_health_worked(&node->health)
                                : rc_health_refused(&node->health, rc_now());
    if (refusal != NULL) {
        keep_reason(node, refusal);
    }
    rc_resolver_tidy(&node->resolver);
    node->stats.connects++;
    if (news) {
        note_up(pool, node);
    }
    rc_fork_lock_release(pool->lock);
}

rc_io rc_pool_advance(rc_pool *pool, rc_connection *connection, rc_error *error)
{
    if (connection->ready) {
        return RC_IO_OK;
    }
    rc_io io = rc_connection_advance(connection, error);
    if (io == RC_IO_OK) {
        reached(pool, connection->node, NULL);
    } else if (io == RC_IO_FAILED && error->status == RC_AUTH) {
        reached(pool, connection->node, error);
    } else if (io == RC_IO_FAILED) {
        rc_pool_connect_failed(pool, connection->node, error);
    }
    return io;
}

void rc_pool_mark_unfit(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    rc_health_mark_unfit(&pool->nodes[id]->health, rc_now());
    watch_unfit(pool, pool->nodes[id]);
    rc_fork_lock_release(pool->lock);
}

bool rc_pool_is_fit(rc_pool *pool, rc_node_id id, rc_msec now)
{
    if (__atomic_load_n(&pool->unfit_until, __ATOMIC_RELAXED) <= now) {
        return true;
    }
    rc_fork_lock_acquire(pool->lock);
    bool fit = rc_health_is_fit(&pool->nodes[id]->health, now);
    rc_fork_lock_release(pool->lock);
    return fit;
}

void rc_pool_doubt(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    pool->nodes[id]->health.doubted_at = rc_now();
    rc_fork_lock_release(pool->lock);
}

rc_msec rc_pool_doubted_at(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    rc_msec doubted_at = pool->nodes[id]->health.doubted_at;
    rc_fork_lock_release(pool->lock);
    return doubted_at;
}

bool rc_pool_rejects_login(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    bool refuses = pool->nodes[id]->health.refusals > 0;
    rc_fork_lock_release(pool->lock);
    return refuses;
}

rc_msec rc_pool_retry_after(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    const rc_health *health = &pool->nodes[id]->health;
    rc_msec rest = health->failures > 0 ? health->next_attempt - rc_now() : 0;
    rc_fork_lock_release(pool->lock);
    return rest > 0 ? rest : 0;
}

/* ---- statistics ---- */

static void report_of(const rc_node *node, rc_node_report *report)
{
    *report = (rc_node_report){.port = node->port,
                               .stats = node->stats,
                               .idle = node->idle_count,
                               .taken = node->taken,
                               .down = node->health.failures > 0};
    memcpy(report->host, node->host, sizeof report->host);
}

bool rc_pool_report(rc_pool *pool, rc_node_id id, rc_node_report *report)
{
    rc_fork_lock_acquire(pool->lock);
    bool known = id < pool->node_count && !pool->nodes[id]->forgotten;
    if (known) {
        report_of(pool->nodes[id], report);
    }
    rc_fork_lock_release(pool->lock);
    return known;
}

void rc_pool_increment(rc_pool *pool, rc_node_id id, rc_counter counter)
{
    rc_fork_lock_acquire(pool->lock);
    rc_stats *stats = &pool->nodes[id]->stats;
    switch (counter) {
    case RC_COUNT_LOSS:
        stats->losses++;
        break;
    case RC_COUNT_REDIRECT:
        stats->redirects++;
        break;
    case RC_COUNT_REFRESH:
        stats->refreshes++;
        break;
    }
    rc_fork_lock_release(pool->lock);
}

uint32_t rc_pool_latency(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    uint32_t recent = pool->nodes[id]->stats.latency_recent;
    rc_fork_lock_release(pool->lock);
    return recent;
}

uint32_t rc_pool_turn(rc_pool *pool, rc_node_id primary)
{
    rc_fork_lock_acquire(pool->lock);
    uint32_t turn = pool->nodes[primary]->turn++;
    rc_fork_lock_release(pool->lock);
    return turn;
}
