#include "core/topology/slotmap.h"

#include "core/base/clock.h"

#include "core/base/buffer.h"

rc_slotmap *rc_slotmap_new(size_t shards)
{
    rc_slotmap *map = rc_alloc_zeroed(sizeof *map + shards * sizeof(rc_shard));
    if (map != NULL) {
        map->references = 1;
        memset(map->shard_of, 0xff, sizeof map->shard_of);
    }
    return map;
}

rc_slotmap *rc_slotmap_keep(rc_slotmap *map)
{
    __atomic_add_fetch(&map->references, 1, __ATOMIC_RELAXED);
    return map;
}

void rc_slotmap_drop(rc_slotmap *map)
{
    if (map != NULL && __atomic_sub_fetch(&map->references, 1, __ATOMIC_ACQ_REL) == 0) {
        rc_free(map);
    }
}

static uint16_t find_shard(const rc_slotmap *map, rc_node_id primary)
{
    for (size_t i = 0; i < map->shard_count; i++) {
        if (map->shards[i].primary == primary) {
            return (uint16_t)i;
        }
    }
    return RC_NO_SHARD;
}

uint16_t rc_slotmap_add_shard(rc_slotmap *map, size_t room, rc_node_id primary)
{
    uint16_t shard = find_shard(map, primary);
    if (shard == RC_NO_SHARD && map->shard_count < room) {
        shard = (uint16_t)map->shard_count++;
        map->shards[shard] = (rc_shard){.primary = primary};
    }
    return shard;
}

void rc_slotmap_add_replica(rc_slotmap *map, uint16_t shard, rc_node_id replica)
{
    rc_shard *owner = &map->shards[shard];
    for (size_t i = 0; i < owner->replica_count; i++) {
        if (owner->replicas[i] == replica) {
            return;
        }
    }
    if (owner->replica_count < RC_REPLICAS_MAX) {
        owner->replicas[owner->replica_count++] = replica;
    }
}

void rc_slotmap_assign(rc_slotmap *map, int first, int last, uint16_t shard)
{
    for (int slot = first; slot <= last; slot++) {
        uint16_t before = map->shard_of[slot];
        if (before == RC_NO_SHARD) {
            map->covered++;
        } else {
            map->shards[before].slot_count--;
        }
        map->shards[shard].slot_count++;
        map->shard_of[slot] = shard;
    }
}

static size_t room_for_moves(const rc_slotmap *map, size_t count)
{
    size_t most = map->shard_count + count;
    return most < RC_SHARDS_MAX ? most : RC_SHARDS_MAX;
}

rc_slotmap *rc_slotmap_moved(const rc_slotmap *map, const rc_move *moves, size_t count)
{
    size_t room = room_for_moves(map, count);
    rc_slotmap *copy = rc_slotmap_new(room);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy->shard_of, map->shard_of, sizeof copy->shard_of);
    memcpy(copy->shards, map->shards, map->shard_count * sizeof(rc_shard));
    copy->shard_count = map->shard_count;
    copy->covered = map->covered;
    copy->from_outside = map->from_outside;
    for (size_t i = 0; i < count; i++) {
        uint16_t shard = rc_slotmap_add_shard(copy, room, moves[i].node);
        if (shard != RC_NO_SHARD) {
            rc_slotmap_assign(copy, moves[i].slot, moves[i].slot, shard);
        }
    }
    return copy;
}

void rc_slotmap_mark(const rc_slotmap *map, uint8_t nodes[RC_NODE_BITS])
{
    for (size_t i = 0; i < map->shard_count; i++) {
        const rc_shard *shard = &map->shards[i];
        rc_set_bit(nodes, shard->primary);
        for (size_t j = 0; j < shard->replica_count; j++) {
            rc_set_bit(nodes, shard->replicas[j]);
        }
    }
}

bool rc_slotmap_has(const rc_slotmap *map, rc_node_id node)
{
    for (size_t i = 0; i < map->shard_count; i++) {
        const rc_shard *shard = &map->shards[i];
        bool found = shard->primary == node;
        for (size_t j = 0; j < shard->replica_count && !found; j++) {
            found = shard->replicas[j] == node;
        }
        if (found) {
            return true;
        }
    }
    return false;
}

bool rc_slotmap_serves(const rc_slotmap *map, rc_node_id node)
{
    for (size_t i = 0; i < map->shard_count; i++) {
        if (map->shards[i].primary == node && map->shards[i].slot_count > 0) {
            return true;
        }
    }
    return false;
}

rc_node_id rc_slotmap_random_primary(const rc_slotmap *map)
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

static bool same_shard(const rc_shard *shard, const rc_shard *other)
{
    if (shard->primary != other->primary || shard->replica_count != other->replica_count) {
        return false;
    }
    for (int i = 0; i < shard->replica_count; i++) {
        int j = 0;
        while (j < other->replica_count && other->replicas[j] != shard->replicas[i]) {
            j++;
        }
        if (j == other->replica_count) {
            return false;
        }
    }
    return true;
}

bool rc_slotmap_same(const rc_slotmap *map, const rc_slotmap *other)
{
    uint16_t here = RC_NO_SHARD;
    uint16_t there = RC_NO_SHARD;
    for (int slot = 0; slot < RC_SLOTS; slot++) {
        if (map->shard_of[slot] == here && other->shard_of[slot] == there) {
            continue; /* as its neighbour, whose shards have been compared */
        }
        here = map->shard_of[slot];
        there = other->shard_of[slot];
        if ((here == RC_NO_SHARD) != (there == RC_NO_SHARD) ||
            (here != RC_NO_SHARD && !same_shard(&map->shards[here], &other->shards[there]))) {
            return false;
        }
    }
    return true;
}
