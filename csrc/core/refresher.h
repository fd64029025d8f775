/*
 * refresher: a fetch of the slot table that goes on beside a call.
 *
 * A call that met a MOVED, or has heard nothing for a while, asks one node for its slot table and
 * goes on with its own conversation meanwhile; whoever polls for the call polls for this as well.
 * It belongs to the call. Nothing here waits for the node.
 */
#ifndef RC_REFRESHER_H
#define RC_REFRESHER_H

#include "topology.h"

typedef struct rc_refresher {
    rc_topology *topology;
    rc_inquiry inquiry;
    rc_node_id node;
    rc_buffer request;
    rc_tape answer;
    bool active;
} rc_refresher;

/*
 * rc_refresher_begin asks `node`, unless another thread fetches or the node cannot be asked;
 * `active` tells. Other than RC_OK are RC_INTERRUPTED, and what rc_pool_refused knows: there is no
 * connection to spare just now.
 */
rc_status rc_refresher_begin(rc_refresher *refresher, rc_topology *topology, rc_node_id node,
                             rc_call *call);

/*
 * rc_refresher_step goes on when its socket is ready or its time has come. True when it is over:
 * the new map is in place, or there is none.
 */
bool rc_refresher_step(rc_refresher *refresher, rc_call *call);

/* rc_refresher_end gives up what is under way. */
void rc_refresher_end(rc_refresher *refresher);

void rc_refresher_free(rc_refresher *refresher);

static inline struct pollfd rc_refresher_socket(const rc_refresher *refresher)
{
    return (struct pollfd){.fd = refresher->inquiry.connection->transport.fd,
                           .events = refresher->inquiry.events};
}

#endif
