/*
 * slot_discovery: asking a cluster what it is made of (CLUSTER SLOTS), and reading what it says.
 *
 * Addresses that a server names to the core pass through here and nowhere else: an empty host is
 * the host that answered, then the user's remap rules apply, and the call's map_address. For those
 * that the package reads there is its pool's mapped(). No state of its own.
 */
#ifndef RC_SLOT_DISCOVERY_H
#define RC_SLOT_DISCOVERY_H

#include "core/topology/lineage.h"
#include "core/topology/probe.h"

enum { RC_ASK_TIMEOUT = 2000 }; /* milliseconds for one node, before the next is asked */

/* An address that a server named, as this client is to use it. */
typedef struct rc_found_address {
    char host[RC_HOST_MAX];
    int port;
    bool remapped; /* the user has put it in the place of what the server named */
} rc_found_address;

/*
 * rc_discovery_address makes one of what `answering` named; RC_INTERRUPTED when the call's
 * map_address failed.
 */
rc_status rc_discovery_address(rc_pool *pool, const char *host, int port, const rc_node *answering,
                               rc_call *call, rc_found_address *address);

/*
 * rc_discovery_choose is a node to ask about those that have failed: some primary of the map that
 * has not, or else a replica or a startup node; if all have, the one that failed longest ago.
 * RC_NO_NODE when none is known.
 */
rc_node_id rc_discovery_choose(rc_pool *pool, const rc_slotmap *map);

/* rc_discovery_request is the request; its bytes are not the caller's. */
rc_buffer rc_discovery_request(void);

/* rc_discovery_read makes a slot map of what `node` answered, from the start of the reply tree. */
rc_status rc_discovery_read(rc_pool *pool, const rc_reply_tree *tree, rc_node_id node,
                            rc_call *call, rc_slotmap **map, rc_error *error);

/*
 * rc_discovery_trusts: the map that `node` told is that of the cluster that the client knows, or of
 * the one that has taken its place: two known nodes agree on it, or a startup node tells it while
 * no other known node can be connected to. False with RC_FOREIGN in *error, which names the node.
 */
bool rc_discovery_trusts(rc_pool *pool, rc_lineage *lineage, const rc_slotmap *map, rc_node_id node,
                         rc_error *error);

/*
 * rc_discover asks known nodes and the user's startup nodes, one after the other, until one knows
 * all slots; then the fullest map counts. A startup node's map of another cluster counts if no node
 * tells one that can be trusted. Blocks. NULL and *error, which lists each node that was
 * asked, when there was no map at all: RC_UNREACHABLE with the most telling of their failures as
 * its cause, or the pool's own refusal when that kept it from asking one of them.
 */
rc_slotmap *rc_discover(rc_pool *pool, const rc_slotmap *known, rc_lineage *lineage, rc_call *call,
                        rc_error *error);

#endif
