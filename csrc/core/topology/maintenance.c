#include "core/topology/maintenance.h"

#include "core/topology/reachability.h"

enum { REACH_PAUSE = 250 }; /* milliseconds between two attempts to reach a node of the table */

static rc_slotmap *current_map(rc_topology_fetch *table_fetch)
{
    uint64_t version;
    return rc_topology_map(table_fetch->topology, &version);
}

rc_status rc_maintenance_refresh(rc_topology_fetch *table_fetch, rc_call *call, rc_error *error)
{
    rc_topology *topology = table_fetch->topology;
    uint64_t version = rc_topology_version(topology);
    rc_status status = rc_topology_refresh(topology, version, call, error);
    if (status == RC_OK) {
        rc_topology_fetch_drop(table_fetch); /* its answer would be older */
    }
    return status;
}

static rc_status check_reach(rc_topology_fetch *table_fetch, rc_call *call, rc_error *error)
{
    rc_pool *pool = table_fetch->topology->pool;
    rc_slotmap *map = current_map(table_fetch);
    rc_status status =
        rc_reach_is_doubtful(pool, map) ? rc_reach_check(pool, map, call, error) : RC_OK;
    rc_slotmap_drop(map);
    return status;
}

rc_status rc_maintenance_check_reach(rc_topology_fetch *table_fetch, rc_call *call, rc_error *error)
{
    rc_msec sure = rc_deadline(RC_REACH_SURE);
    rc_status status = check_reach(table_fetch, call, error);
    while (status == RC_UNREACHABLE && rc_until(sure) != 0) {
        status = rc_wait_sleep(call, rc_deadline(REACH_PAUSE));
        if (status == RC_OK) {
            status = rc_maintenance_refresh(table_fetch, call, error);
        }
        if (status == RC_OK) {
            status = check_reach(table_fetch, call, error);
        }
    }
    return status == RC_INTERRUPTED ? rc_error_of(error, status) : status;
}

/* wait_for_table waits until the table is in doubt no longer, nobody can be asked, or `until`. */
static rc_status wait_for_table(rc_topology_fetch *table_fetch, rc_call *call, rc_msec until)
{
    bool mine = false;
    rc_slotmap *map = current_map(table_fetch);
    rc_status status = rc_topology_fetch_wait(table_fetch, map, call, until, &mine);
    if (mine) {
        rc_topology_fetch_leave(table_fetch);
    }
    rc_slotmap_drop(map);
    return status;
}

static bool serves(rc_topology_fetch *table_fetch, rc_node_id node)
{
    rc_slotmap *map = current_map(table_fetch);
    bool serves = rc_slotmap_serves(map, node);
    rc_slotmap_drop(map);
    return serves;
}

rc_status rc_maintenance_check_silent(rc_topology_fetch *table_fetch, rc_node_id node,
                                      rc_call *call, rc_error *error)
{
    rc_topology *topology = table_fetch->topology;
    rc_msec since = rc_now() - topology->options->silence;
    uint64_t before = rc_topology_version(topology);
    bool fresh = rc_topology_is_fresh(topology, since);
    if (!fresh) {
        rc_topology_doubt_silent(topology, node);
        rc_status status = wait_for_table(table_fetch, call, call->deadline);
        if (status != RC_OK) {
            return status;
        }
    }
    fresh |= rc_topology_version(topology) != before;
    return fresh && !serves(table_fetch, node)
               ? rc_error_set(error, RC_CLOSED, "silent, and replaced by another node meanwhile")
               : RC_OK;
}

rc_status rc_maintenance_owner(rc_topology_fetch *table_fetch, int slot, rc_call *call,
                               rc_node_id *owner)
{
    rc_topology *topology = table_fetch->topology;
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
        rc_status status = wait_for_table(table_fetch, call, until);
        if (status != RC_OK || rc_topology_version(topology) == version) {
            return status;
        }
    }
}
