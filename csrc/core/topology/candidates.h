/*
 * candidates: which nodes to ask for the slot table, and in which order.
 *
 * No state of its own.
 */
#ifndef RC_CANDIDATES_H
#define RC_CANDIDATES_H

#include "core/pool/pool.h"
#include "core/topology/slotmap.h"

typedef struct rc_candidates {
    rc_node_id *nodes; /* in the order in which they are to be asked; each once */
    size_t count;
    uint8_t listed[RC_NODE_BITS]; /* the same as a set */
} rc_candidates;

/*
 * rc_candidates_list lists all nodes of the map and all startup nodes. A primary of the map comes
 * first, then a startup node: if the cluster has moved away from every known address, the time may
 * be too short for all of these. The others follow in random order; nodes that have just failed
 * come last. Startup nodes are added to the pool. The caller frees list->nodes with rc_free, also
 * after RC_NODES_FULL; RC_NOMEM.
 */
rc_status rc_candidates_list(rc_pool *pool, const rc_slotmap *map, rc_candidates *list);

/*
 * rc_candidates_choose is a node to ask about those that have failed: some primary of the map that
 * has not, or else a replica or a startup node; if all have, the one that failed longest ago.
 * RC_NO_NODE when none is known. Takes the lock.
 */
rc_node_id rc_candidates_choose(rc_pool *pool, const rc_slotmap *map);

#endif
