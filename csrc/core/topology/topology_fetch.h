/*
 * topology_fetch: a fetch of the slot table that calls drive while they wait for replies.
 *
 * A call that met a MOVED, has got no reply for a while, or begins while the table is in doubt
 * asks one node for its slot table. Whoever polls for the call polls for this as well. A client has
 * one fetch of this kind at most, and its calls drive it in turn: one that ends before the
 * answer has come leaves the question to the next, so that no call's timeout ends a fetch.
 */
#ifndef RC_TOPOLOGY_FETCH_H
#define RC_TOPOLOGY_FETCH_H

#include "core/topology/topology.h"

typedef struct rc_topology_fetch {
    rc_topology *topology;
    rc_probe probe; /* under way while it has a connection */
    rc_node_id node;
    rc_buffer request;
    rc_reply_tree answer;
    rc_msec asked_at;
    bool driven; /* a call of the process `generation` looks after it; nobody else may touch it */
    unsigned generation; /* rc_fork_generation of that process */
} rc_topology_fetch;

/* rc_topology_fetch_init: nothing is under way. The topology must outlive it. */
void rc_topology_fetch_init(rc_topology_fetch *table_fetch, rc_topology *topology);

/* rc_topology_fetch_free gives its connection back; no call may be looking after it. */
void rc_topology_fetch_free(rc_topology_fetch *table_fetch);

/*
 * rc_topology_fetch_begin asks `node`, unless another call fetches or the node cannot be asked;
 * then *mine stays false. If it becomes true the caller must step it, and end or leave it. Other
 * than RC_OK are RC_INTERRUPTED, and what rc_pool_is_at_limit knows: there is no connection to
 * spare just now.
 */
rc_status rc_topology_fetch_begin(rc_topology_fetch *table_fetch, rc_node_id node, rc_call *call,
                                  bool *mine);

/*
 * rc_topology_fetch_try asks about a map in doubt, when that is due: it takes up the question that
 * a call has left, or asks a node that has not failed. Results as those of rc_topology_fetch_begin.
 */
rc_status rc_topology_fetch_try(rc_topology_fetch *table_fetch, const rc_slotmap *map,
                                rc_call *call, bool *mine);

/* rc_topology_fetch_wait_limit is until when a call that begins should wait for a map in doubt. */
rc_msec rc_topology_fetch_wait_limit(const rc_call *call);

/*
 * rc_topology_fetch_wait looks and waits, until there is another map, nobody can be asked, or
 * `until` has come. A fetch that is the caller's may still be under way then (*mine). RC_OK, or
 * RC_INTERRUPTED.
 */
rc_status rc_topology_fetch_wait(rc_topology_fetch *table_fetch, const rc_slotmap *map,
                                 rc_call *call, rc_msec until, bool *mine);

/*
 * rc_topology_fetch_step goes on when its socket is ready or its time has come. True when it is
 * over: the new map is in place, or there is none; it is not the caller's any more.
 */
bool rc_topology_fetch_step(rc_topology_fetch *table_fetch, rc_call *call);

/* rc_topology_fetch_end gives up what is under way. */
void rc_topology_fetch_end(rc_topology_fetch *table_fetch);

/*
 * rc_topology_fetch_leave leaves it to the next call that finds the map in doubt, if the pool can
 * spare the connection until then.
 */
void rc_topology_fetch_leave(rc_topology_fetch *table_fetch);

/* rc_topology_fetch_drop closes what no call looks after. */
void rc_topology_fetch_drop(rc_topology_fetch *table_fetch);

/* rc_topology_fetch_socket is what the call that looks after it polls. */
static inline struct pollfd rc_topology_fetch_socket(const rc_topology_fetch *table_fetch)
{
    return (struct pollfd){.fd = table_fetch->probe.connection->transport.fd,
                           .events = table_fetch->probe.events};
}

#endif
