/*
 * cluster: one client, as the binding sees it.
 *
 * Owns the options, the lock, the pool, the topology and the executor, and hands calls to them.
 * Every function may be called by any thread at any time, without Python's lock; each blocks until
 * it is done, its call's deadline has passed, or its call was interrupted.
 */
#ifndef RC_CLUSTER_H
#define RC_CLUSTER_H

#include "core/execution/executor.h"
#include "core/session/session.h"

typedef struct rc_cluster rc_cluster;

/*
 * rc_cluster_new copies the options and makes a client that knows no node but the startup nodes;
 * nothing is sent yet. NULL and *error on failure.
 */
rc_cluster *rc_cluster_new(const rc_options *options, rc_error *error);

/* rc_cluster_free closes everything; no call may be running. NULL is allowed. */
void rc_cluster_free(rc_cluster *cluster);

/*
 * rc_cluster_open fetches the slot table, and checks that it covers what the options demand, and
 * that a node which it names can be reached if the one that gave it is not among them.
 */
rc_status rc_cluster_open(rc_cluster *cluster, rc_call *call, rc_error *error);

/* rc_cluster_refresh fetches the slot table again, newer than any that is known now. */
rc_status rc_cluster_refresh(rc_cluster *cluster, rc_call *call, rc_error *error);

/*
 * rc_cluster_look_after is for a node that was a primary and is silent: RC_CLOSED if it is none any
 * more in a slot table that is fresh. RC_OK if it is, or if nobody can tell; RC_INTERRUPTED. Asks
 * another node, until the call's deadline at most, and waits for no connection of the pool.
 */
rc_status rc_cluster_look_after(rc_cluster *cluster, rc_node_id node, rc_call *call,
                                rc_error *error);

/*
 * rc_cluster_owner is the primary of a slot, for a session that is to be opened; RC_NO_NODE when
 * there is none. If the one that is known has failed since the slot table was asked for, it waits
 * for a fresh one first, for a moment and a part of the call's time. RC_OK, or RC_INTERRUPTED.
 */
rc_status rc_cluster_owner(rc_cluster *cluster, int slot, rc_call *call, rc_node_id *owner);

/* rc_cluster_doubt: the node refuses what it should serve; see rc_topology_doubt. */
void rc_cluster_doubt(rc_cluster *cluster, rc_node_id node);

/* rc_cluster_execute: see rc_executor_execute. */
rc_status rc_cluster_execute(rc_cluster *cluster, rc_batch *batch, rc_call *call);

/*
 * rc_cluster_session opens a connection of its own to the node with this address, which need not be
 * in the slot table (see rc_session_open). The session must be closed before the client is freed.
 */
rc_status rc_cluster_session(rc_cluster *cluster, const char *host, int port, bool readonly,
                             rc_call *call, rc_session **session, rc_error *error);

/*
 * rc_cluster_exchange is rc_session_exchange of requests to a primary: it ends with RC_CLOSED when
 * that is silent, and another has taken its place in a fresh slot table; and a failure brings the
 * table in doubt.
 */
rc_status rc_cluster_exchange(rc_cluster *cluster, rc_session *session, rc_exchange *exchange,
                              rc_call *call, rc_error *error);

/* rc_cluster_disconnect closes the idle connections; the next call opens new ones. */
void rc_cluster_disconnect(rc_cluster *cluster);

/* rc_cluster_options are the client's options; they live as long as the cluster. */
const rc_options *rc_cluster_options(const rc_cluster *cluster);

/* rc_cluster_map is the current slot map, counted for the caller. */
rc_slotmap *rc_cluster_map(rc_cluster *cluster);

/*
 * rc_cluster_enter enters an epoch (pool.h), which rc_cluster_leave leaves. A number of a node,
 * from a map or from rc_cluster_find, is good until the caller leaves an epoch that it entered
 * before it got the number. Functions of this header enter one by themselves.
 */
rc_epoch rc_cluster_enter(rc_cluster *cluster);

/* rc_cluster_leave leaves an epoch: numbers that the caller has from it are no longer good. */
void rc_cluster_leave(rc_cluster *cluster, rc_epoch epoch);

/* rc_cluster_hold keeps a number good until rc_cluster_release; each hold needs one release. */
void rc_cluster_hold(rc_cluster *cluster, rc_node_id node);

/* rc_cluster_release ends one rc_cluster_hold. */
void rc_cluster_release(rc_cluster *cluster, rc_node_id node);

/*
 * rc_cluster_hold_address finds the node with this address or makes it, and holds its number. On
 * failure (RC_NOMEM, RC_NODES_FULL) nothing is held.
 */
rc_status rc_cluster_hold_address(rc_cluster *cluster, const char *host, int port,
                                  rc_node_id *node);

/* rc_cluster_find is the node with this address, if it is known; RC_NO_NODE. */
rc_node_id rc_cluster_find(rc_cluster *cluster, const char *host, int port);

/* rc_cluster_changes: see rc_topology_changes. */
void rc_cluster_changes(rc_cluster *cluster, uint64_t *changes, int *moved);

/* rc_cluster_node_count is above all numbers of nodes that are known. */
size_t rc_cluster_node_count(rc_cluster *cluster);

/* rc_cluster_report: see rc_pool_report. */
bool rc_cluster_report(rc_cluster *cluster, rc_node_id node, rc_node_report *report);

/* rc_cluster_address: see rc_pool_address. */
bool rc_cluster_address(rc_cluster *cluster, rc_node_id node, uint16_t age, char host[RC_HOST_MAX],
                        int *port);

/* rc_cluster_event_queue is where events wait to be taken. */
rc_event_queue *rc_cluster_event_queue(rc_cluster *cluster);

/* rc_cluster_node is the node of a number, until the caller leaves its epoch; NULL: no such node.
 */
const rc_node *rc_cluster_node(rc_cluster *cluster, rc_node_id node);

#endif
