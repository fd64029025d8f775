/*
 * probe: one question to one node, and its answer.
 *
 * What the client itself wants to know of a node (its slot table, a setting) is asked here, on a
 * connection of the pool, with a deadline. User commands never come this way. rc_probe_ask waits
 * for the answer; the other functions do not, so that a question can be under way beside a call.
 */
#ifndef RC_PROBE_H
#define RC_PROBE_H

#include "core/net/wait.h"
#include "core/pool/pool.h"

typedef struct rc_probe {
    /* What is asked, set by who begins it; all must stay where it is until the end. */
    rc_pool *pool;
    const rc_buffer *request;
    rc_reply_tree *answer; /* where the reply will be recorded from its start */
    rc_msec deadline;
    bool unhurried; /* the deadline alone bounds it, and not the options' timeouts */
    /* How far it has come. */
    rc_connection *connection; /* NULL: it is over, or never began */
    rc_msec due;               /* when the phase that it is in has taken too long */
    size_t sent;               /* bytes of the request */
    size_t received;           /* bytes of the answer */
    short events;              /* what to poll the connection's socket for */
    bool opening;
} rc_probe;

/* rc_probe_begin takes a connection (see rc_pool_take). Without one, nothing is to be ended. */
rc_status rc_probe_begin(rc_probe *probe, rc_node_id node, rc_call *call, rc_msec until,
                         rc_error *error);

/*
 * rc_probe_step does what can be done without a wait. RC_IO_OK: answered, and the probe is
 * over; RC_IO_FAILED: it is over, and *error says why; RC_IO_WAIT_READ or RC_IO_WAIT_WRITE: step
 * again when `events` have come or `due` has. An error reply is an answer.
 */
rc_io rc_probe_step(rc_probe *probe, rc_error *error);

/* rc_probe_end gives up an probe that is under way; nothing happens if it is over. */
void rc_probe_end(rc_probe *probe);

/*
 * rc_probe_ask asks and waits. The options' timeouts hold as well as the deadline. Fails with a
 * status and a text in *error, which names the node; the connection is closed then.
 */
rc_status rc_probe_ask(rc_pool *pool, rc_node_id node, const rc_buffer *request, rc_call *call,
                       rc_msec deadline, rc_reply_tree *answer, rc_error *error);

#endif
