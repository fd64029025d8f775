/*
 * slot_discovery: asking a cluster for its slot table (CLUSTER SLOTS), and reading what it says.
 *
 * Knows which nodes may be asked next (candidates.h) and whose table can be trusted. No state of
 * its own: topology.h keeps the result.
 */
#ifndef RC_SLOT_DISCOVERY_H
#define RC_SLOT_DISCOVERY_H

#include "core/topology/lineage.h"
#include "core/topology/probe.h"

enum { RC_ASK_TIMEOUT = 2000 }; /* milliseconds for one node, before the next is asked */

/* rc_discovery_request is the request; its bytes are not the caller's. */
rc_buffer rc_discovery_request(void);

/* rc_discovery_read makes a slot map of what `node` answered, from the start of the reply tree. */
rc_status rc_discovery_read(rc_pool *pool, const rc_reply_tree *tree, rc_node_id node,
                            rc_call *call, rc_slotmap **map, rc_error *error);

/*
 * rc_discovery_trusts: the map that `node` gave is that of the cluster that the client knows, or of
 * the one that has taken its place: two known nodes agree on it, or a startup node gave it while
 * no other known node can be connected to. False with RC_FOREIGN in *error, which names the node.
 */
bool rc_discovery_trusts(rc_pool *pool, rc_lineage *lineage, const rc_slotmap *map, rc_node_id node,
                         rc_error *error);

/*
 * rc_discover asks known nodes and the user's startup nodes, one after the other, until one knows
 * all slots; then the fullest map counts. A startup node's map of another cluster counts if no node
 * has one that can be trusted. Blocks. NULL and *error, which lists each node that was
 * asked, when there was no map at all: RC_UNREACHABLE with the most telling of their failures as
 * its cause, or the pool's own refusal when that kept it from asking one of them.
 */
rc_slotmap *rc_discover(rc_pool *pool, const rc_slotmap *known, rc_lineage *lineage, rc_call *call,
                        rc_error *error);

#endif
