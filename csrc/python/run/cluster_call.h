/*
 * cluster_call: the calls into the core, for which the GIL is given up.
 *
 * What the core asks meanwhile is answered here, with the GIL: whether a signal ends the call, and
 * what address_remap makes of an address. Either may raise; the exception waits, away from the
 * thread, until the core has come back. Events are delivered to the observer before a function
 * returns. All need the GIL.
 */
#ifndef RC_PYTHON_CLUSTER_CALL_H
#define RC_PYTHON_CLUSTER_CALL_H

#include "python/types/cluster.h"

/*
 * cluster_call_execute runs the batch. 0: each command has its outcome. -1 with an exception: a
 * signal ended the call, or memory ran out; commands have the outcome that they had then.
 */
int cluster_call_execute(ClusterObject *self, rc_batch *batch, rc_msec deadline);

typedef rc_status (*ClusterFetch)(rc_cluster *cluster, rc_call *call, rc_error *error);

/* cluster_call_fetch runs one of the core's calls for the slot table: None, or NULL with an
 * exception. */
PyObject *cluster_call_fetch(ClusterObject *self, ClusterFetch function);

/*
 * cluster_call_map is the slot map, fetched if none is known yet; NULL with an exception. The
 * caller drops it.
 */
rc_slotmap *cluster_call_map(ClusterObject *self);

/*
 * cluster_call_session opens a connection that is the caller's alone (rc_cluster_session); NULL
 * with an exception. It has to be closed before the cluster object goes.
 */
rc_session *cluster_call_session(ClusterObject *self, const char *host, int port, bool readonly);

/*
 * cluster_call_exchange is rc_session_exchange without the GIL. RC_INTERRUPTED: an exception is
 * set. Any other failure sets none: errors_from_error makes it.
 */
rc_status cluster_call_exchange(rc_session *session, rc_exchange *exchange, rc_error *error);

/*
 * cluster_call_ask is cluster_call_exchange for a request to a primary: it ends when another node
 * has taken that node's place.
 */
rc_status cluster_call_ask(ClusterObject *self, rc_session *session, rc_exchange *exchange,
                           rc_error *error);

/* cluster_call_owner is rc_cluster_owner without the GIL; -1 with an exception. */
int cluster_call_owner(ClusterObject *self, int slot, rc_msec deadline, rc_node_id *owner);

/*
 * cluster_call_address is rc_address_map_apply for an address outside of any call: a new reference
 * to (host, port), or NULL with the exception that address_remap has raised.
 */
PyObject *cluster_call_address(ClusterObject *self, const char *host, int port);

/*
 * cluster_call_serves: whether the node with this address is a primary in the slot map that is
 * known. Asks no server.
 */
bool cluster_call_serves(ClusterObject *self, const char *host, int port);

/* cluster_call_wait is rc_session_wait without the GIL: 1, 0 at `until`, -1 with an exception. */
int cluster_call_wait(rc_session *const *sessions, size_t count, rc_msec until);

#endif
