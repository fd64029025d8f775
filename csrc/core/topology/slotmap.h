/*
 * slotmap: which node serves a slot, as an immutable snapshot.
 *
 * A snapshot is counted and swapped whole: a call takes one and keeps it while it runs, a refresh
 * makes another. Nodes are named by their number in the pool's table (rc_node_id). Counting is
 * atomic; nothing else here is ever written twice.
 */
#ifndef RC_SLOTMAP_H
#define RC_SLOTMAP_H

#include "core/base/crc16.h"
#include "core/base/error.h"
#include "core/base/node_set.h"
#include "core/topology/node_ids.h"

#include <stdbool.h>

#define RC_NO_SHARD ((uint16_t)0xffff)

enum {
    RC_REPLICAS_MAX = 32, /* more of one primary are not used for reads */
    RC_SHARDS_MAX = 4096  /* of one map: what a server may make a client set aside has a limit */
};

/* A MOVED has said that `node` owns `slot`. */
typedef struct rc_move {
    uint16_t slot;
    rc_node_id node;
} rc_move;

typedef struct rc_shard {
    rc_node_id primary;
    uint16_t slot_count; /* 0: owns none any more, and is no shard of the cluster */
    uint16_t replica_count;
    rc_node_id replicas[RC_REPLICAS_MAX];
} rc_shard;

typedef struct rc_slotmap {
    int references; /* atomic */
    uint16_t shard_of[RC_SLOTS];
    size_t covered;    /* slots that have a shard */
    rc_node_ids ids;   /* of all nodes; none in a map that a MOVED has changed */
    bool from_outside; /* the node that gave it is not in it, under the address it was asked at */
    size_t shard_count;
    rc_shard shards[]; /* as many as shard_count */
} rc_slotmap;

/* rc_slotmap_new gives a map of no slots with room for `shards`, counted once; NULL without memory.
 */
rc_slotmap *rc_slotmap_new(size_t shards);

/* rc_slotmap_keep counts the map once more, and returns it. */
rc_slotmap *rc_slotmap_keep(rc_slotmap *map);

/* rc_slotmap_drop counts it once less, and frees it at 0; NULL is allowed. */
void rc_slotmap_drop(rc_slotmap *map);

/*
 * rc_slotmap_add_shard is the number of this primary's shard; a new shard if it has none, for which
 * the map must have room. Like the next two it is for a map that is being built, by its only owner.
 */
uint16_t rc_slotmap_add_shard(rc_slotmap *map, size_t room, rc_node_id primary);

/* rc_slotmap_add_replica adds a replica to a shard; one that the shard has already is not added. */
void rc_slotmap_add_replica(rc_slotmap *map, uint16_t shard, rc_node_id replica);

/* rc_slotmap_assign gives the slots first..last to a shard. */
void rc_slotmap_assign(rc_slotmap *map, int first, int last, uint16_t shard);

/*
 * rc_slotmap_moved is a copy in which all moves have been made, one after another; NULL without
 * memory. A move for which the map would need more than RC_SHARDS_MAX shards is not made.
 */
rc_slotmap *rc_slotmap_moved(const rc_slotmap *map, const rc_move *moves, size_t count);

/* rc_slotmap_shard is the shard of a slot, or NULL when no node covers it. */
static inline const rc_shard *rc_slotmap_shard(const rc_slotmap *map, int slot)
{
    uint16_t shard = map->shard_of[slot];
    return shard == RC_NO_SHARD ? NULL : &map->shards[shard];
}

/* rc_slotmap_owner is the primary of a slot, or RC_NO_NODE. */
static inline rc_node_id rc_slotmap_owner(const rc_slotmap *map, int slot)
{
    const rc_shard *shard = rc_slotmap_shard(map, slot);
    return shard == NULL ? RC_NO_NODE : shard->primary;
}

/* rc_slotmap_random_primary is any primary that owns slots; RC_NO_NODE when there is none. */
rc_node_id rc_slotmap_random_primary(const rc_slotmap *map);

/* rc_slotmap_same: every slot has the same primary and the same replicas, in whatever order. */
bool rc_slotmap_same(const rc_slotmap *map, const rc_slotmap *other);

/* rc_slotmap_mark adds all nodes of the map to a set. */
void rc_slotmap_mark(const rc_slotmap *map, uint8_t nodes[RC_NODE_BITS]);

/* rc_slotmap_has: whether the node is a primary or a replica in this map. */
bool rc_slotmap_has(const rc_slotmap *map, rc_node_id node);

/* rc_slotmap_serves: whether the node is a primary with slots. */
bool rc_slotmap_serves(const rc_slotmap *map, rc_node_id node);

#endif
