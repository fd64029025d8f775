/*
 * slots_reply: the reply to CLUSTER SLOTS, read into a slot map.
 *
 * [[first slot, last slot, [host, port, id, metadata], replica ...], ...], from any server that may
 * say anything: what is not exactly that is RC_TOPOLOGY. No I/O and no state; which node an address
 * is, the caller's function says.
 * See https://redis.io/docs/latest/commands/cluster-slots/
 */
#ifndef RC_SLOTS_REPLY_H
#define RC_SLOTS_REPLY_H

#include "core/resp/reply_tree.h"
#include "core/topology/slotmap.h"

/* What a table may name at most. The largest real ones have about a thousand nodes. */
enum {
    RC_TABLE_RANGES_MAX = RC_SLOTS,
    RC_TABLE_NODES_MAX = 16 * 1024, /* different ones */
    RC_RANGE_NODES_MAX = 4 * 1024   /* of one range: its primary and its replicas */
};

/*
 * An rc_resolve gives the number of the node at an address, an empty host being the one that
 * answered. `hostname` is what the metadata call the node, "" if they do not. A failure ends the
 * reading, so this is also where a long one can be interrupted.
 */
typedef rc_status (*rc_resolve)(void *context, const char *host, int port, const char *hostname,
                                rc_node_id *node);

/*
 * rc_slots_reply_read reads the reply at the start of the reply tree; *map is new, or NULL on
 * failure. RC_TOPOLOGY: *error says what is wrong with the table. Other failures are those of
 * `resolve`, and RC_NOMEM; *error is as it was then.
 */
rc_status rc_slots_reply_read(const rc_reply_tree *tree, rc_resolve resolve, void *context,
                              rc_slotmap **map, rc_error *error);

#endif
