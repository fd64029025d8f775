#include "core/topology/slots_reply.h"

#include "core/base/host.h"

/* Ranges of a sound table do not overlap; this is how often a slot may be named on average. */
enum { OVERLAPS_MAX = 4 };

typedef struct parse {
    const rc_reply_tree *tree;
    rc_resolve resolve;
    void *context;
    rc_slotmap *map;
    size_t room;
    rc_error *error;
    size_t assigned;             /* slots, counted each time that they are named */
    size_t nodes;                /* how many different nodes the table names */
    uint8_t known[RC_NODE_BITS]; /* which these are */
} parse;

static rc_status not_understood(const parse *self)
{
    return rc_error_set(self->error, RC_TOPOLOGY,
                        "its reply to CLUSTER SLOTS has no slots, or is not understood");
}

static rc_status too_many(const parse *self, int limit, const char *what)
{
    return rc_error_set(self->error, RC_TOPOLOGY,
                        "its reply to CLUSTER SLOTS names more than %d %s", limit, what);
}

/*
 * metadata is the host that stands behind `name` in the list [name, value, ...] that is a node's
 * fourth item; "" if none does. A list of anything else is passed over: no slot depends on it.
 */
static const char *metadata(const rc_reply_tree *tree, const rc_item *entry, const char *name)
{
    const rc_item *id = entry + 3;
    const rc_item *list = entry + 4;
    if (entry->size < 4 || id->type == RC_ITEM_ARRAY || list->type != RC_ITEM_ARRAY) {
        return "";
    }
    for (uint32_t i = 1; i + 1 <= list->size; i += 2) {
        const rc_item *value = list + i + 1;
        if (list[i].type == RC_ITEM_ARRAY || value->type == RC_ITEM_ARRAY) {
            break; /* what follows is not where it would be */
        }
        if (rc_reply_tree_is_text(tree, list + i, name) && value->type == RC_ITEM_STRING &&
            rc_host_is_valid(rc_reply_tree_text(tree, value), value->size)) {
            return rc_reply_tree_text(tree, value);
        }
    }
    return "";
}

/*
 * find_host is the host of a node's entry; "" means the node that answered. A server that does not
 * show it says "?" and may have the ip among the metadata. NULL: what it says can be no host.
 */
static const char *find_host(const rc_reply_tree *tree, const rc_item *entry)
{
    const rc_item *host = entry + 1;
    if (host->type == RC_ITEM_NIL) {
        return "";
    }
    if (rc_reply_tree_is_text(tree, host, "?")) {
        return metadata(tree, entry, "ip");
    }
    const char *text = rc_reply_tree_text(tree, host);
    return host->size == 0 || rc_host_is_valid(text, host->size) ? text : NULL;
}

/* keep_id keeps the node id, which servers before Redis 4 do not send. */
static void keep_id(const parse *self, const rc_item *entry)
{
    const rc_item *id = entry + 3;
    if (entry->size >= 3 && id->type == RC_ITEM_STRING) {
        rc_node_ids_add(&self->map->ids, rc_reply_tree_text(self->tree, id), id->size);
    }
}

/* count_node counts a node that the table has not named before. */
static rc_status count_node(parse *self, rc_node_id node)
{
    if (!rc_bit_is_set(self->known, node)) {
        rc_set_bit(self->known, node);
        self->nodes++;
    }
    return self->nodes > RC_TABLE_NODES_MAX ? too_many(self, RC_TABLE_NODES_MAX, "nodes") : RC_OK;
}

/* parse_node reads [host, port, id, metadata]; servers may send only the first two. */
static rc_status parse_node(parse *self, size_t position, rc_node_id *node)
{
    const rc_item *entry = rc_reply_tree_item(self->tree, position);
    if (entry->type != RC_ITEM_ARRAY || entry->size < 2 ||
        (entry[1].type != RC_ITEM_NIL && entry[1].type != RC_ITEM_STRING)) {
        return not_understood(self);
    }
    const rc_item *port = entry + 2;
    if (port->type != RC_ITEM_INTEGER || port->integer < 1 || port->integer > 65535) {
        return not_understood(self);
    }
    const char *host = find_host(self->tree, entry);
    if (host == NULL) {
        return rc_error_set(self->error, RC_TOPOLOGY,
                            "its reply to CLUSTER SLOTS names the host \"%.64s\", which is none",
                            rc_reply_tree_text(self->tree, entry + 1));
    }
    keep_id(self, entry);
    rc_status status = self->resolve(self->context, host, (int)port->integer,
                                     metadata(self->tree, entry, "hostname"), node);
    return status == RC_OK ? count_node(self, *node) : status;
}

static bool is_slot(const rc_item *item)
{
    return item->type == RC_ITEM_INTEGER && item->integer >= 0 && item->integer < RC_SLOTS;
}

/* parse_replicas reads the replicas of a shard, as many as are used for reads. */
static rc_status parse_replicas(parse *self, size_t position, size_t count, uint16_t shard)
{
    rc_status status = RC_OK;
    for (size_t i = 0; i < count && i < RC_REPLICAS_MAX && status == RC_OK; i++) {
        rc_node_id node;
        status = parse_node(self, position, &node);
        if (status == RC_OK) {
            rc_slotmap_add_replica(self->map, shard, node);
        }
        position = rc_reply_tree_next(self->tree, position);
    }
    return status;
}

/* assign gives the slots to their shard, unless they have been given too often already. */
static rc_status assign(parse *self, const rc_item *range, uint16_t shard)
{
    int first = (int)range[1].integer;
    int last = (int)range[2].integer;
    self->assigned += (size_t)(last - first) + 1;
    if (self->assigned > (size_t)OVERLAPS_MAX * RC_SLOTS) {
        return rc_error_set(self->error, RC_TOPOLOGY,
                            "its reply to CLUSTER SLOTS has ranges that overlap");
    }
    rc_slotmap_assign(self->map, first, last, shard);
    return RC_OK;
}

/* parse_range reads [first, last, primary, replica ...]. */
static rc_status parse_range(parse *self, size_t position)
{
    const rc_item *range = rc_reply_tree_item(self->tree, position);
    if (range->type != RC_ITEM_ARRAY || range->size < 3 || !is_slot(range + 1) ||
        !is_slot(range + 2) || range[1].integer > range[2].integer) {
        return not_understood(self);
    }
    if (range->size - 2 > RC_RANGE_NODES_MAX) {
        return too_many(self, RC_RANGE_NODES_MAX, "nodes for one range of slots");
    }
    rc_node_id node;
    rc_status status = parse_node(self, position + 3, &node);
    if (status != RC_OK) {
        return status;
    }
    uint16_t shard = rc_slotmap_add_shard(self->map, self->room, node);
    if (shard == RC_NO_SHARD) {
        return too_many(self, RC_SHARDS_MAX, "primaries");
    }
    status =
        parse_replicas(self, rc_reply_tree_next(self->tree, position + 3), range->size - 3, shard);
    return status == RC_OK ? assign(self, range, shard) : status;
}

rc_status rc_slots_reply_read(const rc_reply_tree *tree, rc_resolve resolve, void *context,
                              rc_slotmap **map, rc_error *error)
{
    const rc_item *table = rc_reply_tree_item(tree, 0);
    parse self = {.tree = tree, .resolve = resolve, .context = context, .error = error};
    *map = NULL;
    if (table->type != RC_ITEM_ARRAY || table->size == 0) {
        return not_understood(&self); /* a node that is in no cluster yet knows no slots */
    }
    if (table->size > RC_TABLE_RANGES_MAX) {
        return too_many(&self, RC_TABLE_RANGES_MAX, "ranges of slots");
    }
    self.room = table->size < RC_SHARDS_MAX ? table->size : RC_SHARDS_MAX;
    self.map = rc_slotmap_new(self.room);
    rc_status status = self.map == NULL ? RC_NOMEM : RC_OK;
    size_t position = 1;
    for (uint32_t i = 0; i < table->size && status == RC_OK; i++) {
        status = parse_range(&self, position);
        position = rc_reply_tree_next(tree, position);
    }
    if (status != RC_OK) {
        rc_slotmap_drop(self.map);
        return status;
    }
    *map = self.map;
    return RC_OK;
}
