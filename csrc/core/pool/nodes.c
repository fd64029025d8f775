/*
 * nodes: the nodes that the pool knows, by number and by address, and which numbers are given
 * again.
 */
#include "core/pool/pool.h"

#include <stdio.h>

enum {
    NODES_MAX = RC_NO_NODE,         /* numbers are below this */
    UNNAMED_MAX = 1024,             /* unnamed nodes above which some are forgotten */
    UNNAMED_KEPT = UNNAMED_MAX / 2, /* unnamed nodes that are kept then */
    GRACE = 2,                      /* epochs until a number is given again */
    LOOKS = 8 /* retired numbers that are looked at to find one to give again */
};

/* ---- the index of addresses ---- */

static size_t place_of(const rc_node_index *index, const char *host, int port)
{
    uint64_t hash = rc_hash(&index->key, host, strlen(host)) + (uint64_t)port;
    return hash & (index->size - 1);
}

static rc_node *find(const rc_pool *pool, const char *host, int port)
{
    const rc_node_index *index = &pool->index;
    rc_node *node = index->size == 0 ? NULL : index->chains[place_of(index, host, port)];
    while (node != NULL && (node->port != port || strcmp(node->host, host) != 0)) {
        node = node->chain;
    }
    return node;
}

static void link_in(rc_node_index *index, rc_node *node)
{
    rc_node **chain = &index->chains[place_of(index, node->host, node->port)];
    node->chain = *chain;
    *chain = node;
}

static void unlink_from(rc_node_index *index, const rc_node *node)
{
    rc_node **link = &index->chains[place_of(index, node->host, node->port)];
    while (*link != node) {
        link = &(*link)->chain;
    }
    *link = node->chain;
}

/* grow_index keeps chains short; without memory for that they are longer. */
static rc_status grow_index(rc_pool *pool)
{
    rc_node_index *index = &pool->index;
    if (index->known < index->size) {
        return RC_OK;
    }
    size_t size = index->size == 0 ? 16 : 2 * index->size;
    rc_node **chains = rc_alloc_zeroed(size * sizeof *chains);
    if (chains == NULL) {
        return index->size == 0 ? RC_NOMEM : RC_OK;
    }
    if (index->size == 0) {
        index->key = rc_hash_key_new();
    }
    rc_free(index->chains);
    index->chains = chains;
    index->size = size;
    for (size_t i = 0; i < pool->node_count; i++) {
        if (!pool->nodes[i]->forgotten) {
            link_in(index, pool->nodes[i]);
        }
    }
    return RC_OK;
}

/* ---- epochs ---- */

rc_epoch rc_pool_enter(rc_pool *pool)
{
    rc_epochs *epochs = &pool->index.epochs;
    if (epochs->generation != rc_fork_generation()) {
        /* The parent's threads, which are counted, do not exist here. */
        epochs->inside[0] = epochs->inside[1] = 0;
        epochs->generation = rc_fork_generation();
    }
    epochs->current += epochs->inside[(epochs->current + 1) % 2] == 0;
    epochs->inside[epochs->current % 2]++;
    return (rc_epoch){epochs->current, epochs->generation};
}

void rc_pool_leave(rc_pool *pool, rc_epoch epoch)
{
    rc_epochs *epochs = &pool->index.epochs;
    if (epoch.generation == epochs->generation) {
        epochs->inside[epoch.number % 2]--;
    }
}

/* ---- numbers that are given again ---- */

static bool in_use(const rc_node *node)
{
    return node->taken > 0 || node->idle != NULL || node->held > 0;
}

static void retire(rc_node_index *index, rc_node *node)
{
    node->retired_in = index->epochs.current;
    if (node->retired) {
        return;
    }
    node->retired = true;
    node->next_retired = NULL;
    if (index->retired == NULL) {
        index->retired = node;
    } else {
        index->retired_last->next_retired = node;
    }
    index->retired_last = node;
}

static void forget(rc_node_index *index, rc_node *node)
{
    unlink_from(index, node);
    node->forgotten = true;
    index->known--;
    index->unnamed--;
    retire(index, node);
}

/* remember makes a forgotten node known again: its address was named once more. */
static void remember(rc_node_index *index, rc_node *node)
{
    if (node->forgotten) {
        node->forgotten = false;
        link_in(index, node);
        index->known++;
        index->unnamed++;
    }
}

static void forget_surplus(rc_pool *pool)
{
    rc_node_index *index = &pool->index;
    if (index->unnamed < UNNAMED_MAX || index->unnamed < index->forget_at) {
        return;
    }
    for (size_t i = 0; i < pool->node_count && index->unnamed > UNNAMED_KEPT; i++) {
        rc_node *node = pool->nodes[index->next++ % pool->node_count];
        if (!node->forgotten && !node->named && !in_use(node)) {
            forget(index, node);
        }
    }
    /* Nodes in use cannot be forgotten, and would be looked at each time. */
    index->forget_at = 2 * index->unnamed;
}

/* next_retired takes out the number that was retired first, if no thread can know it any more. */
static rc_node *next_retired(rc_node_index *index)
{
    rc_node *node = index->retired;
    if (node == NULL || index->epochs.current - node->retired_in < GRACE) {
        return NULL;
    }
    index->retired = node->next_retired;
    node->retired = false;
    return node;
}

/* reuse gives a retired number, its node empty but for that; NULL when there is none. */
static rc_node *reuse(rc_node_index *index)
{
    for (int i = 0; i < LOOKS; i++) {
        rc_node *node = next_retired(index);
        if (node == NULL) {
            return NULL;
        }
        if (node->forgotten && !in_use(node)) {
            rc_resolver_drop(node->resolver);
            *node = (rc_node){.number = node->number, .age = (uint16_t)(node->age + 1)};
            return node;
        }
        if (node->forgotten) {
            retire(index, node); /* it has connections still */
        }
    }
    return NULL;
}

/* ---- nodes ---- */

/* make gives a new number, to an empty node. */
static rc_status make(rc_pool *pool, rc_node **node)
{
    if (pool->node_count >= NODES_MAX) {
        return RC_NODES_FULL;
    }
    rc_node **grown =
        rc_grow(pool->nodes, &pool->node_capacity, pool->node_count + 1, sizeof *grown);
    if (grown == NULL) {
        return RC_NOMEM;
    }
    pool->nodes = grown;
    *node = rc_alloc_zeroed(sizeof **node);
    if (*node == NULL) {
        return RC_NOMEM;
    }
    (*node)->number = (rc_node_id)pool->node_count;
    pool->nodes[pool->node_count++] = *node;
    return RC_OK;
}

static rc_status add(rc_pool *pool, const char *host, int port, rc_node **node)
{
    rc_status status = grow_index(pool);
    if (status != RC_OK) {
        return status;
    }
    forget_surplus(pool);
    *node = reuse(&pool->index);
    if (*node == NULL) {
        status = make(pool, node);
    }
    if (status == RC_OK) {
        snprintf((*node)->host, sizeof(*node)->host, "%s", host);
        (*node)->port = port;
        link_in(&pool->index, *node);
        pool->index.known++;
        pool->index.unnamed++;
    }
    return status;
}

rc_status rc_pool_add(rc_pool *pool, const char *host, int port, rc_node_id *number)
{
    rc_status status = RC_OK;
    rc_fork_lock_acquire(pool->lock);
    rc_node *node = find(pool, host, port);
    if (node == NULL) {
        status = add(pool, host, port, &node);
    }
    *number = status == RC_OK ? node->number : RC_NO_NODE;
    rc_fork_lock_release(pool->lock);
    return status;
}

rc_node_id rc_pool_node(rc_pool *pool, const char *host, int port)
{
    rc_node_id number;
    rc_pool_add(pool, host, port, &number);
    return number;
}

rc_node_id rc_pool_find(rc_pool *pool, const char *host, int port)
{
    rc_fork_lock_acquire(pool->lock);
    const rc_node *node = find(pool, host, port);
    rc_node_id number = node == NULL ? RC_NO_NODE : node->number;
    rc_fork_lock_release(pool->lock);
    return number;
}

void rc_pool_hold(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    remember(&pool->index, pool->nodes[id]);
    pool->nodes[id]->held++;
    rc_fork_lock_release(pool->lock);
}

void rc_pool_release(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    pool->nodes[id]->held--;
    rc_fork_lock_release(pool->lock);
}

static void set_named(rc_node_index *index, rc_node *node, bool named)
{
    if (named) {
        remember(index, node);
    }
    if (named && !node->named) {
        index->unnamed--;
    } else if (!named && node->named) {
        index->unnamed++;
    }
    node->named = named;
}

void rc_pool_set_named(rc_pool *pool, rc_node_id id)
{
    set_named(&pool->index, pool->nodes[id], true);
}

void rc_pool_set_listed(rc_pool *pool, const uint8_t nodes[RC_NODE_BITS])
{
    for (size_t i = 0; i < pool->node_count; i++) {
        rc_node *node = pool->nodes[i];
        node->listed = rc_bit_is_set(nodes, (uint32_t)i);
        set_named(&pool->index, node, node->listed);
    }
    forget_surplus(pool);
}

bool rc_pool_is_listed(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    bool listed = pool->nodes[id]->listed;
    rc_fork_lock_release(pool->lock);
    return listed;
}

void rc_pool_set_tls_name(rc_pool *pool, rc_node_id id, const char *tls_name)
{
    rc_fork_lock_acquire(pool->lock);
    rc_node *node = pool->nodes[id];
    snprintf(node->tls_name, sizeof node->tls_name, "%s", tls_name);
    rc_fork_lock_release(pool->lock);
}

size_t rc_pool_node_count(rc_pool *pool)
{
    rc_fork_lock_acquire(pool->lock);
    size_t count = pool->node_count;
    rc_fork_lock_release(pool->lock);
    return count;
}

/* The table may move while another thread adds to it, so even a look takes the lock. */
const rc_node *rc_pool_at(rc_pool *pool, rc_node_id id)
{
    rc_fork_lock_acquire(pool->lock);
    const rc_node *node = id < pool->node_count ? pool->nodes[id] : NULL;
    rc_fork_lock_release(pool->lock);
    return node;
}

bool rc_pool_address(rc_pool *pool, rc_node_id id, uint16_t age, char host[RC_HOST_MAX], int *port)
{
    rc_fork_lock_acquire(pool->lock);
    const rc_node *node = id < pool->node_count ? pool->nodes[id] : NULL;
    bool known = node != NULL && node->age == age;
    if (known) {
        memcpy(host, node->host, sizeof node->host);
        *port = node->port;
    }
    rc_fork_lock_release(pool->lock);
    return known;
}
