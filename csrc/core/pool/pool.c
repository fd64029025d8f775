#include "core/pool/pool.h"

#include <stdio.h>

rc_status rc_pool_init(rc_pool *pool, rc_fork_lock *lock, const rc_options *options,
                       rc_error *error)
{
    *pool = (rc_pool){.lock = lock, .options = options, .generation = rc_fork_generation()};
    rc_event_queue_init(&pool->event_queue, lock);
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

void rc_pool_free(rc_pool *pool)
{
    for (size_t i = 0; i < pool->node_count; i++) {
        while (pool->nodes[i]->idle != NULL) {
            rc_connection *next = pool->nodes[i]->idle->next;
            rc_connection_free(pool->nodes[i]->idle);
            pool->nodes[i]->idle = next;
        }
        rc_resolver_drop(pool->nodes[i]->resolver);
        rc_free(pool->nodes[i]);
    }
    rc_free(pool->nodes);
    rc_free(pool->index.chains);
    rc_tls_free(pool->tls);
    *pool = (rc_pool){0};
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

/* mark_closing counts an idle connection as taken, by the caller, who passes *list to discard_list.
 */
static void mark_closing(rc_pool *pool, rc_connection *connection, rc_connection **list)
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
        spare = unlink_idle(
            node, NULL); /* idle, but READONLY where READWRITE is needed, or the reverse */
    } else if (pool->connections >= pool->options->max_connections) {
        spare = any_idle(pool);
    } else {
        return true;
    }
    if (spare == NULL) {
        return false;
    }
    mark_closing(pool, spare, stale);
    return true;
}

/*
 * reserve counts one more taken connection of the node, if the limits allow; *stale collects what
 * has to be closed before a new one is opened.
 */
static bool reserve(rc_pool *pool, rc_waiter *waiter, rc_connection **stale)
{
    waiter->idle = unlink_idle(waiter->node, &waiter->readonly);
    if (waiter->idle == NULL) {
        if (!make_room(pool, waiter->node, stale)) {
            return false;
        }
        pool->connections++;
    }
    waiter->node->taken++;
    return true;
}

/*
 * serve_or_close: a waiter's thread sleeps, so it cannot close the idle connection that is in its
 * way. The caller does, through *stale; the place that this frees goes to the waiter then.
 */
static bool serve_or_close(rc_pool *pool, rc_waiter *waiter, rc_connection **stale)
{
    rc_connection *closing = NULL;
    if (!reserve(pool, waiter, &closing)) {
        return false;
    }
    if (closing == NULL) {
        rc_waiters_serve(&pool->waiters, waiter);
        return true;
    }
    waiter->node->taken--;
    pool->connections--;
    push(stale, closing);
    return true;
}

/* serve_next gives a place that has become free to the first waiter that can use it. */
static void serve_next(rc_pool *pool, rc_connection **stale)
{
    rc_waiter *waiter = rc_waiters_first(&pool->waiters);
    while (waiter != NULL &&
           (rc_waiters_suspended(waiter) || !serve_or_close(pool, waiter, stale))) {
        waiter = waiter->next;
    }
}

static void unreserve(rc_pool *pool, rc_node *node, rc_connection **stale)
{
    node->taken--;
    pool->connections--;
    serve_next(pool, stale);
}

static void return_idle(rc_pool *pool, rc_connection *connection, rc_connection **stale)
{
    rc_node *node = pool->nodes[connection->node];
    node->taken--;
    push(&node->idle, connection);
    node->idle_count++;
    serve_next(pool, stale);
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
        rc_fork_lock_acquire(pool->lock);
        if (generation == pool->generation) {
            pool->nodes[node]->taken--;
            pool->connections--;
            pool->closing--;
            serve_next(pool, &next);
        }
        rc_fork_lock_release(pool->lock);
        connection = next;
    }
}

static void discard(rc_pool *pool, rc_connection *connection)
{
    rc_fork_lock_acquire(pool->lock);
    if (connection->generation == pool->generation) {
        take_tally(pool->nodes[connection->node], connection);
        rc_resolver_tidy(&pool->nodes[connection->node]->resolver);
        pool->closing++;
    }
    rc_fork_lock_release(pool->lock);
    connection->next = NULL;
    discard_list(pool, connection);
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

/* not_yet fails with the error of the last attempt: a node that is down is not tried again yet. */
static rc_status not_yet(const rc_node *node, rc_error *error)
{
    return rc_error_set(error, node->failure, "%s (not tried again yet)", node->why);
}

/* wait_in_queue ends with a place, at `until`, or when the call does. */
static rc_status wait_in_queue(rc_pool *pool, rc_waiter *waiter, rc_call *call, rc_msec until,
                               rc_error *error)
{
    while (!waiter->served) {
        /* A connection that is being closed makes room in a moment. */
        if (rc_until(until) == 0 && pool->closing == 0) {
            return pool_full(pool, waiter->node, error);
        }
        rc_status status =
            rc_wait_changed(call, pool->lock, &waiter->woken, pool->closing > 0 ? RC_NEVER : until);
        if (status != RC_OK) {
            return rc_error_set(error, status, "interrupted");
        }
    }
    return RC_OK;
}

/*
 * give_back_place gives back the place of a waiter whose call ends. A place that it was given
 * before a fork is not counted in the child.
 */
static void give_back_place(rc_pool *pool, rc_waiter *waiter)
{
    if (waiter->generation != pool->generation) {
        if (waiter->idle != NULL) {
            push(&waiter->stale, waiter->idle);
        }
    } else if (waiter->idle != NULL) {
        return_idle(pool, waiter->idle, &waiter->stale);
    } else {
        unreserve(pool, waiter->node, &waiter->stale);
    }
}

static rc_status wait_for_place(rc_pool *pool, rc_waiter *waiter, rc_call *call, rc_msec until,
                                rc_error *error)
{
    if (rc_until(until) == 0 && pool->closing == 0) {
        return pool_full(pool, waiter->node, error);
    }
    rc_status status = rc_waiters_join(&pool->waiters, waiter);
    if (status != RC_OK) {
        return rc_error_of(error, status);
    }
    status = wait_in_queue(pool, waiter, call, until, error);
    rc_waiters_leave(&pool->waiters, waiter);
    if (status != RC_OK && waiter->served) {
        give_back_place(pool, waiter);
    }
    return status;
}

/* reserve_in_turn is reserve with patience until `until`, for a node that can be tried. */
static rc_status reserve_in_turn(rc_pool *pool, rc_waiter *waiter, rc_call *call, rc_msec until,
                                 rc_error *error)
{
    rc_node *node = waiter->node;
    if (node->idle == NULL && rc_health_rests(&node->health, rc_now())) {
        return not_yet(node, error); /* before an idle connection is closed to make room */
    }
    if (!reserve(pool, waiter, &waiter->stale)) {
        rc_status status = wait_for_place(pool, waiter, call, until, error);
        if (status != RC_OK) {
            return status;
        }
    }
    if (waiter->idle == NULL && !rc_health_attempt(&node->health, rc_now())) {
        unreserve(pool, node, &waiter->stale);
        return not_yet(node, error);
    }
    return RC_OK;
}

static rc_status obtain(rc_pool *pool, rc_node_id node, rc_waiter *waiter, rc_call *call,
                        rc_msec until, rc_error *error)
{
    rc_fork_lock_acquire(pool->lock);
    waiter->node = pool->nodes[node];
    waiter->stale = forget_parent(pool);
    rc_status status = reserve_in_turn(pool, waiter, call, until, error);
    rc_fork_lock_release(pool->lock);
    discard_list(pool, waiter->stale);
    return status;
}

/* begin starts to connect. Calls to the same host share one resolver. System calls are made outside
 * the lock. */
static rc_status begin(rc_pool *pool, rc_node *node, rc_connection *fresh, rc_error *error)
{
    char name[RC_HOST_MAX];
    rc_fork_lock_acquire(pool->lock);
    const char *called = node->tls_name[0] != '\0' ? node->tls_name : node->host;
    snprintf(name, sizeof name, "%s", called);
    rc_resolver *resolver = rc_resolver_begin(&node->resolver, node->host, node->port, error);
    rc_fork_lock_release(pool->lock);
    if (resolver == NULL) {
        return error->status;
    }
    return rc_connection_open(fresh, resolver, name, pool->options, pool->tls, error);
}

static rc_status open_new(rc_pool *pool, rc_node *node, rc_node_id id, bool readonly,
                          rc_connection **connection, rc_error *error)
{
    rc_status status = RC_NOMEM;
    rc_connection *fresh = rc_connection_new(id, readonly);
    if (fresh == NULL) {
        rc_error_of(error, status);
    } else {
        fresh->age = node->age;
        status = begin(pool, node, fresh, error);
    }
    if (status != RC_OK) {
        rc_connection *stale = NULL;
        rc_connection_free(fresh);
        rc_fork_lock_acquire(pool->lock);
        unreserve(pool, node, &stale);
        rc_fork_lock_release(pool->lock);
        discard_list(pool, stale);
        rc_pool_connect_failed(pool, id, error);
        return status;
    }
    *connection = fresh;
    return RC_OK;
}

rc_status rc_pool_take(rc_pool *pool, rc_node_id id, bool readonly, rc_call *call, rc_msec until,
                       rc_connection **connection, rc_error *error)
{
    until = rc_sooner(until, call->deadline);
    for (;;) {
        rc_waiter waiter = {.readonly = readonly};
        rc_status status = obtain(pool, id, &waiter, call, until, error);
        if (status != RC_OK) {
            return status;
        }
        if (waiter.idle == NULL) {
            return open_new(pool, waiter.node, id, readonly, connection, error);
        }
        if (rc_connection_reusable(waiter.idle)) {
            *connection = waiter.idle;
            return RC_OK;
        }
        discard(pool, waiter.idle);
    }
}

void rc_pool_give(rc_pool *pool, rc_connection *connection, bool clean)
{
    if (!clean || !connection->ready || !rc_reader_idle(&connection->reader)) {
        connection->ready = false; /* in the middle of a reply: TLS must not send close_notify */
        discard(pool, connection);
        return;
    }
    rc_fork_lock_acquire(pool->lock);
    rc_connection *stale = forget_parent(pool);
    if (connection->generation == pool->generation) {
        take_tally(pool->nodes[connection->node], connection);
        pool->nodes[connection->node]->health.doubted_at = 0;
        return_idle(pool, connection, &stale);
    } else {
        push(&stale, connection);
    }
    rc_fork_lock_release(pool->lock);
    discard_list(pool, stale);
}

bool rc_pool_has_room(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    bool room = pool->connections < pool->options->max_connections &&
                !node_full(pool, pool->nodes[id]) && rc_waiters_first(&pool->waiters) == NULL;
    rc_fork_lock_release(pool->lock);
    return room;
}

/* take_idle takes all idle connections of a node, to be discarded. */
static void take_idle(rc_pool *pool, rc_node *node, rc_connection **list)
{
    while (node->idle != NULL) {
        mark_closing(pool, unlink_idle(node, NULL), list);
    }
}

void rc_pool_disconnect(rc_pool *pool)
{
    rc_fork_lock_acquire(pool->lock);
    rc_connection *stale = forget_parent(pool);
    for (size_t i = 0; i < pool->node_count; i++) {
        take_idle(pool, pool->nodes[i], &stale);
    }
    rc_fork_lock_release(pool->lock);
    discard_list(pool, stale);
}

void rc_pool_close_others(rc_pool *pool, const uint8_t nodes[RC_NODE_BITS])
{
    rc_fork_lock_acquire(pool->lock);
    rc_connection *stale = forget_parent(pool);
    for (size_t i = 0; i < pool->node_count; i++) {
        if (pool->nodes[i]->idle != NULL && !rc_bit_is_set(nodes, (uint32_t)i)) {
            take_idle(pool, pool->nodes[i], &stale);
        }
    }
    rc_fork_lock_release(pool->lock);
    discard_list(pool, stale);
}
