#include "core/cluster.h"

#include "core/topology/reachability.h"

enum { REACH_PAUSE = 250 /* milliseconds between two looks */ };

struct rc_cluster {
    rc_fork_lock lock;
    rc_options options;
    rc_pool pool;
    rc_topology topology;
    rc_executor executor;
};

static rc_status init_parts(rc_cluster *cluster, rc_error *error)
{
    rc_status status = rc_pool_init(&cluster->pool, &cluster->lock, &cluster->options, error);
    if (status != RC_OK) {
        return status;
    }
    rc_executor_init(&cluster->executor, &cluster->lock, &cluster->pool, &cluster->topology,
                     &cluster->options);
    status =
        rc_topology_init(&cluster->topology, &cluster->lock, &cluster->pool, &cluster->options);
    return status == RC_OK ? status : rc_error_of(error, status);
}

rc_cluster *rc_cluster_new(const rc_options *options, rc_error *error)
{
    rc_error_clear(error);
    rc_cluster *cluster = rc_alloc_zeroed(sizeof *cluster);
    if (cluster == NULL || rc_options_copy(&cluster->options, options) != RC_OK) {
        rc_free(cluster);
        rc_error_of(error, RC_NOMEM);
        return NULL;
    }
    if (rc_fork_lock_init(&cluster->lock) != RC_OK) {
        rc_options_free(&cluster->options);
        rc_free(cluster);
        rc_error_of(error, RC_NOMEM);
        return NULL;
    }
    if (init_parts(cluster, error) != RC_OK) {
        rc_cluster_free(cluster);
        return NULL;
    }
    return cluster;
}

void rc_cluster_free(rc_cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    rc_executor_free(&cluster->executor);
    rc_topology_free(&cluster->topology);
    rc_pool_free(&cluster->pool);
    rc_fork_lock_destroy(&cluster->lock);
    rc_options_free(&cluster->options);
    rc_free(cluster);
}

rc_epoch rc_cluster_enter(rc_cluster *cluster)
{
    rc_fork_lock_acquire(&cluster->lock);
    rc_epoch epoch = rc_pool_enter(&cluster->pool);
    rc_fork_lock_release(&cluster->lock);
    return epoch;
}

void rc_cluster_leave(rc_cluster *cluster, rc_epoch epoch)
{
    rc_fork_lock_acquire(&cluster->lock);
    rc_pool_leave(&cluster->pool, epoch);
    rc_fork_lock_release(&cluster->lock);
}

static rc_status check_reach(rc_cluster *cluster, rc_call *call, rc_error *error)
{
    rc_slotmap *map = rc_cluster_map(cluster);
    rc_status status = rc_reach_is_doubtful(&cluster->pool, map)
                           ? rc_reach_check(&cluster->pool, map, call, error)
                           : RC_OK;
    rc_slotmap_drop(map);
    return status;
}

/* settle_reach looks at fresh tables for a while before it believes that none can be reached. */
static rc_status settle_reach(rc_cluster *cluster, rc_call *call, rc_error *error)
{
    rc_msec sure = rc_deadline(RC_REACH_SURE);
    rc_status status = check_reach(cluster, call, error);
    while (status == RC_UNREACHABLE && rc_until(sure) != 0) {
        status = rc_wait_sleep(call, rc_deadline(REACH_PAUSE));
        if (status == RC_OK) {
            status = rc_cluster_refresh(cluster, call, error);
        }
        if (status == RC_OK) {
            status = check_reach(cluster, call, error);
        }
    }
    return status == RC_INTERRUPTED ? rc_error_of(error, status) : status;
}

rc_status rc_cluster_open(rc_cluster *cluster, rc_call *call, rc_error *error)
{
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_status status = rc_cluster_refresh(cluster, call, error);
    if (status == RC_OK) {
        status = settle_reach(cluster, call, error);
    }
    if (status == RC_OK) {
        status = rc_topology_check_coverage(&cluster->topology, call, error);
    }
    rc_cluster_leave(cluster, epoch);
    return status;
}

rc_status rc_cluster_refresh(rc_cluster *cluster, rc_call *call, rc_error *error)
{
    uint64_t version;
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_slotmap_drop(rc_topology_map(&cluster->topology, &version));
    rc_status status = rc_topology_refresh(&cluster->topology, version, call, error);
    if (status == RC_OK) {
        rc_topology_fetch_drop(
            &cluster->executor.table_fetch); /* its answer would be an older one */
    }
    rc_cluster_leave(cluster, epoch);
    return status;
}

/* resolve waits until the table is no longer in doubt, if that can be helped before `until`. */
static rc_status resolve(rc_cluster *cluster, rc_call *call, rc_msec until)
{
    rc_topology_fetch *table_fetch = &cluster->executor.table_fetch;
    bool mine = false;
    rc_slotmap *map = rc_cluster_map(cluster);
    rc_status status = rc_topology_fetch_wait(table_fetch, map, call, until, &mine);
    if (mine) {
        rc_topology_fetch_leave(table_fetch);
    }
    rc_slotmap_drop(map);
    return status;
}

static bool serves(rc_cluster *cluster, rc_node_id node)
{
    rc_slotmap *map = rc_cluster_map(cluster);
    bool serves = rc_slotmap_serves(map, node);
    rc_slotmap_drop(map);
    return serves;
}

static rc_status look(rc_cluster *cluster, rc_node_id node, rc_call *call, rc_error *error)
{
    rc_msec since = rc_now() - cluster->options.silence;
    uint64_t before = rc_topology_version(&cluster->topology);
    bool fresh = rc_topology_is_fresh(&cluster->topology, since);
    if (!fresh) {
        rc_topology_doubt_silent(&cluster->topology, node);
        rc_status status = resolve(cluster, call, call->deadline);
        if (status != RC_OK) {
            return status;
        }
    }
    fresh |= rc_topology_version(&cluster->topology) != before;
    return fresh && !serves(cluster, node)
               ? rc_error_set(error, RC_CLOSED, "silent, and replaced by another node meanwhile")
               : RC_OK;
}

rc_status rc_cluster_look_after(rc_cluster *cluster, rc_node_id node, rc_call *call,
                                rc_error *error)
{
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_status status = look(cluster, node, call, error);
    rc_cluster_leave(cluster, epoch);
    return status;
}

rc_status rc_cluster_execute(rc_cluster *cluster, rc_batch *batch, rc_call *call)
{
    return rc_executor_execute(&cluster->executor, batch, call);
}

rc_status rc_cluster_session(rc_cluster *cluster, const char *host, int port, bool readonly,
                             rc_call *call, rc_session **session, rc_error *error)
{
    rc_node_id node;
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_error_clear(error);
    rc_status status = rc_pool_add(&cluster->pool, host, port, &node);
    if (status == RC_OK) {
        status = rc_session_open(&cluster->pool, node, readonly, call, session, error);
    } else {
        rc_error_of(error, status);
    }
    if (status != RC_OK && node != RC_NO_NODE && !rc_pool_is_at_limit(status)) {
        rc_topology_doubt(&cluster->topology, node);
    }
    rc_cluster_leave(cluster, epoch);
    return status;
}

static rc_status look_after(void *cluster, rc_node_id node, rc_call *call, rc_error *error)
{
    return rc_cluster_look_after(cluster, node, call, error);
}

rc_status rc_cluster_exchange(rc_cluster *cluster, rc_session *session, rc_exchange *exchange,
                              rc_call *call, rc_error *error)
{
    exchange->look = look_after;
    exchange->context = cluster;
    exchange->silence = cluster->options.silence;
    rc_status status = rc_session_exchange(session, exchange, call, error);
    if (status != RC_OK && status != RC_REENTERED) {
        rc_topology_doubt(&cluster->topology, rc_session_node(session));
    }
    return status;
}

rc_status rc_cluster_owner(rc_cluster *cluster, int slot, rc_call *call, rc_node_id *owner)
{
    rc_topology *topology = &cluster->topology;
    rc_msec until = rc_topology_fetch_wait_limit(call);
    for (;;) {
        uint64_t version;
        rc_slotmap *map = rc_topology_map(topology, &version);
        *owner = rc_slotmap_owner(map, slot);
        rc_slotmap_drop(map);
        if (*owner == RC_NO_NODE || !rc_topology_in_doubt(topology) ||
            !rc_topology_doubts(topology, *owner)) {
            return RC_OK;
        }
        rc_status status = resolve(cluster, call, until);
        if (status != RC_OK || rc_topology_version(topology) == version) {
            return status;
        }
    }
}

void rc_cluster_doubt(rc_cluster *cluster, rc_node_id node)
{
    rc_topology_doubt(&cluster->topology, node);
}

void rc_cluster_disconnect(rc_cluster *cluster)
{
    rc_topology_fetch_drop(&cluster->executor.table_fetch);
    rc_pool_disconnect(&cluster->pool);
}

const rc_options *rc_cluster_options(const rc_cluster *cluster)
{
    return &cluster->options;
}

rc_slotmap *rc_cluster_map(rc_cluster *cluster)
{
    uint64_t version;
    return rc_topology_map(&cluster->topology, &version);
}

void rc_cluster_hold(rc_cluster *cluster, rc_node_id node)
{
    rc_pool_hold(&cluster->pool, node);
}

void rc_cluster_release(rc_cluster *cluster, rc_node_id node)
{
    rc_pool_release(&cluster->pool, node);
}

rc_status rc_cluster_hold_address(rc_cluster *cluster, const char *host, int port, rc_node_id *node)
{
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_status status = rc_pool_add(&cluster->pool, host, port, node);
    if (status == RC_OK) {
        rc_pool_hold(&cluster->pool, *node);
    }
    rc_cluster_leave(cluster, epoch);
    return status;
}

rc_node_id rc_cluster_find(rc_cluster *cluster, const char *host, int port)
{
    return rc_pool_find(&cluster->pool, host, port);
}

void rc_cluster_changes(rc_cluster *cluster, uint64_t *changes, int *moved)
{
    rc_topology_changes(&cluster->topology, changes, moved);
}

const rc_node *rc_cluster_node(rc_cluster *cluster, rc_node_id node)
{
    return rc_pool_at(&cluster->pool, node);
}

size_t rc_cluster_node_count(rc_cluster *cluster)
{
    return rc_pool_node_count(&cluster->pool);
}

bool rc_cluster_report(rc_cluster *cluster, rc_node_id node, rc_node_report *report)
{
    return rc_pool_report(&cluster->pool, node, report);
}

bool rc_cluster_address(rc_cluster *cluster, rc_node_id node, uint16_t age, char host[RC_HOST_MAX],
                        int *port)
{
    return rc_pool_address(&cluster->pool, node, age, host, port);
}

rc_event_queue *rc_cluster_event_queue(rc_cluster *cluster)
{
    return &cluster->pool.event_queue;
}
