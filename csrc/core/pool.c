#include "pool.h"

#include <stdio.h>

/* How long a wait for a connection goes on before the call is asked whether it is interrupted. */
enum { PATIENCE = 25 };

rc_status rc_pool_init(rc_pool *pool, rc_guard *guard, const rc_options *options, rc_error *error)
{
    *pool = (rc_pool){.guard = guard, .options = options, .generation = rc_fork_generation()};
    rc_journal_init(&pool->journal, guard);
    if (options->tls.on) {
        pool->tls = rc_tls_new(&options->tls, error);
        if (pool->tls == NULL) {
            return error->status;
        }
    }
    return RC_OK;
}

static void push(rc_connection **list, rc_connection *connection)
{
    connection->next = *list;
    *list = connection;
}

/*
 * discard_list closes connections that are counted as taken and as closing, and only then frees
 * their places: who gets one may open another at once, and there must never be more of them than
 * the limits say.
 */
static void discard_list(rc_pool *pool, rc_connection *connection)
{
    while (connection != NULL) {
        rc_connection *next = connection->next;
        unsigned generation = connection->generation;
        rc_node_id node = connection->node;
        rc_connection_free(connection);
        rc_guard_lock(pool->guard);
        if (generation == pool->generation) {
            pool->nodes[node]->taken--;
            pool->connections--;
            pool->closing--;
            rc_guard_signal(pool->guard);
        }
        rc_guard_unlock(pool->guard);
        connection = next;
    }
}

/* take_tally adds to the node's numbers what its connection has counted since it was taken. */
static void take_tally(rc_node *node, rc_connection *connection)
{
    connection->tally.bytes_sent = connection->transport.sent;
    connection->tally.bytes_received = connection->transport.received;
    connection->transport.sent = connection->transport.received = 0;
    rc_stats_add(&node->stats, &connection->tally);
    connection->tally = (rc_tally){0};
    if (connection->round_trip > 0) {
        rc_stats_latency(&node->stats, connection->round_trip, connection->typical);
        connection->round_trip = 0;
    }
}

static void discard(rc_pool *pool, rc_connection *connection)
{
    rc_guard_lock(pool->guard);
    if (connection->generation == pool->generation) {
        take_tally(pool->nodes[connection->node], connection);
        pool->closing++;
    }
    rc_guard_unlock(pool->guard);
    connection->next = NULL;
    discard_list(pool, connection);
}

void rc_pool_free(rc_pool *pool)
{
    for (size_t i = 0; i < pool->node_count; i++) {
        while (pool->nodes[i]->idle != NULL) {
            rc_connection *next = pool->nodes[i]->idle->next;
            rc_connection_free(pool->nodes[i]->idle);
            pool->nodes[i]->idle = next;
        }
        rc_free(pool->nodes[i]);
    }
    rc_free(pool->nodes);
    rc_tls_free(pool->tls);
    *pool = (rc_pool){0};
}

static rc_node_id find_node(const rc_pool *pool, const char *host, int port)
{
    for (size_t i = 0; i < pool->node_count; i++) {
        if (pool->nodes[i]->port == port && strcmp(pool->nodes[i]->host, host) == 0) {
            return (rc_node_id)i;
        }
    }
    return RC_NO_NODE;
}

static rc_node_id add_node(rc_pool *pool, const char *host, int port)
{
    if (pool->node_count >= RC_NO_NODE) {
        return RC_NO_NODE;
    }
    rc_node **grown =
        rc_grow(pool->nodes, &pool->node_capacity, pool->node_count + 1, sizeof *grown);
    if (grown == NULL) {
        return RC_NO_NODE;
    }
    pool->nodes = grown;
    rc_node *node = rc_alloc_zeroed(sizeof *node);
    if (node == NULL) {
        return RC_NO_NODE;
    }
    snprintf(node->host, sizeof node->host, "%s", host);
    node->port = port;
    pool->nodes[pool->node_count] = node;
    return (rc_node_id)pool->node_count++;
}

rc_node_id rc_pool_node(rc_pool *pool, const char *host, int port)
{
    rc_guard_lock(pool->guard);
    rc_node_id node = find_node(pool, host, port);
    if (node == RC_NO_NODE) {
        node = add_node(pool, host, port);
    }
    rc_guard_unlock(pool->guard);
    return node;
}

void rc_pool_name(rc_pool *pool, rc_node_id id, const char *tls_name)
{
    rc_guard_lock(pool->guard);
    rc_node *node = pool->nodes[id];
    snprintf(node->tls_name, sizeof node->tls_name, "%s", tls_name);
    rc_guard_unlock(pool->guard);
}

size_t rc_pool_count(rc_pool *pool)
{
    rc_guard_lock(pool->guard);
    size_t count = pool->node_count;
    rc_guard_unlock(pool->guard);
    return count;
}

/* node_at: the table may move while another thread adds to it, so even a look takes the lock. */
static rc_node *node_at(rc_pool *pool, rc_node_id id)
{
    rc_guard_lock(pool->guard);
    rc_node *node = id < pool->node_count ? pool->nodes[id] : NULL;
    rc_guard_unlock(pool->guard);
    return node;
}

const rc_node *rc_pool_at(rc_pool *pool, rc_node_id id)
{
    return node_at(pool, id);
}

/* unlink_idle takes the first idle connection that fits, or any at all, out of a node's list. */
static rc_connection *unlink_idle(rc_node *node, const bool *readonly)
{
    for (rc_connection **link = &node->idle; *link != NULL; link = &(*link)->next) {
        rc_connection *found = *link;
        if (readonly == NULL || found->readonly == *readonly) {
            *link = found->next;
            node->idle_count--;
            return found;
        }
    }
    return NULL;
}

/* doom counts an idle connection as taken by somebody who closes it: *list is for discard_list. */
static void doom(rc_pool *pool, rc_connection *connection, rc_connection **list)
{
    pool->nodes[connection->node]->taken++;
    pool->closing++;
    push(list, connection);
}

/*
 * forget_parent empties the pool in a child process: idle sockets are its parent's, and connections
 * that were taken are in the hands of threads that do not exist here. Returns what is to be closed.
 */
static rc_connection *forget_parent(rc_pool *pool)
{
    if (pool->generation == rc_fork_generation()) {
        return NULL;
    }
    rc_connection *stale = NULL;
    for (size_t i = 0; i < pool->node_count; i++) {
        rc_node *node = pool->nodes[i];
        while (node->idle != NULL) {
            push(&stale, unlink_idle(node, NULL));
        }
        node->taken = 0;
    }
    pool->connections = pool->closing = 0;
    pool->generation = rc_fork_generation();
    return stale;
}

/* any_idle takes an idle connection from whichever node has one. */
static rc_connection *any_idle(rc_pool *pool)
{
    for (size_t i = 0; i < pool->node_count; i++) {
        rc_connection *spare = unlink_idle(pool->nodes[i], NULL);
        if (spare != NULL) {
            return spare;
        }
    }
    return NULL;
}

static bool node_full(const rc_pool *pool, const rc_node *node)
{
    return node->taken + node->idle_count >= pool->options->max_connections_per_node;
}

/*
 * make_room gives up an idle connection when a limit stands in the way of a new one, which must not
 * be opened before that is closed: until then both are counted.
 */
static bool make_room(rc_pool *pool, rc_node *node, rc_connection **stale)
{
    rc_connection *spare;
    if (node_full(pool, node)) {
        spare = unlink_idle(node, NULL); /* idle, but greeted the other way */
    } else if (pool->connections >= pool->options->max_connections) {
        spare = any_idle(pool);
    } else {
        return true;
    }
    if (spare == NULL) {
        return false;
    }
    doom(pool, spare, stale);
    return true;
}

/*
 * reserve counts one more taken connection of the node, if the limits allow: *idle is one that can
 * be used, or NULL when a new one may be opened. *stale collects what the caller has to close.
 */
static bool reserve(rc_pool *pool, rc_node *node, bool readonly, rc_connection **idle,
                    rc_connection **stale)
{
    *idle = unlink_idle(node, &readonly);
    if (*idle == NULL) {
        if (!make_room(pool, node, stale)) {
            return false;
        }
        pool->connections++;
    }
    node->taken++;
    return true;
}

static void unreserve(rc_pool *pool, rc_node *node)
{
    node->taken--;
    pool->connections--;
    rc_guard_signal(pool->guard);
}

static rc_status pool_full(rc_pool *pool, const rc_node *node, rc_error *error)
{
    if (pool->options->pool_timeout != 0) {
        return rc_error_set(error, RC_POOL_TIMEOUT,
                            "No connection available for node %s:%d within "
                            "the pool's timeout",
                            node->host, node->port);
    }
    if (node_full(pool, node)) {
        return rc_error_set(error, RC_POOL_FULL, "Too many connection (%zu) for node: %s:%d",
                            pool->options->max_connections_per_node, node->host, node->port);
    }
    return rc_error_set(error, RC_POOL_FULL, "Too many connections");
}

/* resting: the error of the attempt that has just failed stands for the one that is not made. */
static rc_status resting(const rc_node *node, rc_error *error)
{
    return rc_error_set(error, node->failure, "%s (not tried again yet)", node->why);
}

/*
 * claim is reserve with patience until `until`. The lock is given up while the call is asked
 * whether it has been interrupted, as that may take Python's lock.
 */
static rc_status claim(rc_pool *pool, rc_node *node, bool readonly, rc_call *call, rc_msec until,
                       rc_connection **idle, rc_error *error)
{
    rc_status status = RC_OK;
    rc_guard_lock(pool->guard);
    rc_connection *stale = forget_parent(pool);
    if (node->idle == NULL && rc_health_rests(&node->health, rc_now())) {
        status = resting(node, error); /* before room is made for it at another's cost */
    }
    while (status == RC_OK && !reserve(pool, node, readonly, idle, &stale)) {
        /* What is being closed makes room in a moment: no limit stands in the way. */
        if (rc_until(until) == 0 && pool->closing == 0) {
            status = pool_full(pool, node, error);
            break;
        }
        rc_msec most = rc_deadline(PATIENCE);
        rc_guard_wait(pool->guard, pool->closing > 0 ? most : rc_sooner(most, until));
        rc_guard_unlock(pool->guard);
        status = rc_call_interrupted(call);
        rc_guard_lock(pool->guard);
    }
    if (status == RC_OK && *idle == NULL && !rc_health_attempt(&node->health, rc_now())) {
        unreserve(pool, node);
        status = resting(node, error);
    }
    rc_guard_unlock(pool->guard);
    discard_list(pool, stale);
    return status == RC_INTERRUPTED ? rc_error_set(error, status, "interrupted") : status;
}

/* begin takes the node's name out of the lock's reach first: resolving a host may block. */
static rc_status begin(rc_pool *pool, const rc_node *node, rc_connection *fresh, rc_error *error)
{
    char name[RC_HOST_MAX];
    rc_guard_lock(pool->guard);
    snprintf(name, sizeof name, "%s", node->tls_name);
    rc_guard_unlock(pool->guard);
    return rc_connection_open(fresh, node->host, node->port, name, pool->options, pool->tls, error);
}

static rc_status open_new(rc_pool *pool, rc_node *node, rc_node_id id, bool readonly,
                          rc_connection **connection, rc_error *error)
{
    rc_status status = RC_NOMEM;
    rc_connection *fresh = rc_connection_new(id, readonly);
    if (fresh == NULL) {
        rc_error_of(error, status);
    } else {
        status = begin(pool, node, fresh, error);
    }
    if (status != RC_OK) {
        rc_connection_free(fresh);
        rc_guard_lock(pool->guard);
        unreserve(pool, node);
        rc_guard_unlock(pool->guard);
        rc_pool_failed(pool, id, error);
        return status;
    }
    *connection = fresh;
    return RC_OK;
}

rc_status rc_pool_take(rc_pool *pool, rc_node_id id, bool readonly, rc_call *call, rc_msec until,
                       rc_connection **connection, rc_error *error)
{
    rc_node *node = node_at(pool, id);
    until = rc_sooner(until, call->deadline);
    for (;;) {
        rc_connection *idle = NULL;
        rc_status status = claim(pool, node, readonly, call, until, &idle, error);
        if (status != RC_OK) {
            return status;
        }
        if (idle == NULL) {
            return open_new(pool, node, id, readonly, connection, error);
        }
        if (rc_connection_reusable(idle)) {
            *connection = idle;
            return RC_OK;
        }
        discard(pool, idle);
    }
}

void rc_pool_give(rc_pool *pool, rc_connection *connection, bool clean)
{
    if (!clean || !connection->ready || !rc_reader_idle(&connection->reader)) {
        connection->ready = false; /* in the middle of something: no good-bye is due */
        discard(pool, connection);
        return;
    }
    rc_guard_lock(pool->guard);
    rc_connection *stale = forget_parent(pool);
    if (connection->generation == pool->generation) {
        rc_node *node = pool->nodes[connection->node];
        take_tally(node, connection);
        node->taken--;
        push(&node->idle, connection);
        node->idle_count++;
        rc_guard_signal(pool->guard);
    } else {
        push(&stale, connection);
    }
    rc_guard_unlock(pool->guard);
    discard_list(pool, stale);
}

/* take_idle takes all idle connections of a node, to be discarded. */
static void take_idle(rc_pool *pool, rc_node *node, rc_connection **list)
{
    while (node->idle != NULL) {
        doom(pool, unlink_idle(node, NULL), list);
    }
}

void rc_pool_disconnect(rc_pool *pool)
{
    rc_guard_lock(pool->guard);
    rc_connection *stale = forget_parent(pool);
    for (size_t i = 0; i < pool->node_count; i++) {
        take_idle(pool, pool->nodes[i], &stale);
    }
    rc_guard_unlock(pool->guard);
    discard_list(pool, stale);
}

void rc_pool_leave(rc_pool *pool, const rc_slotmap *map)
{
    rc_guard_lock(pool->guard);
    rc_connection *stale = forget_parent(pool);
    for (size_t i = 0; i < pool->node_count; i++) {
        if (pool->nodes[i]->idle != NULL && !rc_slotmap_has(map, (rc_node_id)i)) {
            take_idle(pool, pool->nodes[i], &stale);
        }
    }
    rc_guard_unlock(pool->guard);
    discard_list(pool, stale);
}
