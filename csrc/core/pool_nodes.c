/*
 * The nodes that the pool knows, by number and by address.
 */
#include "pool.h"

#include <stdio.h>

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

/* The table may move while another thread adds to it, so even a look takes the lock. */
const rc_node *rc_pool_at(rc_pool *pool, rc_node_id id)
{
    rc_guard_lock(pool->guard);
    const rc_node *node = id < pool->node_count ? pool->nodes[id] : NULL;
    rc_guard_unlock(pool->guard);
    return node;
}
