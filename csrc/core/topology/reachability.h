/*
 * reachability: whether a client can connect to the nodes that a slot table names.
 *
 * In a container or behind NAT a cluster may announce addresses that mean nothing outside, though
 * the startup node answers. Without this look each call would wait for a failover that never ends.
 * No state of its own.
 */
#ifndef RC_REACHABILITY_H
#define RC_REACHABILITY_H

#include "core/topology/probe.h"
#include "core/topology/slotmap.h"

/* So long, in milliseconds, nothing of a table must have been reached before that is certain. */
enum { RC_REACH_SURE = 2000 };

/*
 * rc_reach_is_doubtful: the table came from a node that it does not name, and none of the nodes
 * that it names has ever been connected to.
 */
bool rc_reach_is_doubtful(rc_pool *pool, const rc_slotmap *map);

/*
 * rc_reach_check tries nodes of the map, a few of them at a time, until one answers. Blocks for
 * about three seconds at most. RC_OK if one does, or when nobody can tell: a limit on connections,
 * or the call's deadline, was in the way. RC_UNREACHABLE if all that were tried failed: *error
 * names the addresses and the cure. RC_INTERRUPTED.
 */
rc_status rc_reach_check(rc_pool *pool, const rc_slotmap *map, rc_call *call, rc_error *error);

#endif
