#include "core/cluster.h"

#include "core/topology/maintenance.h"

struct rc_cluster {
    rc_fork_lock lock;
    rc_options options;
    rc_pool pool;
    rc_topology topology;
    rc_executor executor;
};

static rc_topology_fetch *table_fetch(rc_cluster *cluster)
{
    return &cluster->executor.table_fetch;
}

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

rc_status rc_cluster_open(rc_cluster *cluster, rc_call *call, rc_error *error)
{
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_status status = rc_maintenance_refresh(table_fetch(cluster), call, error);
    if (status == RC_OK) {
        status = rc_maintenance_check_reach(table_fetch(cluster), call, error);
    }
    if (status == RC_OK) {
        status = rc_topology_check_coverage(&cluster->topology, call, error);
    }
    rc_cluster_leave(cluster, epoch);
    return status;
}

rc_status rc_cluster_refresh(rc_cluster *cluster, rc_call *call, rc_error *error)
{
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_status status = rc_maintenance_refresh(table_fetch(cluster), call, error);
    rc_cluster_leave(cluster, epoch);
    return status;
}

rc_status rc_cluster_look_after(rc_cluster *cluster, rc_node_id node, rc_call *call,
                                rc_error *error)
{
    rc_epoch epoch = rc_cluster_enter(cluster);
    rc_status status = rc_maintenance_check_silent(table_fetch(cluster), node, call, error);
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
    return rc_maintenance_owner(table_fetch(cluster), slot, call, owner);
}

void rc_cluster_doubt(rc_cluster *cluster, rc_node_id node)
{
    rc_topology_doubt(&cluster->topology, node);
}

void rc_cluster_disconnect(rc_cluster *cluster)
{
    rc_topology_fetch_drop(table_fetch(cluster));
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
