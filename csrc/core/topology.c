#include "topology.h"

#include "encode.h"
#include "inquiry.h"
#include "slots_reply.h"

#include <stdio.h>

/*
 * One node is given ASK_TIMEOUT at the most before the next is asked, and all of them together
 * REFRESH_TIMEOUT, when there is an old map to go on with: a client that is cut off must not spend
 * its calls' time on a hundred dead nodes.
 */
enum { ASK_TIMEOUT = 2000, REFRESH_TIMEOUT = 4000, COOL_DOWN = 1000, PATIENCE = 25 };

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
    topology->map = NULL;
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

rc_node_id rc_topology_random_primary(const rc_slotmap *map)
{
    if (map->covered == 0) {
        return RC_NO_NODE;
    }
    size_t shard = rc_random((uint32_t)map->shard_count);
    while (map->shards[shard].slot_count == 0) {
        shard = (shard + 1) % map->shard_count;
    }
    return map->shards[shard].primary;
}

/* ---- addresses ---- */

static bool rule_fits(const rc_remap *rule, const char *host, int port)
{
    return (rule->from_host == NULL || strcmp(rule->from_host, host) == 0) &&
           (rule->from_port == 0 || rule->from_port == port);
}

rc_node_id rc_topology_node(rc_topology *topology, const char *host, int port,
                            const rc_node *answering, rc_call *call)
{
    if (host[0] == '\0') {
        host = answering->host;
    }
    for (size_t i = 0; i < topology->options->remap_count; i++) {
        const rc_remap *rule = &topology->options->remaps[i];
        if (rule_fits(rule, host, port)) {
            host = rule->to_host != NULL ? rule->to_host : host;
            port = rule->to_port != 0 ? rule->to_port : port;
            break;
        }
    }
    char mapped[RC_HOST_MAX];
    if (call->map_address != NULL) {
        snprintf(mapped, sizeof mapped, "%s", host);
        host = mapped;
        if (!call->map_address(call->context, mapped, &port)) {
            return RC_NO_NODE;
        }
    }
    return rc_pool_node(topology->pool, host, port);
}

static rc_status refused(const rc_tape *tape, const rc_item *item, rc_error *error)
{
    const char *text = rc_tape_text(tape, item);
    if (strstr(text, "cluster support disabled") != NULL) {
        return rc_error_set(error, RC_NOT_CLUSTER, "cluster mode is not enabled on this server");
    }
    bool credentials = strncmp(text, "NOAUTH", 6) == 0 || strncmp(text, "NOPERM", 6) == 0;
    return rc_error_set(error, credentials ? RC_AUTH : RC_TOPOLOGY, "%s", text);
}

/* What resolve needs to make a node of an address. */
typedef struct speaker {
    rc_topology *topology;
    const rc_node *node;
    rc_call *call;
} speaker;

static rc_node_id resolve(void *context, const char *host, int port, const char *tls_name)
{
    const speaker *self = context;
    rc_node_id node = rc_topology_node(self->topology, host, port, self->node, self->call);
    if (node != RC_NO_NODE) {
        rc_pool_name(self->topology->pool, node, tls_name);
    }
    return node;
}

static rc_status read_table(rc_topology *topology, const rc_tape *tape, rc_node_id node,
                            rc_call *call, rc_slotmap **map, rc_error *error)
{
    const rc_item *item = rc_tape_item(tape, 0);
    if (item->type == RC_ITEM_ERROR) {
        return refused(tape, item, error);
    }
    speaker self = {topology, rc_pool_at(topology->pool, node), call};
    rc_status status = rc_slots_reply_read(tape, resolve, &self, map);
    if (status == RC_TOPOLOGY) {
        return rc_error_set(error, status,
                            "its reply to CLUSTER SLOTS has no slots, or is not understood");
    }
    return status == RC_OK ? status : rc_error_of(error, status);
}

/* ---- fetching ---- */

typedef struct candidates {
    rc_node_id *nodes;
    size_t count;
    bool known; /* there is a map already */
} candidates;

static void add_candidate(candidates *list, rc_node_id node)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->nodes[i] == node) {
            return;
        }
    }
    list->nodes[list->count++] = node;
}

static void shuffle(candidates *list, size_t from)
{
    for (size_t i = list->count; i > from + 1; i--) {
        size_t other = from + rc_random((uint32_t)(i - from));
        rc_node_id kept = list->nodes[i - 1];
        list->nodes[i - 1] = list->nodes[other];
        list->nodes[other] = kept;
    }
}

/* add_startup adds a startup node; it enters the pool only now, as others may serve just as well.
 */
static rc_status add_startup(rc_topology *topology, size_t number, candidates *list)
{
    const rc_address *startup = &topology->options->startup[number];
    rc_node_id node = rc_pool_node(topology->pool, startup->host, startup->port);
    if (node == RC_NO_NODE) {
        return RC_NOMEM;
    }
    add_candidate(list, node);
    return RC_OK;
}

static void add_known(const rc_slotmap *map, candidates *list)
{
    size_t from = list->count;
    for (size_t i = 0; i < map->shard_count; i++) {
        add_candidate(list, map->shards[i].primary);
    }
    shuffle(list, from);
    from = list->count;
    for (size_t i = 0; i < map->shard_count; i++) {
        for (size_t j = 0; j < map->shards[i].replica_count; j++) {
            add_candidate(list, map->shards[i].replicas[j]);
        }
    }
    shuffle(list, from);
}

static size_t count_most(const rc_topology *topology, const rc_slotmap *map)
{
    size_t most = topology->options->startup_count;
    for (size_t i = 0; i < map->shard_count; i++) {
        most += 1 + (size_t)map->shards[i].replica_count;
    }
    return most;
}

/*
 * whom_to_ask lists a known primary first; then a startup node, as the time for all may be too
 * short when the cluster has moved away from every address that is known; then the known ones and
 * the other startup nodes. In random order each, so that all have their turn in the end.
 */
static rc_status whom_to_ask(rc_topology *topology, const rc_slotmap *map, candidates *list)
{
    size_t startup_count = topology->options->startup_count;
    size_t most = count_most(topology, map);
    *list = (candidates){.nodes = rc_alloc_zeroed((most + 1) * sizeof *list->nodes),
                         .known = map->shard_count > 0};
    if (list->nodes == NULL) {
        return RC_NOMEM;
    }
    rc_node_id primary = rc_topology_random_primary(map);
    if (primary != RC_NO_NODE) {
        add_candidate(list, primary);
    }
    size_t first = startup_count > 0 ? rc_random((uint32_t)startup_count) : 0;
    rc_status status = startup_count > 0 ? add_startup(topology, first, list) : RC_OK;
    add_known(map, list);
    for (size_t i = 0; i < startup_count && status == RC_OK; i++) {
        status = add_startup(topology, i, list);
    }
    return status;
}

/* What redis-py-cluster says, and programs look for; then each node that was asked, and why not. */
static const char unreachable[] = "Redis Cluster cannot be connected. Please provide at least one "
                                  "reachable node. Tried: ";

/*
 * note adds what went wrong at one node to the text that lists them all; when that is full, it says
 * so rather than end in the middle.
 */
static void note(rc_error *all, const rc_error *one)
{
    char line[RC_HOST_MAX + 256];
    snprintf(line, sizeof line, "%s%s:%d (%.200s)", all->message[0] != '\0' ? ", " : "", one->host,
             one->port, one->message);
    static const char more[] = ", and more";
    size_t used = strlen(all->message);
    bool full = used >= sizeof more && strcmp(all->message + used - strlen(more), more) == 0;
    if (!full) {
        size_t room = sizeof all->message - sizeof unreachable;
        bool fits = used + strlen(line) + sizeof more < room;
        strcpy(all->message + used, fits ? line : more);
    }
    if (all->status == RC_OK || one->status == RC_NOT_CLUSTER) {
        all->status = one->status;
    }
}

static rc_status write_question(rc_buffer *request)
{
    static const char question[] = "*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n";
    return rc_buffer_append(request, question, sizeof question - 1);
}

static rc_status ask_one(rc_topology *topology, rc_node_id node, const rc_buffer *request,
                         rc_call *call, rc_tape *answer, rc_slotmap **map, rc_error *error)
{
    rc_msec deadline = rc_sooner(rc_deadline(ASK_TIMEOUT), call->deadline);
    rc_status status = rc_inquire(topology->pool, node, request, call, deadline, answer, error);
    return status == RC_OK ? read_table(topology, answer, node, call, map, error) : status;
}

/*
 * ask_all asks one after the other until one knows all slots; if none does, the fullest map wins.
 * NULL and *error when there was no map at all.
 */
static rc_slotmap *ask_all(rc_topology *topology, const candidates *list, rc_call *call,
                           rc_error *error)
{
    rc_buffer request = {0};
    rc_tape answer = {0};
    rc_slotmap *best = NULL;
    rc_msec enough = list->known ? rc_deadline(REFRESH_TIMEOUT) : RC_NEVER;
    rc_status status = write_question(&request);
    for (size_t i = 0; i < list->count && status == RC_OK && rc_until(enough) != 0; i++) {
        rc_slotmap *map = NULL;
        rc_error one;
        if (ask_one(topology, list->nodes[i], &request, call, &answer, &map, &one) != RC_OK) {
            note(error, &one);
            bool goes_on = one.status != RC_INTERRUPTED && one.status != RC_NOMEM;
            status = goes_on ? RC_OK : one.status;
        } else if (best == NULL || map->covered > best->covered) {
            rc_slotmap_drop(best);
            best = map;
        } else {
            rc_slotmap_drop(map);
        }
        if (best != NULL && best->covered == RC_SLOTS) {
            break;
        }
    }
    if (status != RC_OK) {
        rc_error_of(error, status);
        rc_slotmap_drop(best);
        best = NULL;
    }
    rc_buffer_free(&request);
    rc_tape_free(&answer);
    return best;
}

/* explain puts what has happened before the list of nodes. */
static void explain(rc_error *error)
{
    size_t length = sizeof unreachable - 1;
    error->status = RC_UNREACHABLE;
    memmove(error->message + length, error->message, strlen(error->message) + 1);
    memcpy(error->message, unreachable, length);
}

static rc_slotmap *fetch(rc_topology *topology, rc_call *call, rc_error *error)
{
    uint64_t version;
    rc_slotmap *known = rc_topology_map(topology, &version);
    candidates list;
    rc_slotmap *map = NULL;
    rc_error_clear(error);
    if (whom_to_ask(topology, known, &list) != RC_OK) {
        rc_error_set(error, RC_NOMEM, "out of memory");
    } else {
        map = ask_all(topology, &list, call, error);
    }
    if (map == NULL && error->status != RC_INTERRUPTED && error->status != RC_NOMEM &&
        error->status != RC_NOT_CLUSTER) {
        if (list.count == 0) {
            rc_error_set(error, RC_UNREACHABLE, "no node");
        }
        explain(error);
    }
    rc_free(list.nodes);
    rc_slotmap_drop(known);
    return map;
}

static bool somebody_fetches(const rc_topology *topology)
{
    /* A thread of the parent process, if it was fetching at a fork, fetches nothing here. */
    return topology->fetching && topology->fetch_generation == rc_fork_generation();
}

/*
 * wait_for_other waits in slices, as a signal does not end a wait on a condition; the lock is given
 * up for the question, which may take Python's lock.
 */
static rc_status wait_for_other(rc_topology *topology, rc_call *call, rc_error *error)
{
    rc_guard_wait(topology->guard, rc_sooner(rc_deadline(PATIENCE), call->deadline));
    rc_guard_unlock(topology->guard);
    rc_status status = rc_call_interrupted(call);
    rc_guard_lock(topology->guard);
    return status == RC_OK ? status : rc_error_set(error, status, "interrupted");
}

/*
 * publish puts the new map in place (NULL: there is none, and *error says why) and wakes those who
 * wait for it.
 */
static void publish(rc_topology *topology, rc_slotmap *map, const rc_error *error)
{
    rc_guard_lock(topology->guard);
    rc_slotmap *old = NULL;
    if (map != NULL) {
        old = topology->map;
        topology->map = map;
        topology->version++;
        topology->changes++;
        topology->moved = 0;
    } else {
        topology->failure = *error;
    }
    topology->fetches++;
    topology->fetched_at = rc_now();
    topology->fetching = false;
    rc_guard_signal(topology->guard);
    rc_guard_unlock(topology->guard);
    rc_slotmap_drop(old);
}

/* tells_of_cluster: the failure is the cluster's, not one of the call that happened to fetch. */
static bool tells_of_cluster(const rc_topology *topology)
{
    return topology->failure.status == RC_UNREACHABLE || topology->failure.status == RC_NOT_CLUSTER;
}

/*
 * share_fetch waits while another thread fetches, and takes its result, good or bad. A fetch
 * that its own call ended has none: then the next thread has its turn.
 */
static rc_status share_fetch(rc_topology *topology, uint64_t seen, rc_call *call, rc_error *error)
{
    while (topology->version == seen && somebody_fetches(topology)) {
        uint64_t fetches = topology->fetches;
        if (rc_until(call->deadline) == 0) {
            return rc_error_set(error, RC_TIMEOUT, "timeout while the slot table is fetched");
        }
        if (wait_for_other(topology, call, error) != RC_OK) {
            return error->status;
        }
        if (topology->fetches != fetches && topology->version == seen &&
            tells_of_cluster(topology)) {
            *error = topology->failure;
            return error->status;
        }
    }
    return RC_OK;
}

rc_status rc_topology_refresh(rc_topology *topology, uint64_t seen, rc_call *call, rc_error *error)
{
    rc_guard_lock(topology->guard);
    rc_status status = share_fetch(topology, seen, call, error);
    bool mine = status == RC_OK && topology->version == seen;
    if (mine) {
        topology->fetching = true;
        topology->fetch_generation = rc_fork_generation();
    }
    rc_guard_unlock(topology->guard);
    if (mine) {
        rc_slotmap *map = fetch(topology, call, error);
        status = map == NULL ? error->status : RC_OK;
        if (map != NULL) {
            rc_pool_leave(topology->pool, map); /* while the map is still ours alone */
        }
        publish(topology, map, error);
    }
    return status;
}

bool rc_topology_moved(rc_topology *topology, int slot, rc_node_id node)
{
    rc_slotmap *old = NULL;
    rc_guard_lock(topology->guard);
    if (rc_slotmap_owner(topology->map, slot) != node) {
        rc_slotmap *map = rc_slotmap_moved(topology->map, slot, node);
        if (map != NULL) { /* without memory the slot is learned at its next MOVED */
            old = topology->map;
            topology->map = map;
            topology->changes++;
        }
    }
    topology->moved++;
    bool many = topology->options->refresh_after_moved > 0 &&
                topology->moved >= topology->options->refresh_after_moved;
    bool first = topology->moved == 1 && rc_now() - topology->fetched_at > COOL_DOWN;
    bool refresh = (many || first) && !somebody_fetches(topology);
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
    rc_node_id node = rc_topology_random_primary(map);
    rc_slotmap_drop(map);
    if (covered == RC_SLOTS || topology->options->allow_uncovered) {
        return RC_OK;
    }
    rc_buffer request = {.data = (char *)(uintptr_t)question, .length = sizeof question - 1};
    rc_tape answer = {0};
    rc_msec deadline = rc_sooner(rc_deadline(ASK_TIMEOUT), call->deadline);
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
