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

#include "slotmap.h"
#include "tape.h"

/*
 * An rc_resolve is the number of the node at an address, an empty host being the one that answered;
 * RC_NO_NODE without memory. `hostname` is what the metadata call the node, "" if they do not.
 */
typedef rc_node_id (*rc_resolve)(void *context, const char *host, int port, const char *hostname);

/* rc_slots_reply_read reads the reply at the start of the tape; *map is new, or NULL on failure. */
rc_status rc_slots_reply_read(const rc_tape *tape, rc_resolve resolve, void *context,
                              rc_slotmap **map);

#endif
