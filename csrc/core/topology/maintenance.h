/*
 * maintenance: what calls that execute no batch need of a fresh slot table.
 *
 * Opening a client, refreshing by hand, choosing a node for a session, and finding out whether a
 * silent node has been replaced. No state of its own. The caller has entered an epoch of the pool,
 * except for rc_maintenance_owner, and uses the fetch that calls of the client share.
 */
#ifndef RC_MAINTENANCE_H
#define RC_MAINTENANCE_H

#include "core/topology/topology_fetch.h"

/*
 * rc_maintenance_refresh fetches a slot table that is newer than the current one, and ends a fetch
 * that an earlier call has left. Blocks. On failure the old map stays: see rc_topology_refresh.
 */
rc_status rc_maintenance_refresh(rc_topology_fetch *table_fetch, rc_call *call, rc_error *error);

/*
 * rc_maintenance_check_reach fails with RC_UNREACHABLE if no node of the slot table can be
 * connected to, though another one gave the table. It tries fresh tables for RC_REACH_SURE
 * milliseconds before it says so. Blocks; RC_INTERRUPTED, or why a table could not be fetched.
 */
rc_status rc_maintenance_check_reach(rc_topology_fetch *table_fetch, rc_call *call,
                                     rc_error *error);

/*
 * rc_maintenance_check_silent: see rc_cluster_look_after. A table that was asked for since the node
 * fell silent is fresh; if the client has none, this waits for one, until the call's deadline.
 */
rc_status rc_maintenance_check_silent(rc_topology_fetch *table_fetch, rc_node_id node,
                                      rc_call *call, rc_error *error);

/* rc_maintenance_owner: see rc_cluster_owner. */
rc_status rc_maintenance_owner(rc_topology_fetch *table_fetch, int slot, rc_call *call,
                               rc_node_id *owner);

#endif
