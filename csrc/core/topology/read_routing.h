/*
 * read_routing: which node of a shard a read goes to.
 *
 * Nodes that cannot be read from just now (down, loading, cut off from their primary) are passed
 * over; the primary is what is left in the end.
 */
#ifndef RC_READ_ROUTING_H
#define RC_READ_ROUTING_H

#include "core/pool/pool.h"
#include "core/topology/slotmap.h"

/* rc_read_routing_node chooses by a policy other than RC_READ_PRIMARY; `now` is a recent rc_now. */
rc_node_id rc_read_routing_node(rc_pool *pool, const rc_shard *shard, rc_read_policy policy,
                                rc_msec now);

#endif
