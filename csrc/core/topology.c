#include "topology.h"

enum { COOL_DOWN = 1000 }; /* between two fetches for the sake of MOVED, give or take a half */

rc_status rc_topology_init(rc_topology *topology, rc_guard *guard, rc_pool *pool,
                           const rc_options *options)
{
    *topology = (rc_topology){.guard = guard, .pool = pool, .options = options};
    topology->map = rc_slotmap_new(0);
    return topology->map == NULL ? RC_NOMEM : RC_OK;
}

void rc_topology_free(rc_topology *topology)
{
    rc_slotmap_drop(topology->map);
    rc_slotmap_drop(topology->fetched);
    topology->map = topology->fetched = NULL;
}

rc_slotmap *rc_topology_map(rc_topology *topology, uint64_t *version)
{
    rc_guard_lock(topology->guard);
    rc_slotmap *map = rc_slotmap_keep(topology->map);
    *version = topology->version;
    rc_guard_unlock(topology->guard);
    return map;
}

void rc_topology_count(rc_topology *topology, uint64_t *changes, int *moved)
{
    rc_guard_lock(topology->guard);
    *changes = topology->changes;
    *moved = topology->moved;
    rc_guard_unlock(topology->guard);
}

bool rc_topology_is_fresh(rc_topology *topology, rc_msec since)
{
    rc_guard_lock(topology->guard);
    bool fresh = topology->fetched_at >= since;
    rc_guard_unlock(topology->guard);
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
    rc_journal_add(&topology->pool->journal, &event);
}

/* install puts a fetched map in place; returns the one that was fetched before, or NULL. */
static rc_slotmap *install(rc_topology *topology, rc_slotmap *map)
{
    rc_slotmap *before = topology->fetched;
    if (before != NULL && !rc_slotmap_same(before, map)) {
        note_change(topology, map); /* with the lock: in the order in which maps take their place */
    }
    rc_slotmap_drop(topology->map);
    topology->map = map;
    topology->fetched = rc_slotmap_keep(map);
    rc_pool_list(topology->pool, map);
    topology->fetched_at = rc_now();
    topology->version++;
    topology->changes++;
    topology->moved = 0;
    return before;
}

void rc_topology_publish(rc_topology *topology, rc_slotmap *map, const rc_error *error)
{
    rc_slotmap *before = NULL;
    if (map != NULL) {
        rc_pool_close_unmapped(topology->pool, map); /* while the map is still ours alone */
    }
    rc_guard_lock(topology->guard);
    if (map != NULL) {
        before = install(topology, rc_slotmap_keep(map)); /* others may replace it at once */
    } else {
        topology->failure = *error;
    }
    topology->fetches++;
    topology->next_fetch = rc_now() + COOL_DOWN / 2 + rc_random(COOL_DOWN);
    topology->fetching = false;
    rc_guard_broadcast(topology->guard);
    rc_guard_unlock(topology->guard);
    rc_slotmap_drop(map);
    rc_slotmap_drop(before);
}

/*
 * tells_of_cluster: the failure is the cluster's, not one of the call that happened to fetch, which
 * may have been interrupted, or had no time left.
 */
static bool tells_of_cluster(const rc_topology *topology)
{
    return topology->failure.status == RC_UNREACHABLE || topology->failure.status == RC_NOT_CLUSTER;
}

/* fetch discovers and publishes, for the thread that has claimed it. */
static rc_status fetch(rc_topology *topology, const rc_slotmap *known, rc_call *call,
                       rc_error *error)
{
    rc_slotmap *map = rc_discover(topology->pool, known, call, error);
    rc_status status = map == NULL ? error->status : RC_OK;
    rc_error told = *error;
    if (rc_until(call->deadline) == 0) {
        told.status = RC_TIMEOUT;
    }
    rc_topology_publish(topology, map, &told);
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
            rc_wait_changed(call, topology->guard, &topology->guard->changed, call->deadline);
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

static void claim(rc_topology *topology)
{
    topology->fetching = true;
    topology->fetcher = pthread_self();
    topology->fetch_generation = rc_fork_generation();
}

bool rc_topology_claim(rc_topology *topology)
{
    rc_guard_lock(topology->guard);
    bool mine = !somebody_fetches(topology);
    if (mine) {
        claim(topology);
    }
    rc_guard_unlock(topology->guard);
    return mine;
}

rc_status rc_topology_refresh(rc_topology *topology, uint64_t seen, rc_call *call, rc_error *error)
{
    rc_guard_lock(topology->guard);
    rc_status status = share_fetch(topology, seen, call, error);
    bool mine = status == RC_OK && topology->version == seen;
    rc_slotmap *known = mine ? rc_slotmap_keep(topology->map) : NULL;
    if (mine) {
        claim(topology);
    }
    rc_guard_unlock(topology->guard);
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

/* learn makes the moves; false when they are no news. */
static bool learn(rc_topology *topology, const rc_move *moves, size_t count, rc_slotmap **old)
{
    if (!are_news(topology->map, moves, count)) {
        return false;
    }
    rc_slotmap *map = rc_slotmap_moved(topology->map, moves, count);
    if (map != NULL) { /* without memory the slots are learned at their next MOVED */
        for (size_t i = 0; i < count; i++) {
            rc_pool_learn(topology->pool, moves[i].node);
        }
        *old = topology->map;
        topology->map = map;
        topology->changes++;
    }
    return true;
}

/* counts_many: so many MOVEDs have come that the next fetch does not wait for its time. */
static bool counts_many(rc_topology *topology, size_t count)
{
    int many = topology->options->refresh_after_moved;
    int before = topology->moved;
    topology->moved += (int)count;
    return many > 0 && topology->moved / many > before / many;
}

bool rc_topology_moved(rc_topology *topology, const rc_move *moves, size_t count)
{
    rc_slotmap *old = NULL;
    rc_guard_lock(topology->guard);
    bool news = learn(topology, moves, count, &old);
    bool many = counts_many(topology, count);
    bool refresh =
        news && (many || rc_now() >= topology->next_fetch) && !somebody_fetches(topology);
    rc_guard_unlock(topology->guard);
    rc_slotmap_drop(old);
    return refresh;
}

/* ---- coverage ---- */

static bool says_yes(const rc_tape *answer)
{
    const rc_item *item = rc_tape_item(answer, 0);
    return item->type == RC_ITEM_ARRAY && item->size == 2 &&
           rc_tape_is_text(answer, item + 2, "yes");
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
    rc_tape answer = {0};
    rc_msec deadline = rc_sooner(rc_deadline(RC_ASK_TIMEOUT), call->deadline);
    rc_status status = node == RC_NO_NODE ? RC_UNREACHABLE
                                          : rc_inquire(topology->pool, node, &request, call,
                                                       deadline, &answer, error);
    /* A node that does not tell (no CONFIG, no permission) has the server's default: yes. */
    bool required =
        status != RC_OK || rc_tape_item(&answer, 0)->type == RC_ITEM_ERROR || says_yes(&answer);
    rc_tape_free(&answer);
    if (!required || status == RC_INTERRUPTED || status == RC_NOMEM) {
        return status;
    }
    return rc_error_set(error, RC_TOPOLOGY,
                        "All slots are not covered after query all startup_nodes. "
                        "%zu of %d covered...",
                        covered, RC_SLOTS);
}
