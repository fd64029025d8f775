#include "core/topology/slot_discovery.h"

#include "core/net/handshake.h"
#include "core/topology/slots_reply.h"

#include <stdio.h>
#include <string.h>

/*
 * All nodes together are given REFRESH_TIMEOUT when there is an old map to go on with: a client
 * that is cut off must not spend its calls' time on a hundred dead nodes.
 */
enum { REFRESH_TIMEOUT = 4000 };

/* A cluster that is being made has no slots for a moment: so long a client waits that begins. */
enum { FORMING_TIMEOUT = 3000, FORMING_DELAY = 50, FORMING_DELAY_MAX = 500 };

/* ---- addresses ---- */

static bool rule_fits(const rc_remap *rule, const char *host, int port)
{
    return (rule->from_host == NULL || strcmp(rule->from_host, host) == 0) &&
           (rule->from_port == 0 || rule->from_port == port);
}

static void set_host(rc_found_address *address, const char *host)
{
    snprintf(address->host, sizeof address->host, "%s", host);
}

static void apply_rules(const rc_options *options, rc_found_address *address)
{
    for (size_t i = 0; i < options->remap_count; i++) {
        const rc_remap *rule = &options->remaps[i];
        if (rule_fits(rule, address->host, address->port)) {
            if (rule->to_host != NULL) {
                set_host(address, rule->to_host);
            }
            address->port = rule->to_port != 0 ? rule->to_port : address->port;
            address->remapped = true;
            return;
        }
    }
}

/* ask_call applies the call's own map_address, if it has one. */
static rc_status ask_call(rc_call *call, rc_found_address *address)
{
    if (call->map_address == NULL) {
        return RC_OK;
    }
    const rc_found_address before = *address;
    if (!call->map_address(call->context, address->host, &address->port)) {
        return RC_INTERRUPTED;
    }
    address->remapped |= address->port != before.port || strcmp(address->host, before.host) != 0;
    return RC_OK;
}

rc_status rc_discovery_address(rc_pool *pool, const char *host, int port, const rc_node *answering,
                               rc_call *call, rc_found_address *address)
{
    set_host(address, host[0] == '\0' ? answering->host : host);
    address->port = port;
    address->remapped = false;
    apply_rules(pool->options, address);
    return ask_call(call, address);
}

/* ---- what the answer says ---- */

static rc_status refused(const rc_options *options, const char *text, rc_error *error)
{
    if (strstr(text, "cluster support disabled") != NULL) {
        return rc_error_set(error, RC_NOT_CLUSTER, "cluster mode is not enabled on this server");
    }
    bool credentials = strncmp(text, "NOAUTH", 6) == 0 || strncmp(text, "NOPERM", 6) == 0;
    return rc_error_set(
        error, credentials ? RC_AUTH : RC_TOPOLOGY, "%s",
        rc_repeats_password(options, text)
            ? "its refusal of CLUSTER SLOTS is not shown, as it has the password in it"
            : text);
}

/* What resolve needs to make a node of an address. */
typedef struct speaker {
    rc_pool *pool;
    const rc_node *node;
    rc_call *call;
} speaker;

/* resolve also looks whether the call is to end: a table can be long. */
static rc_status resolve(void *context, const char *host, int port, const char *tls_name,
                         rc_node_id *node)
{
    const speaker *self = context;
    rc_found_address address;
    rc_status status = rc_call_continue(self->call, false);
    if (status == RC_OK) {
        status = rc_discovery_address(self->pool, host, port, self->node, self->call, &address);
    }
    if (status == RC_OK) {
        status = rc_pool_add(self->pool, address.host, address.port, node);
    }
    if (status == RC_OK) {
        rc_pool_set_tls_name(self->pool, *node, tls_name);
    }
    return status;
}

rc_status rc_discovery_read(rc_pool *pool, const rc_reply_tree *tree, rc_node_id node,
                            rc_call *call, rc_slotmap **map, rc_error *error)
{
    const rc_item *item = rc_reply_tree_item(tree, 0);
    if (item->type == RC_ITEM_ERROR) {
        return refused(pool->options, rc_reply_tree_text(tree, item), error);
    }
    if (item->type == RC_ITEM_DROPPED) {
        return rc_error_set(error, RC_TOPOLOGY,
                            "its reply to CLUSTER SLOTS is longer than that of any cluster");
    }
    speaker self = {pool, rc_pool_at(pool, node), call};
    rc_status status = rc_slots_reply_read(tree, resolve, &self, map, error);
    if (status == RC_OK) {
        (*map)->from_outside = !rc_slotmap_has(*map, node);
        rc_pool_increment(pool, node, RC_COUNT_REFRESH);
    }
    return status == RC_OK || status == RC_TOPOLOGY ? status : rc_error_of(error, status);
}

/* ---- whom to ask ---- */

typedef struct candidates {
    rc_node_id *nodes;
    size_t count;
    bool known;                   /* there is a map already */
    bool forming;                 /* some node knows of no slots */
    uint8_t listed[RC_NODE_BITS]; /* which nodes are in the list */
} candidates;

static void add_candidate(candidates *list, rc_node_id node)
{
    if (!rc_bit_is_set(list->listed, node)) {
        rc_set_bit(list->listed, node);
        list->nodes[list->count++] = node;
    }
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
static rc_status add_startup(rc_pool *pool, size_t number, candidates *list)
{
    const rc_address *startup = &pool->options->startup[number];
    rc_node_id node;
    rc_status status = rc_pool_add(pool, startup->host, startup->port, &node);
    if (status == RC_OK) {
        add_candidate(list, node);
    }
    return status;
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

/* can_tell: a node that has just failed may know an old table only, or say nothing at all. */
static bool can_tell(rc_pool *pool, rc_node_id node, rc_msec now)
{
    return rc_pool_is_fit(pool, node, now) && rc_pool_doubted_at(pool, node) == 0;
}

/*
 * put_failed_last: who has just failed is asked when all others have failed as well. `list->nodes`
 * has room for as many again.
 */
static void put_failed_last(rc_pool *pool, candidates *list)
{
    rc_msec now = rc_now();
    rc_node_id *failed = list->nodes + list->count;
    size_t fit_count = 0;
    size_t failed_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (can_tell(pool, list->nodes[i], now)) {
            list->nodes[fit_count++] = list->nodes[i];
        } else {
            failed[failed_count++] = list->nodes[i];
        }
    }
    memmove(list->nodes + fit_count, failed, failed_count * sizeof *failed);
}

static size_t count_most(const rc_pool *pool, const rc_slotmap *map)
{
    size_t most = pool->options->startup_count;
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
static rc_status whom_to_ask(rc_pool *pool, const rc_slotmap *map, candidates *list)
{
    size_t startup_count = pool->options->startup_count;
    size_t most = count_most(pool, map);
    *list = (candidates){.nodes = rc_alloc_zeroed(2 * (most + 1) * sizeof *list->nodes),
                         .known = map->shard_count > 0};
    if (list->nodes == NULL) {
        return RC_NOMEM;
    }
    rc_node_id primary = rc_slotmap_random_primary(map);
    if (primary != RC_NO_NODE) {
        add_candidate(list, primary);
    }
    size_t first = startup_count > 0 ? rc_random((uint32_t)startup_count) : 0;
    rc_status status = startup_count > 0 ? add_startup(pool, first, list) : RC_OK;
    add_known(map, list);
    for (size_t i = 0; i < startup_count && status == RC_OK; i++) {
        status = add_startup(pool, i, list);
    }
    put_failed_last(pool, list);
    return status;
}

typedef struct witness {
    rc_pool *pool;
    rc_node_id node;
    bool able; /* it has not failed; if none is, the one that failed longest ago is taken */
    rc_msec failed_at;
    rc_msec now;
} witness;

static void consider(witness *self, rc_node_id node)
{
    if (self->able) {
        return;
    }
    rc_msec failed_at = rc_pool_doubted_at(self->pool, node);
    self->able = can_tell(self->pool, node, self->now);
    if (self->able || failed_at < self->failed_at) {
        self->node = node;
        self->failed_at = failed_at;
    }
}

static void consider_primaries(witness *self, const rc_slotmap *map)
{
    size_t first = rc_random((uint32_t)map->shard_count + 1);
    for (size_t i = 0; i < map->shard_count; i++) {
        const rc_shard *shard = &map->shards[(first + i) % map->shard_count];
        if (shard->slot_count > 0) {
            consider(self, shard->primary);
        }
    }
}

static void consider_replicas(witness *self, const rc_slotmap *map)
{
    for (size_t i = 0; i < map->shard_count && !self->able; i++) {
        const rc_shard *shard = &map->shards[i];
        for (size_t j = 0; j < shard->replica_count; j++) {
            consider(self, shard->replicas[j]);
        }
    }
}

static void consider_startup(witness *self)
{
    const rc_options *options = self->pool->options;
    for (size_t i = 0; i < options->startup_count && !self->able; i++) {
        const rc_address *startup = &options->startup[i];
        rc_node_id node = rc_pool_node(self->pool, startup->host, startup->port);
        if (node != RC_NO_NODE) {
            consider(self, node);
        }
    }
}

rc_node_id rc_discovery_choose(rc_pool *pool, const rc_slotmap *map)
{
    witness self = {.pool = pool, .node = RC_NO_NODE, .failed_at = RC_NEVER, .now = rc_now()};
    consider_primaries(&self, map);
    consider_replicas(&self, map);
    consider_startup(&self);
    return self.node;
}

/* ---- whom to believe ---- */

static bool is_startup(rc_pool *pool, const rc_node *node)
{
    const rc_options *options = pool->options;
    for (size_t i = 0; i < options->startup_count; i++) {
        const rc_address *startup = &options->startup[i];
        if (startup->port == node->port && strcmp(startup->host, node->host) == 0) {
            return true;
        }
    }
    return false;
}

/* others_stand: some node of the known map besides this one can be connected to. */
static bool others_stand(rc_pool *pool, const rc_slotmap *known, rc_node_id node)
{
    rc_msec now = rc_now();
    bool stand = false;
    for (size_t i = 0; i < known->shard_count && !stand; i++) {
        const rc_shard *shard = &known->shards[i];
        stand = shard->primary != node && rc_pool_is_fit(pool, shard->primary, now);
        for (size_t j = 0; j < shard->replica_count && !stand; j++) {
            stand = shard->replicas[j] != node && rc_pool_is_fit(pool, shard->replicas[j], now);
        }
    }
    return stand;
}

/* is_of_known: the map is of the known cluster, or two known nodes agree on it. */
static bool is_of_known(rc_pool *pool, rc_lineage *lineage, const rc_slotmap *map, rc_node_id node,
                        rc_error *error)
{
    rc_fork_lock_acquire(pool->lock);
    bool accepted = rc_lineage_accepts(lineage, map, node);
    rc_fork_lock_release(pool->lock);
    if (!accepted) {
        const rc_node *teller = rc_pool_at(pool, node);
        rc_error_node(error, teller->host, teller->port);
        rc_error_set(error, RC_FOREIGN,
                     "it belongs to another cluster: its slot table has no node id in common with "
                     "the known one");
    }
    return accepted;
}

bool rc_discovery_trusts(rc_pool *pool, rc_lineage *lineage, const rc_slotmap *map, rc_node_id node,
                         rc_error *error)
{
    if (is_of_known(pool, lineage, map, node, error)) {
        return true;
    }
    rc_fork_lock_acquire(pool->lock);
    rc_slotmap *known = rc_slotmap_keep(lineage->known);
    rc_fork_lock_release(pool->lock);
    bool trusted = is_startup(pool, rc_pool_at(pool, node)) && !others_stand(pool, known, node);
    rc_slotmap_drop(known);
    return trusted;
}

/* ---- asking ---- */

/* What redis-py-cluster says, and programs look for; then each node that was asked, and why not. */
static const char unreachable[] = "Redis Cluster cannot be connected. Please provide at least one "
                                  "reachable node. Tried: ";

/* weight: of several nodes' failures the heaviest speaks for all of them, or the first of these. */
static int weight(rc_status status)
{
    if (status == RC_NOT_CLUSTER) {
        return 4;
    }
    if (rc_pool_is_at_limit(status)) {
        return 3;
    }
    return status == RC_AUTH ? 2 : status != RC_OK;
}

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
    if (weight(one->status) > weight(all->status)) {
        all->status = one->status;
    }
}

rc_buffer rc_discovery_request(void)
{
    static const char question[] = "*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n";
    return (rc_buffer){.data = (char *)(uintptr_t)question, .length = sizeof question - 1};
}

/*
 * await waits until a node that is down may be tried again; for who has no map there is nothing to
 * go on with meanwhile.
 */
static rc_status await(rc_pool *pool, rc_node_id node, rc_call *call, rc_error *error)
{
    rc_msec until = rc_sooner(rc_deadline(rc_pool_retry_after(pool, node)), call->deadline);
    rc_status status = rc_wait_sleep(call, until);
    return status == RC_OK ? status : rc_error_of(error, status);
}

static rc_status ask_one(rc_pool *pool, rc_node_id node, const rc_buffer *request, rc_call *call,
                         rc_reply_tree *answer, rc_slotmap **map, rc_error *error)
{
    rc_msec deadline = rc_sooner(rc_deadline(RC_ASK_TIMEOUT), call->deadline);
    rc_status status = rc_probe_ask(pool, node, request, call, deadline, answer, error);
    return status == RC_OK ? rc_discovery_read(pool, answer, node, call, map, error) : status;
}

/* What the nodes have told so far. */
typedef struct search {
    rc_pool *pool;
    rc_lineage *lineage;
    rc_slotmap *best;
    rc_slotmap *foreign; /* a startup node's, which counts if there is no other */
} search;

/* keep_fuller keeps this map in the place of one that covers less, and drops the other. */
static void keep_fuller(rc_slotmap **place, rc_slotmap *map)
{
    bool fuller = *place == NULL || map->covered > (*place)->covered;
    rc_slotmap_drop(fuller ? *place : map);
    *place = fuller ? map : *place;
}

/* weigh takes the map that `node` told; RC_FOREIGN if it is another cluster's. */
static rc_status weigh(search *found, rc_slotmap *map, rc_node_id node, rc_error *error)
{
    if (is_of_known(found->pool, found->lineage, map, node, error)) {
        keep_fuller(&found->best, map);
        return RC_OK;
    }
    rc_pool_doubt(found->pool, node);
    if (is_startup(found->pool, rc_pool_at(found->pool, node))) {
        keep_fuller(&found->foreign, map);
    } else {
        rc_slotmap_drop(map);
    }
    return error->status;
}

/* conclude gives what counts to the caller and drops the rest. */
static rc_slotmap *conclude(search *found, rc_status status)
{
    rc_slotmap *map = found->best != NULL ? found->best : found->foreign;
    if (map != found->foreign) {
        rc_slotmap_drop(found->foreign);
    }
    if (status != RC_OK) {
        rc_slotmap_drop(map);
        map = NULL;
    }
    return map;
}

/* ends: to ask another node would be in vain. */
static bool ends(rc_status status)
{
    return status == RC_INTERRUPTED || status == RC_NOMEM || status == RC_NODES_FULL;
}

static bool is_empty(const rc_reply_tree *answer)
{
    const rc_item *table = rc_reply_tree_item(answer, 0);
    return table->type == RC_ITEM_ARRAY && table->size == 0;
}

/*
 * ask_all asks one after the other until one knows all slots; if none does, the fullest map wins.
 * NULL and *error when there was no map at all.
 */
static rc_slotmap *ask_all(rc_pool *pool, candidates *list, rc_lineage *lineage, rc_call *call,
                           rc_error *error)
{
    const rc_buffer request = rc_discovery_request();
    rc_reply_tree answer = {0};
    search found = {.pool = pool, .lineage = lineage};
    rc_msec enough = list->known ? rc_deadline(REFRESH_TIMEOUT) : RC_NEVER;
    rc_status status = RC_OK;
    for (size_t i = 0; i < list->count && status == RC_OK && rc_until(enough) != 0; i++) {
        rc_slotmap *map = NULL;
        rc_error one;
        rc_error_clear(&one);
        if ((!list->known && await(pool, list->nodes[i], call, &one) != RC_OK) ||
            ask_one(pool, list->nodes[i], &request, call, &answer, &map, &one) != RC_OK ||
            weigh(&found, map, list->nodes[i], &one) != RC_OK) {
            note(error, &one);
            list->forming |= one.status == RC_TOPOLOGY && is_empty(&answer);
            bool goes_on = !ends(one.status);
            status = goes_on ? RC_OK : one.status;
        }
        if (found.best != NULL && found.best->covered == RC_SLOTS) {
            break;
        }
    }
    if (status != RC_OK) {
        rc_error_of(error, status);
    }
    rc_reply_tree_free(&answer);
    return conclude(&found, status);
}

/* ask_patiently asks again while a cluster without slots may be about to get some. */
static rc_slotmap *ask_patiently(rc_pool *pool, candidates *list, rc_lineage *lineage,
                                 rc_call *call, rc_error *error)
{
    rc_msec until = rc_sooner(rc_deadline(FORMING_TIMEOUT), call->deadline);
    for (int attempt = 0;; attempt++) {
        list->forming = false;
        rc_error_clear(error);
        rc_slotmap *map = ask_all(pool, list, lineage, call, error);
        if (map != NULL || list->known || !list->forming || rc_until(until) == 0 ||
            error->status == RC_INTERRUPTED || error->status == RC_NOMEM) {
            return map;
        }
        rc_msec delay = rc_backoff(attempt, FORMING_DELAY, FORMING_DELAY_MAX);
        rc_status status = rc_wait_sleep(call, rc_sooner(rc_deadline(delay), until));
        if (status != RC_OK) {
            rc_error_of(error, status);
            return NULL;
        }
    }
}

/*
 * explain puts what has happened before the list of nodes. One that could not be asked for want of
 * a connection may be alive: then the list is all that is known.
 */
static void explain(rc_error *error)
{
    if (rc_pool_is_at_limit(error->status)) {
        return;
    }
    size_t length = sizeof unreachable - 1;
    error->cause = error->status == RC_UNREACHABLE ? RC_OK : error->status;
    error->status = RC_UNREACHABLE;
    memmove(error->message + length, error->message, strlen(error->message) + 1);
    memcpy(error->message, unreachable, length);
}

rc_slotmap *rc_discover(rc_pool *pool, const rc_slotmap *known, rc_lineage *lineage, rc_call *call,
                        rc_error *error)
{
    candidates list;
    rc_slotmap *map = NULL;
    rc_error_clear(error);
    rc_status status = whom_to_ask(pool, known, &list);
    if (status != RC_OK) {
        rc_error_of(error, status);
    } else {
        map = ask_patiently(pool, &list, lineage, call, error);
    }
    if (map == NULL && !ends(error->status) && error->status != RC_NOT_CLUSTER) {
        if (list.count == 0) {
            rc_error_set(error, RC_UNREACHABLE, "no node");
        }
        explain(error);
    }
    rc_free(list.nodes);
    return map;
}
