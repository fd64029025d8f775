#include "core/topology/slot_discovery.h"

#include "core/net/handshake.h"
#include "core/topology/address_map.h"
#include "core/topology/candidates.h"
#include "core/topology/slots_reply.h"

#include <stdio.h>
#include <string.h>

/*
 * Milliseconds for all nodes together when there is an old map to go on with: a client that is cut
 * off from its network must not spend its calls' time on a hundred dead nodes.
 */
enum { REFRESH_TIMEOUT = 4000 };

/* A cluster that is being created has no slots for a moment. A new client waits that long for it.
 */
enum { FORMING_TIMEOUT = 3000, FORMING_DELAY = 50, FORMING_DELAY_MAX = 500 };

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

/* Where a slot table comes from: what resolve needs to make a node of an address in it. */
typedef struct table_source {
    rc_pool *pool;
    const rc_node *node;
    rc_call *call;
} table_source;

/* resolve gives the node of an address in the table. It asks whether the call is to end, as a table
 * can be long. */
static rc_status resolve(void *context, const char *host, int port, const char *tls_name,
                         rc_node_id *node)
{
    const table_source *self = context;
    rc_mapped_address address;
    rc_status status = rc_call_continue(self->call, false);
    if (status == RC_OK) {
        status = rc_address_map_apply(self->pool->options, host, port, self->node->host, self->call,
                                      &address);
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
    table_source self = {pool, rc_pool_at(pool, node), call};
    rc_status status = rc_slots_reply_read(tree, resolve, &self, map, error);
    if (status == RC_OK) {
        (*map)->from_outside = !rc_slotmap_has(*map, node);
        rc_pool_increment(pool, node, RC_COUNT_REFRESH);
    }
    return status == RC_OK || status == RC_TOPOLOGY ? status : rc_error_of(error, status);
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

/* another_is_fit: some node of the known map besides this one can be connected to. */
static bool another_is_fit(rc_pool *pool, const rc_slotmap *known, rc_node_id node)
{
    rc_msec now = rc_now();
    bool fit = false;
    for (size_t i = 0; i < known->shard_count && !fit; i++) {
        const rc_shard *shard = &known->shards[i];
        fit = shard->primary != node && rc_pool_is_fit(pool, shard->primary, now);
        for (size_t j = 0; j < shard->replica_count && !fit; j++) {
            fit = shard->replicas[j] != node && rc_pool_is_fit(pool, shard->replicas[j], now);
        }
    }
    return fit;
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
    bool trusted = is_startup(pool, rc_pool_at(pool, node)) && !another_is_fit(pool, known, node);
    rc_slotmap_drop(known);
    return trusted;
}

/* ---- asking ---- */

/* The words of redis-py-cluster, which programs look for; the nodes that were asked follow. */
static const char unreachable[] = "Redis Cluster cannot be connected. Please provide at least one "
                                  "reachable node. Tried: ";

/* weight orders failures: of several nodes' the one with the most weight is reported, the first if
 * two weigh the same. */
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

/* note adds one node's failure to the list in `all`, which ends in "and more" when it is full. */
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

/* await waits until a node that is down may be tried again. Only a client without a map waits. */
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

/* One rc_discover, and what the nodes have told it so far. */
typedef struct search {
    rc_pool *pool;
    rc_lineage *lineage;
    const rc_candidates *list;
    bool has_map; /* the client has an older map to go on with */
    bool forming; /* some node knows of no slots: the cluster may be about to get some */
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

/* weigh takes the map that `node` gave, if it is the best yet. RC_FOREIGN: another cluster's. */
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

/* conclude gives the map that counts to the caller and drops the other. The search is empty then.
 */
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
    found->best = found->foreign = NULL;
    return map;
}

/* ends: the failure is not the node's, so asking another one would not help. */
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
static rc_slotmap *ask_all(search *self, rc_call *call, rc_error *error)
{
    const rc_buffer request = rc_discovery_request();
    rc_reply_tree answer = {0};
    rc_pool *pool = self->pool;
    const rc_candidates *list = self->list;
    rc_msec enough = self->has_map ? rc_deadline(REFRESH_TIMEOUT) : RC_NEVER;
    rc_status status = RC_OK;
    for (size_t i = 0; i < list->count && status == RC_OK && rc_until(enough) != 0; i++) {
        rc_slotmap *map = NULL;
        rc_error one;
        rc_error_clear(&one);
        if ((!self->has_map && await(pool, list->nodes[i], call, &one) != RC_OK) ||
            ask_one(pool, list->nodes[i], &request, call, &answer, &map, &one) != RC_OK ||
            weigh(self, map, list->nodes[i], &one) != RC_OK) {
            note(error, &one);
            self->forming |= one.status == RC_TOPOLOGY && is_empty(&answer);
            status = ends(one.status) ? one.status : RC_OK;
        }
        if (self->best != NULL && self->best->covered == RC_SLOTS) {
            break;
        }
    }
    if (status != RC_OK) {
        rc_error_of(error, status);
    }
    rc_reply_tree_free(&answer);
    return conclude(self, status);
}

/* ask_patiently asks again while a cluster without slots may be about to get some. */
static rc_slotmap *ask_patiently(search *self, rc_call *call, rc_error *error)
{
    rc_msec until = rc_sooner(rc_deadline(FORMING_TIMEOUT), call->deadline);
    for (int attempt = 0;; attempt++) {
        self->forming = false;
        rc_error_clear(error);
        rc_slotmap *map = ask_all(self, call, error);
        if (map != NULL || self->has_map || !self->forming || rc_until(until) == 0 ||
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
 * explain puts `unreachable` before the list of nodes. Not if a node could not be asked because the
 * pool is at its limit: it may be alive.
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
    rc_candidates list;
    rc_slotmap *map = NULL;
    rc_error_clear(error);
    rc_status status = rc_candidates_list(pool, known, &list);
    if (status != RC_OK) {
        rc_error_of(error, status);
    } else {
        search self = {
            .pool = pool, .lineage = lineage, .list = &list, .has_map = known->shard_count > 0};
        map = ask_patiently(&self, call, error);
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
