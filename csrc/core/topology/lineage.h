/*
 * lineage: whether a slot table is that of the cluster that a client knows.
 *
 * The address of a node that is gone may be given to a node of another cluster, which tells that
 * cluster's table. It has no node id in common with the known one, while a cluster that has changed
 * keeps some. A cluster that was made anew at the same addresses has none in common either: then
 * two of the known addresses tell the same. A server that tells no ids is believed. No lock of its
 * own.
 */
#ifndef RC_LINEAGE_H
#define RC_LINEAGE_H

#include "core/topology/slotmap.h"

typedef struct rc_lineage {
    rc_slotmap *known; /* the last table that was fetched, counted; NULL: none yet */
    rc_node_ids rival; /* of the last table since then that has no node in common with it */
    rc_node_id teller; /* the node that told the rival */
} rc_lineage;

/*
 * rc_lineage_accepts: the table that `teller` told may take the known one's place. False makes it
 * the rival: the next one that agrees with it, from another known node, is accepted.
 */
bool rc_lineage_accepts(rc_lineage *lineage, const rc_slotmap *map, rc_node_id teller);

/* rc_lineage_install makes the map, of which it takes a count, the known one; returns the old. */
rc_slotmap *rc_lineage_install(rc_lineage *lineage, rc_slotmap *map);

#endif
