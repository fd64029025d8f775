/*
 * inquiry: one question to one node, and its answer, while the caller waits.
 *
 * What the client itself wants to know of a node (its slot table, a setting) is asked here, on a
 * connection of the pool, with a deadline. User commands never come this way.
 */
#ifndef RC_INQUIRY_H
#define RC_INQUIRY_H

#include "pool.h"
#include "wait.h"

/*
 * rc_inquire sends the request and waits for the reply, which is recorded at the start of `answer`
 * (made empty first). The options' timeouts hold as well as the deadline. An error reply is an
 * answer. Fails with a status and a text in *error, which names the node; the connection is closed
 * then.
 */
rc_status rc_inquire(rc_pool *pool, rc_node_id node, const rc_buffer *request, rc_call *call,
                     rc_msec deadline, rc_tape *answer, rc_error *error);

#endif
