#include "core/topology/topology.h"

/*
 * Milliseconds between two fetches, plus or minus a half at random. COOL_DOWN: for MOVEDs, which
 * themselves say where to go; HASTE less for many. LOOK_AGAIN: for a map in doubt, as calls to a
 * node that is gone may be lost meanwhile.
 */
enum { COOL_DOWN = 1000, LOOK_AGAIN = 200, HASTE = 500 };

rc_status rc_topology_init(rc_topology *topology, rc_fork_lock *lock, rc_pool *pool,
                           const rc_options *options)
{
    *topology = (rc_topology){.lock = lock, .pool = pool, .options = options};
    topology->map = rc_slotmap_new(0);
    return topology->map == NULL ? RC_NOMEM : RC_OK;
}

void rc_topology_free(rc_topology *topology)
{
    rc_slotmap_drop(topology->map);
    rc_slotmap_drop(topology->lineage.known);
    topology->map = topology->lineage.known = NULL;
}

rc_slotmap *rc_topology_map(rc_topology *topology, uint64_t *version)
{
    rc_fork_lock_acquire(topology->lock);
    rc_slotmap *map = rc_slotmap_keep(topology->map);
    *version = topology->version;
    rc_fork_lock_release(topology->lock);
    return map;
}

uint64_t rc_topology_version(rc_topology *topology)
{
    rc_fork_lock_acquire(topology->lock);
    uint64_t version = topology->version;
    rc_fork_lock_release(topology->lock);
    return version;
}

void rc_topology_changes(rc_topology *topology, uint64_t *changes, int *moved)
{
    rc_fork_lock_acquire(topology->lock);
    *changes = topology->changes;
    *moved = topology->moved;
    rc_fork_lock_release(topology->lock);
}

bool rc_topology_is_fresh(rc_topology *topology, rc_msec since)
{
    rc_fork_lock_acquire(topology->lock);
    bool fresh = topology->asked_at > since;
    rc_fork_lock_release(topology->lock);
    return fresh;
}

/* ---- fetching ---- */

static bool somebody_fetches(const rc_topology *topology)
{
    /* A thread of the parent process, if it was fetching at a fork, fetches nothing here. */
    return topology->fetching && topology->fetch_generation == rc_fork_generation();
}

/*
 * A thread that fetches and comes here again does so out of a signal handler. It would wait for
 * itself; what the fetch beneath it brings is a map like any other.
 */
static bool another_fetches(const rc_topology *topology)
{
    return somebody_fetches(topology) && !pthread_equal(topology->fetcher, pthread_self());
}

static void note_change(rc_topology *topology, const rc_slotmap *map)
{
    const rc_event event = {.kind = RC_EVENT_TOPOLOGY,
                            .node = RC_NO_NODE,
                            .target = RC_NO_NODE,
                            .slot = (int)map->covered};
    rc_event_queue_add(&topology->pool->event_queue, &event);
}

static void end_doubt(rc_topology *topology)
{
    if (topology->doubted_at <= topology->asked_at) {
        __atomic_store_n(&topology->doubted_at, 0, __ATOMIC_RELAXED);
    }
}

/* install puts a fetched map in place; returns the one that was fetched before, or NULL. */
static rc_slotmap *install(rc_topology *topology, rc_slotmap *map, rc_msec asked_at)
{
    rc_slotmap *before = rc_lineage_install(&topology->lineage, map);
    if (before != NULL && !rc_slotmap_same(before, map)) {
        note_change(topology, map); /* inside the lock, so that events come in the order of maps */
    }
    rc_slotmap_drop(topology->map);
    topology->map = map;
    uint8_t nodes[RC_NODE_BITS] = {0};
    rc_slotmap_mark(map, nodes);
    rc_pool_set_listed(topology->pool, nodes);
    topology->asked_at = asked_at;
    end_doubt(topology);
    topology->version++;
    topology->changes++;
    topology->moved = 0;
    return before;
}

static void doubt_map(rc_topology *topology)
{
    __atomic_store_n(&topology->doubted_at, rc_now(), __ATOMIC_RELAXED);
}

/*
 * unlearn: a MOVED has led to another cluster, so the map goes back to the fetched table, and is
 * in doubt. Returns the map that is to be dropped.
 */
static rc_slotmap *unlearn(rc_topology *topology)
{
    rc_slotmap *before = topology->map;
    topology->map = rc_slotmap_keep(topology->lineage.known);
    topology->changes += before != topology->map;
    doubt_map(topology);
    return before;
}

/* cool_down sets when the next fetches may begin. After one failure another node may be asked at
 * once. */
static void cool_down(rc_topology *topology, rc_msec asked_at)
{
    topology->next_moved_fetch = rc_now() + COOL_DOWN / 2 + rc_random(COOL_DOWN);
    topology->next_doubt_fetch = asked_at + LOOK_AGAIN / 2 + rc_random(LOOK_AGAIN);
    if (topology->failed_fetches == 1) {
        topology->next_doubt_fetch = 0;
    }
}

void rc_topology_publish(rc_topology *topology, rc_slotmap *map, rc_msec asked_at,
                         const rc_error *error)
{
    rc_slotmap *before = NULL;
    if (map != NULL) {
        uint8_t nodes[RC_NODE_BITS] = {0};
        rc_slotmap_mark(map, nodes); /* while the map is still ours alone */
        rc_pool_close_others(topology->pool, nodes);
    }
    rc_fork_lock_acquire(topology->lock);
    topology->failed_fetches = map == NULL ? topology->failed_fetches + 1 : 0;
    if (map == NULL) {
        topology->failure = *error;
        before = error->status == RC_FOREIGN ? unlearn(topology) : NULL;
    } else if (asked_at >= topology->asked_at) {
        before = install(topology, rc_slotmap_keep(map), asked_at); /* others may replace it */
    }
    topology->fetches++;
    cool_down(topology, asked_at);
    topology->fetching = false;
    rc_fork_lock_broadcast(topology->lock);
    rc_fork_lock_release(topology->lock);
    rc_slotmap_drop(map);
    rc_slotmap_drop(before);
}

/* tells_of_cluster: the failure is the cluster's, not one of the call that happened to fetch. */
static bool tells_of_cluster(const rc_topology *topology)
{
    return topology->failure.status == RC_UNREACHABLE || topology->failure.status == RC_NOT_CLUSTER;
}

/* fetch discovers and publishes, for the thread that has begun the fetch. */
static rc_status fetch(rc_topology *topology, const rc_slotmap *known, rc_call *call,
                       rc_error *error)
{
    rc_msec asked_at = rc_now();
    rc_slotmap *map = rc_discover(topology->pool, known, &topology->lineage, call, error);
    rc_status status = map == NULL ? error->status : RC_OK;
    if (map == NULL && (status == RC_INTERRUPTED || rc_until(call->deadline) == 0)) {
        rc_topology_cancel_fetch(
            topology); /* the call ended, which says nothing about the cluster */
    } else {
        rc_topology_publish(topology, map, asked_at, error);
    }
    return status;
}

/*
 * share_fetch waits while another thread fetches, and takes its result, good or bad. A fetch
 * that its own call ended has none: then the next thread has its turn.
 */
static rc_status share_fetch(rc_topology *topology, uint64_t seen, rc_call *call, rc_error *error)
{
    while (topology->version == seen && another_fetches(topology)) {
        uint64_t fetches = topology->fetches;
        if (rc_until(call->deadline) == 0) {
            return rc_error_set(error, RC_TIMEOUT, "timeout while the slot table is fetched");
        }
        rc_status status =
            rc_wait_changed(call, topology->lock, &topology->lock->changed, call->deadline);
        if (status != RC_OK) {
            return rc_error_set(error, status, "interrupted");
        }
        if (topology->fetches != fetches && topology->version == seen &&
            tells_of_cluster(topology)) {
            *error = topology->failure;
            return error->status;
        }
    }
    return RC_OK;
}

static void note_fetcher(rc_topology *topology)
{
    topology->fetching = true;
    topology->fetcher = pthread_self();
    topology->fetch_generation = rc_fork_generation();
}

bool rc_topology_begin_fetch(rc_topology *topology)
{
    rc_fork_lock_acquire(topology->lock);
    bool mine = !somebody_fetches(topology);
    if (mine) {
        note_fetcher(topology);
    }
    rc_fork_lock_release(topology->lock);
    return mine;
}

void rc_topology_cancel_fetch(rc_topology *topology)
{
    rc_fork_lock_acquire(topology->lock);
    topology->fetching = false;
    rc_fork_lock_broadcast(topology->lock);
    rc_fork_lock_release(topology->lock);
}

rc_status rc_topology_refresh(rc_topology *topology, uint64_t seen, rc_call *call, rc_error *error)
{
    rc_fork_lock_acquire(topology->lock);
    rc_status status = share_fetch(topology, seen, call, error);
    bool mine = status == RC_OK && topology->version == seen;
    rc_slotmap *known = mine ? rc_slotmap_keep(topology->map) : NULL;
    if (mine) {
        note_fetcher(topology);
    }
    rc_fork_lock_release(topology->lock);
    if (mine) {
        status = fetch(topology, known, call, error);
        rc_slotmap_drop(known);
    }
    return status;
}

static bool are_news(const rc_slotmap *map, const rc_move *moves, size_t count)
{
    size_t i = 0;
    while (i < count && rc_slotmap_owner(map, moves[i].slot) == moves[i].node) {
        i++;
    }
    return i < count;
}

/* learn puts the moves into a new map; false when the map has them already. */
static bool learn(rc_topology *topology, const rc_move *moves, size_t count, rc_slotmap **old)
{
    if (!are_news(topology->map, moves, count)) {
        return false;
    }
    rc_slotmap *map = rc_slotmap_moved(topology->map, moves, count);
    if (map != NULL) { /* without memory the slots are learned at their next MOVED */
        for (size_t i = 0; i < count; i++) {
            rc_pool_set_named(topology->pool, moves[i].node);
        }
        *old = topology->map;
        topology->map = map;
        topology->changes++;
    }
    return true;
}

/*
 * count_moveds is true when so many have come that they outweigh the wait for the next fetch.
 */
static bool count_moveds(rc_topology *topology, size_t count)
{
    int many = topology->options->refresh_after_moved;
    int before = topology->moved;
    topology->moved += (int)count;
    return many > 0 && topology->moved / many > before / many;
}

/* next_moved_fetch: a client's first map has been read from nobody's slots, and many MOVEDs
 * outweigh it.
 */
static rc_msec next_moved_fetch(const rc_topology *topology, bool many)
{
    if (!many) {
        return topology->next_moved_fetch;
    }
    return topology->fetches <= 1 ? 0 : topology->next_moved_fetch - HASTE;
}

bool rc_topology_moved(rc_topology *topology, const rc_move *moves, size_t count)
{
    rc_slotmap *old = NULL;
    rc_fork_lock_acquire(topology->lock);
    bool news = learn(topology, moves, count, &old);
    bool many = count_moveds(topology, count);
    bool refresh =
        news && rc_now() >= next_moved_fetch(topology, many) && !somebody_fetches(topology);
    rc_fork_lock_release(topology->lock);
    rc_slotmap_drop(old);
    return refresh;
}

/* ---- doubts ---- */

void rc_topology_doubt(rc_topology *topology, rc_node_id node)
{
    rc_pool_doubt(topology->pool, node);
    rc_fork_lock_acquire(topology->lock);
    if (rc_slotmap_has(topology->map, node)) {
        doubt_map(topology);
    }
    rc_fork_lock_release(topology->lock);
}

void rc_topology_doubt_silent(rc_topology *topology, rc_node_id node)
{
    rc_pool_doubt(topology->pool, node);
    rc_fork_lock_acquire(topology->lock);
    doubt_map(topology);
    rc_fork_lock_release(topology->lock);
}

bool rc_topology_doubts(rc_topology *topology, rc_node_id node)
{
    rc_msec doubted_at = rc_pool_doubted_at(topology->pool, node);
    bool refuses = rc_pool_rejects_login(topology->pool, node);
    rc_fork_lock_acquire(topology->lock);
    bool doubts = doubted_at > topology->asked_at && !refuses;
    rc_fork_lock_release(topology->lock);
    return doubts;
}

rc_msec rc_topology_next_doubt_fetch(rc_topology *topology)
{
    rc_fork_lock_acquire(topology->lock);
    bool due = topology->doubted_at != 0 && !somebody_fetches(topology);
    rc_msec next = topology->fetches <= 1 ? 0 : topology->next_doubt_fetch;
    rc_fork_lock_release(topology->lock);
    return due ? next : RC_NEVER;
}

rc_status rc_topology_await(rc_topology *topology, rc_call *call, rc_msec until)
{
    rc_fork_lock_acquire(topology->lock);
    bool own = somebody_fetches(topology) && !another_fetches(topology);
    rc_status status = own ? RC_REENTERED : RC_OK;
    uint64_t fetches = topology->fetches;
    while (status == RC_OK && topology->fetches == fetches && another_fetches(topology) &&
           rc_until(until) != 0) {
        status = rc_wait_changed(call, topology->lock, &topology->lock->changed, until);
    }
    rc_fork_lock_release(topology->lock);
    return status;
}

/* ---- coverage ---- */

static bool says_no(const rc_reply_tree *answer)
{
    const rc_item *item = rc_reply_tree_item(answer, 0);
    return item->type == RC_ITEM_ARRAY && item->size == 2 &&
           rc_reply_tree_is_text(answer, item + 2, "no");
}

rc_status rc_topology_check_coverage(rc_topology *topology, rc_call *call, rc_error *error)
{
    static const char question[] =
        "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$29\r\ncluster-require-full-coverage\r\n";
    uint64_t version;
    rc_slotmap *map = rc_topology_map(topology, &version);
    size_t covered = map->covered;
    rc_node_id node = rc_slotmap_random_primary(map);
    rc_slotmap_drop(map);
    if (covered == RC_SLOTS || topology->options->allow_uncovered) {
        return RC_OK;
    }
    rc_buffer request = {.data = (char *)(uintptr_t)question, .length = sizeof question - 1};
    rc_reply_tree answer = {0};
    rc_msec deadline = rc_sooner(rc_deadline(RC_ASK_TIMEOUT), call->deadline);
    rc_status status = node == RC_NO_NODE ? RC_UNREACHABLE
                                          : rc_probe_ask(topology->pool, node, &request, call,
                                                         deadline, &answer, error);
    /* A node that does not answer (no CONFIG, no permission) counts as the server's default: yes.
     */
    bool required = status != RC_OK || !says_no(&answer);
    rc_reply_tree_free(&answer);
    if (!required || status == RC_INTERRUPTED || status == RC_NOMEM) {
        return status;
    }
    return rc_error_set(error, RC_TOPOLOGY,
                        "All slots are not covered after query all startup_nodes. "
                        "%zu of %d covered...",
                        covered, RC_SLOTS);
}
