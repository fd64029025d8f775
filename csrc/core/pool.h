/*
 * pool: the nodes that a client knows, and the idle connections to each.
 *
 * A node keeps its number as long as the client lives, whatever becomes of it in the cluster. All
 * state is behind the client's guard; sockets are opened, checked and closed outside it. A
 * connection belongs to its caller between rc_pool_take and rc_pool_give.
 */
#ifndef RC_POOL_H
#define RC_POOL_H

#include "connection.h"
#include "guard.h"
#include "wait.h"

typedef struct rc_node {
    char host[RC_HOST_MAX];
    char tls_name[RC_HOST_MAX]; /* what a slot table calls it beside its address; "": nothing */
    int port;
    rc_connection *idle;
    size_t idle_count;
    size_t taken;
} rc_node;

typedef struct rc_pool {
    rc_guard *guard;
    const rc_options *options;
    rc_tls *tls;
    rc_node **nodes;
    size_t node_count;
    size_t node_capacity;
    size_t connections; /* idle and taken, of all nodes */
    unsigned generation;
} rc_pool;

/* The guard and the options must outlive the pool. */
rc_status rc_pool_init(rc_pool *pool, rc_guard *guard, const rc_options *options, rc_error *error);
void rc_pool_free(rc_pool *pool); /* all connections must have been given back */

/* rc_pool_node finds the node with this address or makes it; RC_NO_NODE without memory. */
rc_node_id rc_pool_node(rc_pool *pool, const char *host, int port);

/* rc_pool_name says what the node is called under TLS, from its next connection on; "": its host.
 */
void rc_pool_name(rc_pool *pool, rc_node_id node, const char *tls_name);

size_t rc_pool_count(rc_pool *pool);

/* rc_pool_at is the node of a number, whose address never changes; NULL when there is none. */
const rc_node *rc_pool_at(rc_pool *pool, rc_node_id node);

/*
 * rc_pool_take gives a connection to the node: an idle one that works, or a new one that is still
 * to be opened (connection->ready tells). When the limits allow none, it waits for one until
 * `until`, the call's deadline or its interruption, whichever comes first; 0 is not to wait. Who
 * holds a connection already must not wait for another: two such calls could wait for each other.
 */
rc_status rc_pool_take(rc_pool *pool, rc_node_id node, bool readonly, rc_call *call, rc_msec until,
                       rc_connection **connection, rc_error *error);

/* rc_pool_refused: a limit has kept rc_pool_take from giving a connection, at once or in the end.
 */
static inline bool rc_pool_refused(rc_status status)
{
    return status == RC_POOL_FULL || status == RC_POOL_TIMEOUT;
}

/* rc_pool_give takes it back: kept if `clean` (it owes no reply), closed otherwise. */
void rc_pool_give(rc_pool *pool, rc_connection *connection, bool clean);

/* rc_pool_disconnect closes all idle connections. */
void rc_pool_disconnect(rc_pool *pool);

/*
 * rc_pool_leave closes the idle connections to nodes that are not in this map: nobody would use
 * them again, and so nobody would notice when the node goes.
 */
void rc_pool_leave(rc_pool *pool, const rc_slotmap *map);

#endif
