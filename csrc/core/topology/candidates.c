#include "core/topology/candidates.h"

#include <string.h>

static void add_candidate(rc_candidates *list, rc_node_id node)
{
    if (!rc_bit_is_set(list->listed, node)) {
        rc_set_bit(list->listed, node);
        list->nodes[list->count++] = node;
    }
}

static void shuffle(rc_candidates *list, size_t from)
{
    for (size_t i = list->count; i > from + 1; i--) {
        size_t other = from + rc_random((uint32_t)(i - from));
        rc_node_id kept = list->nodes[i - 1];
        list->nodes[i - 1] = list->nodes[other];
        list->nodes[other] = kept;
    }
}

/* add_startup adds a startup node, and to the pool as well if it is not there yet. */
static rc_status add_startup(rc_pool *pool, size_t number, rc_candidates *list)
{
    const rc_address *startup = &pool->options->startup[number];
    rc_node_id node;
    rc_status status = rc_pool_add(pool, startup->host, startup->port, &node);
    if (status == RC_OK) {
        add_candidate(list, node);
    }
    return status;
}

static void add_known(const rc_slotmap *map, rc_candidates *list)
{
    size_t from = list->count;
    for (size_t i = 0; i < map->shard_count; i++) {
        add_candidate(list, map->shards[i].primary);
    }
    shuffle(list, from);
    from = list->count;
    for (size_t i = 0; i < map->shard_count; i++) {
        for (size_t j = 0; j < map->shards[i].replica_count; j++) {
            add_candidate(list, map->shards[i].replicas[j]);
        }
    }
    shuffle(list, from);
}

/* has_not_failed: a node that has failed may not answer, or may know an old table only. */
static bool has_not_failed(rc_pool *pool, rc_node_id node, rc_msec now)
{
    return rc_pool_is_fit(pool, node, now) && rc_pool_doubted_at(pool, node) == 0;
}

/*
 * put_failed_last moves nodes that have just failed to the end of the list, without changing the
 * order otherwise. `list->nodes` has room for as many again.
 */
static void put_failed_last(rc_pool *pool, rc_candidates *list)
{
    rc_msec now = rc_now();
    rc_node_id *failed = list->nodes + list->count;
    size_t fit_count = 0;
    size_t failed_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (has_not_failed(pool, list->nodes[i], now)) {
            list->nodes[fit_count++] = list->nodes[i];
        } else {
            failed[failed_count++] = list->nodes[i];
        }
    }
    memmove(list->nodes + fit_count, failed, failed_count * sizeof *failed);
}

static size_t count_most(const rc_pool *pool, const rc_slotmap *map)
{
    size_t most = pool->options->startup_count;
    for (size_t i = 0; i < map->shard_count; i++) {
        most += 1 + (size_t)map->shards[i].replica_count;
    }
    return most;
}

rc_status rc_candidates_list(rc_pool *pool, const rc_slotmap *map, rc_candidates *list)
{
    size_t startup_count = pool->options->startup_count;
    size_t most = count_most(pool, map);
    *list = (rc_candidates){.nodes = rc_alloc_zeroed(2 * (most + 1) * sizeof *list->nodes)};
    if (list->nodes == NULL) {
        return RC_NOMEM;
    }
    rc_node_id primary = rc_slotmap_random_primary(map);
    if (primary != RC_NO_NODE) {
        add_candidate(list, primary);
    }
    size_t first = startup_count > 0 ? rc_random((uint32_t)startup_count) : 0;
    rc_status status = startup_count > 0 ? add_startup(pool, first, list) : RC_OK;
    add_known(map, list);
    for (size_t i = 0; i < startup_count && status == RC_OK; i++) {
        status = add_startup(pool, i, list);
    }
    put_failed_last(pool, list);
    return status;
}

/* The best node that was looked at so far. */
typedef struct choice {
    rc_pool *pool;
    rc_node_id node;
    bool fit; /* the node has not failed: no other is looked at */
    rc_msec failed_at;
    rc_msec now;
} choice;

static void consider(choice *self, rc_node_id node)
{
    if (self->fit) {
        return;
    }
    rc_msec failed_at = rc_pool_doubted_at(self->pool, node);
    self->fit = has_not_failed(self->pool, node, self->now);
    if (self->fit || failed_at < self->failed_at) {
        self->node = node;
        self->failed_at = failed_at;
    }
}

static void consider_primaries(choice *self, const rc_slotmap *map)
{
    size_t first = rc_random((uint32_t)map->shard_count + 1);
    for (size_t i = 0; i < map->shard_count; i++) {
        const rc_shard *shard = &map->shards[(first + i) % map->shard_count];
        if (shard->slot_count > 0) {
            consider(self, shard->primary);
        }
    }
}

static void consider_replicas(choice *self, const rc_slotmap *map)
{
    for (size_t i = 0; i < map->shard_count && !self->fit; i++) {
        const rc_shard *shard = &map->shards[i];
        for (size_t j = 0; j < shard->replica_count; j++) {
            consider(self, shard->replicas[j]);
        }
    }
}

static void consider_startup(choice *self)
{
    const rc_options *options = self->pool->options;
    for (size_t i = 0; i < options->startup_count && !self->fit; i++) {
        const rc_address *startup = &options->startup[i];
        rc_node_id node = rc_pool_node(self->pool, startup->host, startup->port);
        if (node != RC_NO_NODE) {
            consider(self, node);
        }
    }
}

rc_node_id rc_candidates_choose(rc_pool *pool, const rc_slotmap *map)
{
    choice self = {.pool = pool, .node = RC_NO_NODE, .failed_at = RC_NEVER, .now = rc_now()};
    consider_primaries(&self, map);
    consider_replicas(&self, map);
    consider_startup(&self);
    return self.node;
}
