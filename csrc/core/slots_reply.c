#include "slots_reply.h"

/* A server cannot make us set aside more than this many shards. */
enum { SHARDS_MAX = 4096 };

typedef struct parse {
    const rc_tape *tape;
    rc_resolve resolve;
    void *context;
    rc_slotmap *map;
    size_t room;
} parse;

/*
 * metadata is what stands behind `name` in the list [name, value, ...] that is a node's fourth
 * item; "" if nothing does. A list of anything else is passed over: no slot depends on it.
 */
static const char *metadata(const rc_tape *tape, const rc_item *entry, const char *name)
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
        if (rc_tape_is_text(tape, list + i, name) && value->type == RC_ITEM_STRING &&
            value->size < RC_HOST_MAX) {
            return rc_tape_text(tape, value);
        }
    }
    return "";
}

/* find_host: a host that is not told may stand among the metadata, and is that of the node that
 * answers otherwise. */
static const char *find_host(const rc_tape *tape, const rc_item *entry)
{
    const rc_item *host = entry + 1;
    if (host->type == RC_ITEM_NIL) {
        return "";
    }
    return rc_tape_is_text(tape, host, "?") ? metadata(tape, entry, "ip")
                                            : rc_tape_text(tape, host);
}

/* keep_id: servers before Redis 4 tell no id. */
static void keep_id(const parse *self, const rc_item *entry)
{
    const rc_item *id = entry + 3;
    if (entry->size >= 3 && id->type == RC_ITEM_STRING) {
        rc_node_ids_add(&self->map->ids, rc_tape_text(self->tape, id), id->size);
    }
}

/* parse_node reads [host, port, id, metadata]; all servers tell the first two. */
static rc_status parse_node(const parse *self, size_t position, rc_node_id *node)
{
    const rc_item *entry = rc_tape_item(self->tape, position);
    if (entry->type != RC_ITEM_ARRAY || entry->size < 2) {
        return RC_TOPOLOGY;
    }
    const rc_item *host = entry + 1;
    const rc_item *port = entry + 2;
    if ((host->type != RC_ITEM_NIL && host->type != RC_ITEM_STRING) || host->size >= RC_HOST_MAX ||
        port->type != RC_ITEM_INTEGER || port->integer < 1 || port->integer > 65535) {
        return RC_TOPOLOGY;
    }
    keep_id(self, entry);
    *node = self->resolve(self->context, find_host(self->tape, entry), (int)port->integer,
                          metadata(self->tape, entry, "hostname"));
    return *node == RC_NO_NODE ? RC_NOMEM : RC_OK;
}

static bool is_slot(const rc_item *item)
{
    return item->type == RC_ITEM_INTEGER && item->integer >= 0 && item->integer < RC_SLOTS;
}

/* parse_range reads [first, last, primary, replica ...]. */
static rc_status parse_range(parse *self, size_t position)
{
    const rc_item *range = rc_tape_item(self->tape, position);
    if (range->type != RC_ITEM_ARRAY || range->size < 3 || !is_slot(range + 1) ||
        !is_slot(range + 2) || range[1].integer > range[2].integer) {
        return RC_TOPOLOGY;
    }
    rc_node_id node;
    position += 3;
    rc_status status = parse_node(self, position, &node);
    if (status != RC_OK) {
        return status;
    }
    uint16_t shard = rc_slotmap_add_shard(self->map, self->room, node);
    if (shard == RC_NO_SHARD) {
        return RC_TOPOLOGY;
    }
    for (uint32_t i = 3; i < range->size && status == RC_OK; i++) {
        position = rc_tape_next(self->tape, position);
        status = parse_node(self, position, &node);
        if (status == RC_OK) {
            rc_slotmap_add_replica(self->map, shard, node);
        }
    }
    rc_slotmap_assign(self->map, (int)range[1].integer, (int)range[2].integer, shard);
    return status;
}

rc_status rc_slots_reply_read(const rc_tape *tape, rc_resolve resolve, void *context,
                              rc_slotmap **map)
{
    const rc_item *table = rc_tape_item(tape, 0);
    *map = NULL;
    if (table->type != RC_ITEM_ARRAY || table->size == 0) {
        return RC_TOPOLOGY; /* a node that is in no cluster yet knows no slots */
    }
    parse self = {.tape = tape, .resolve = resolve, .context = context};
    self.room = table->size < SHARDS_MAX ? table->size : SHARDS_MAX;
    self.map = rc_slotmap_new(self.room);
    rc_status status = self.map == NULL ? RC_NOMEM : RC_OK;
    size_t position = 1;
    for (uint32_t i = 0; i < table->size && status == RC_OK; i++) {
        status = parse_range(&self, position);
        position = rc_tape_next(tape, position);
    }
    if (status != RC_OK) {
        rc_slotmap_drop(self.map);
        return status;
    }
    *map = self.map;
    return RC_OK;
}
