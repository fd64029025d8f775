/*
 * pool: the nodes that a client knows, and the idle connections to each.
 *
 * All state is behind the client's lock; sockets are opened, checked and closed outside it. A
 * connection belongs to its caller between rc_pool_take and rc_pool_give.
 *
 * A node has a number. When many nodes are in no slot table any more, the pool forgets the oldest
 * and gives their numbers to other nodes. A thread that keeps numbers, or looks at nodes, enters an
 * epoch (rc_pool_enter): until it leaves, a number that it has seen means the same node. Outside of
 * an epoch a number is good only while one of its connections is taken, or while it is held
 * (rc_pool_hold).
 */
#ifndef RC_POOL_H
#define RC_POOL_H

#include "core/base/fork_lock.h"
#include "core/base/hash.h"
#include "core/net/connection.h"
#include "core/net/wait.h"
#include "core/pool/event_queue.h"
#include "core/pool/health.h"
#include "core/pool/waiters.h"

typedef struct rc_node {
    rc_node_id number;
    uint16_t age; /* how often its number has been given to another address */
    char host[RC_HOST_MAX];
    char tls_name[RC_HOST_MAX]; /* what a slot table calls it beside its address; "": nothing */
    int port;
    rc_connection *idle;
    size_t idle_count;
    size_t taken;
    rc_resolver *resolver; /* of the host, while somebody waits for its name; NULL: nobody does */
    rc_health health;
    rc_stats stats;
    rc_status failure; /* of the last connection attempt that failed */
    char why[128];     /* the same in words */
    uint32_t turn;     /* of the reads that its shard's nodes take in turn */

    struct rc_node *chain; /* the next with the same place in the index of addresses */
    bool listed;           /* the slot table that was fetched last names it */
    bool named;            /* the slot table that was fetched last, or a MOVED since, names it */
    unsigned held;
    bool
        forgotten; /* its address is; the number is given to another node when no thread can know it
                    */
    bool retired;  /* it is in the list of forgotten numbers */
    unsigned retired_in; /* the epoch in which it was put there */
    struct rc_node *next_retired;
} rc_node;

/*
 * Reclamation by epochs: threads that enter are counted by the epoch that is current then. A new
 * epoch begins when all threads have left the one before the current one. So when two more have
 * begun, no thread is left that entered in the first.
 */
typedef struct rc_epochs {
    unsigned current;
    unsigned generation; /* rc_fork_generation of the process whose threads are counted */
    size_t inside[2];    /* threads inside the current epoch and the one before, by parity */
} rc_epochs;

/* What a thread that has entered keeps until it leaves. */
typedef struct rc_epoch {
    unsigned number;
    unsigned generation; /* rc_fork_generation when it entered */
} rc_epoch;

/* What the pool's index of nodes consists of (nodes.c). */
typedef struct rc_node_index {
    rc_node **chains; /* by address */
    size_t size;      /* a power of two */
    rc_hash_key key;
    size_t known;     /* nodes that are not forgotten */
    size_t unnamed;   /* known nodes that no slot table and no MOVED names */
    size_t forget_at; /* unnamed nodes are forgotten when there are so many */
    size_t next;      /* the number that is looked at first when some are to be forgotten */
    rc_node *retired; /* in the order in which they were forgotten */
    rc_node *retired_last;
    rc_epochs epochs;
} rc_node_index;

typedef struct rc_pool {
    rc_fork_lock *lock;
    const rc_options *options;
    rc_tls *tls;
    rc_node **nodes;
    size_t node_count;
    size_t node_capacity;
    rc_node_index index;
    size_t connections; /* idle and taken, of all nodes */
    size_t closing;     /* of the taken ones, those that are not used but closed */
    rc_waiters waiters;
    unsigned generation;
    /*
     * Some node may be unfit for reads before; none is later. Atomic, and so aligned: a processor
     * of 32 bits does not align 8 bytes by itself.
     */
    _Alignas(sizeof(rc_msec)) rc_msec unfit_until;
    rc_event_queue event_queue;
} rc_pool;

/*
 * rc_pool_init makes a pool without nodes. The lock and the options must outlive it. On failure
 * there is nothing to free.
 */
rc_status rc_pool_init(rc_pool *pool, rc_fork_lock *lock, const rc_options *options,
                       rc_error *error);

/* rc_pool_free closes idle connections; all others must have been given back. */
void rc_pool_free(rc_pool *pool);

/* rc_pool_enter enters the current epoch, which rc_pool_leave leaves. The caller holds the lock. */
rc_epoch rc_pool_enter(rc_pool *pool);

/* rc_pool_leave leaves an epoch: numbers that no thread inside can have seen may be given again.
 * The caller holds the lock. */
void rc_pool_leave(rc_pool *pool, rc_epoch epoch);

/*
 * rc_pool_add finds the node with this address or makes it. RC_NOMEM; RC_NODES_FULL when all
 * numbers are in use. *node is RC_NO_NODE then.
 */
rc_status rc_pool_add(rc_pool *pool, const char *host, int port, rc_node_id *node);

/* rc_pool_node is rc_pool_add for who need not know what is lacking: RC_NO_NODE. */
rc_node_id rc_pool_node(rc_pool *pool, const char *host, int port);

/* rc_pool_find is the node with this address, if there is one; RC_NO_NODE. */
rc_node_id rc_pool_find(rc_pool *pool, const char *host, int port);

/* rc_pool_hold keeps a number good outside of epochs, until rc_pool_release. Takes the lock. */
void rc_pool_hold(rc_pool *pool, rc_node_id node);

/* rc_pool_release ends one rc_pool_hold; each needs one. Takes the lock. */
void rc_pool_release(rc_pool *pool, rc_node_id node);

/*
 * rc_pool_set_listed says which nodes the slot table names that was fetched last: these are not
 * forgotten. The caller holds the lock.
 */
void rc_pool_set_listed(rc_pool *pool, const uint8_t nodes[RC_NODE_BITS]);

/* rc_pool_set_named says that a MOVED has named a node: it is not forgotten. The caller holds the
 * lock.
 */
void rc_pool_set_named(rc_pool *pool, rc_node_id node);

/* rc_pool_is_listed: the slot table that was fetched last names the node. */
bool rc_pool_is_listed(rc_pool *pool, rc_node_id node);

/*
 * rc_pool_address copies a node's address; false when the number is no node's, or has been given to
 * another one since the node was of this age.
 */
bool rc_pool_address(rc_pool *pool, rc_node_id node, uint16_t age, char host[RC_HOST_MAX],
                     int *port);

/* rc_pool_set_tls_name sets the name that the node's certificate must carry, from its next
 * connection on; "": its host.
 */
void rc_pool_set_tls_name(rc_pool *pool, rc_node_id node, const char *tls_name);

/* rc_pool_node_count is above all numbers that nodes have. */
size_t rc_pool_node_count(rc_pool *pool);

/* rc_pool_at is the node of a number, whose address stays as it is inside the epoch; NULL when
 * there is none. */
const rc_node *rc_pool_at(rc_pool *pool, rc_node_id node);

/*
 * rc_pool_take gives a connection to the node: an idle one that works, or a new one that is still
 * to be opened (connection->ready tells). The limits are on open sockets: what has to go is closed
 * before another is opened. When they allow none, it waits for its turn until `until`, the call's
 * deadline or its interruption, whichever comes first; 0 is not to wait, but for the moment in
 * which another thread closes one. Who holds a connection already must not wait for another: two
 * such calls could wait for each other. A node that is down, or refuses the login, is not connected
 * to before its time: the status is that of the last attempt.
 */
rc_status rc_pool_take(rc_pool *pool, rc_node_id node, bool readonly, rc_call *call, rc_msec until,
                       rc_connection **connection, rc_error *error);

/* rc_pool_is_at_limit: a limit has kept rc_pool_take from giving a connection, at once or in the
 * end.
 */
static inline bool rc_pool_is_at_limit(rc_status status)
{
    return status == RC_POOL_FULL || status == RC_POOL_TIMEOUT;
}

/*
 * rc_pool_advance is rc_connection_advance on a connection of the pool: what becomes of the attempt
 * is the node's health.
 */
rc_io rc_pool_advance(rc_pool *pool, rc_connection *connection, rc_error *error);

/*
 * rc_pool_note_late_attempt is for a caller whose time ends before the connection is open. The node
 * counts as down only if it was given a fair time. The caller closes the connection.
 */
void rc_pool_note_late_attempt(rc_pool *pool, const rc_connection *connection,
                               const rc_error *error);

/* rc_pool_has_room: another connection to the node can be opened, and nobody waits for one. */
bool rc_pool_has_room(rc_pool *pool, rc_node_id node);

/* rc_pool_connect_failed: an attempt to connect has failed. What this process lacks is not the
 * node's fault.
 */
void rc_pool_connect_failed(rc_pool *pool, rc_node_id node, const rc_error *error);

/* rc_pool_mark_unfit keeps reads away from the node for a moment. */
void rc_pool_mark_unfit(rc_pool *pool, rc_node_id node);

/* rc_pool_is_fit: whether reads may go to the node; costs no lock while nothing is wrong anywhere.
 */
bool rc_pool_is_fit(rc_pool *pool, rc_node_id node, rc_msec now);

/*
 * rc_pool_doubt: an exchange with the node has failed, or it refuses what it should serve. It is
 * asked for the slot table last, until an exchange has gone well.
 */
void rc_pool_doubt(rc_pool *pool, rc_node_id node);

/* rc_pool_doubted_at is when rc_pool_doubt was called for the node; 0: there is no doubt. */
rc_msec rc_pool_doubted_at(rc_pool *pool, rc_node_id node);

/* rc_pool_rejects_login: the node is there, and has refused the last login. */
bool rc_pool_rejects_login(rc_pool *pool, rc_node_id node);

/*
 * rc_pool_retry_after is how long nobody will connect to the node because it is down; 0: it can be
 * tried. 0 after a refused login as well: the user has to see that error.
 */
rc_msec rc_pool_retry_after(rc_pool *pool, rc_node_id node);

/* rc_pool_give takes it back: kept if `clean` (no reply is due), closed otherwise. */
void rc_pool_give(rc_pool *pool, rc_connection *connection, bool clean);

/* What is known of a node at one moment. */
typedef struct rc_node_report {
    char host[RC_HOST_MAX];
    int port;
    rc_stats stats;
    size_t idle;
    size_t taken;
    bool down;
} rc_node_report;

/* rc_pool_report: false when the number is no node's just now. */
bool rc_pool_report(rc_pool *pool, rc_node_id node, rc_node_report *report);

/* What is counted of a node as it happens, apart from what its connections tally. */
typedef enum rc_counter {
    RC_COUNT_LOSS,     /* an exchange that broke */
    RC_COUNT_REDIRECT, /* a MOVED or ASK that the node gave */
    RC_COUNT_REFRESH   /* a slot table that it gave */
} rc_counter;

/* rc_pool_increment adds one to a counter of the node. Takes the lock. */
void rc_pool_increment(rc_pool *pool, rc_node_id node, rc_counter counter);

/* rc_pool_latency is the node's usual round trip in microseconds; 0: nobody has measured it. */
uint32_t rc_pool_latency(rc_pool *pool, rc_node_id node);

/* rc_pool_turn counts the reads of the primary's shard, one at each call. */
uint32_t rc_pool_turn(rc_pool *pool, rc_node_id primary);

/* rc_pool_disconnect closes all idle connections. */
void rc_pool_disconnect(rc_pool *pool);

/*
 * rc_pool_close_others closes the idle connections to nodes that are not in the set: nobody would
 * use them again, and so nobody would notice when the node goes.
 */
void rc_pool_close_others(rc_pool *pool, const uint8_t nodes[RC_NODE_BITS]);

#endif
