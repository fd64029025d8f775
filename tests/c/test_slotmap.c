/* test_slotmap: slots and shards as they were assigned, copies that differ in one slot, exact
 * counts. */
#include "check.h"

#include "core/base/buffer.h"
#include "core/topology/slotmap.h"

#include <pthread.h>

static void a_new_map_covers_nothing(void)
{
    rc_slotmap *map = rc_slotmap_new(3);
    CHECK(map != NULL);
    CHECK_INT(map->covered, 0);
    CHECK_INT(map->shard_count, 0);
    for (int slot = 0; slot < RC_SLOTS; slot++) {
        CHECK(rc_slotmap_shard(map, slot) == NULL);
        CHECK_INT(rc_slotmap_owner(map, slot), RC_NO_NODE);
    }
    rc_slotmap_drop(map);
    rc_slotmap_drop(NULL);
}

static rc_slotmap *two_shards(void)
{
    rc_slotmap *map = rc_slotmap_new(2);
    CHECK(map != NULL);
    rc_slotmap_assign(map, 0, 8191, rc_slotmap_add_shard(map, 2, 10));
    rc_slotmap_assign(map, 8192, 16383, rc_slotmap_add_shard(map, 2, 20));
    return map;
}

static void slots_have_the_owner_they_were_given(void)
{
    rc_slotmap *map = two_shards();
    CHECK_INT(map->covered, RC_SLOTS);
    CHECK_INT(map->shard_count, 2);
    for (int slot = 0; slot < RC_SLOTS; slot++) {
        CHECK_INT(rc_slotmap_owner(map, slot), slot < 8192 ? 10 : 20);
    }
    rc_slotmap_drop(map);
}

/* Servers may name a slot twice while they disagree; the last word counts, and no slot twice. */
static rc_slotmap *move_one(const rc_slotmap *map, int slot, rc_node_id primary)
{
    const rc_move move = {(uint16_t)slot, primary};
    return rc_slotmap_moved(map, &move, 1);
}

static void overlapping_ranges_are_counted_once(void)
{
    rc_slotmap *map = rc_slotmap_new(2);
    uint16_t one = rc_slotmap_add_shard(map, 2, 1);
    uint16_t two = rc_slotmap_add_shard(map, 2, 2);
    rc_slotmap_assign(map, 0, 100, one);
    rc_slotmap_assign(map, 50, 150, two);
    rc_slotmap_assign(map, 7, 7, two);
    CHECK_INT(map->covered, 151);
    CHECK_INT(rc_slotmap_owner(map, 49), 1);
    CHECK_INT(rc_slotmap_owner(map, 50), 2);
    CHECK_INT(rc_slotmap_owner(map, 7), 2);
    CHECK_INT(map->shards[one].slot_count, 49);
    CHECK_INT(map->shards[two].slot_count, 102);
    rc_slotmap_assign(map, 0, 100, two);
    CHECK_INT(map->shards[one].slot_count, 0);
    rc_slotmap_drop(map);
}

static void a_primary_has_one_shard(void)
{
    rc_slotmap *map = rc_slotmap_new(2);
    uint16_t one = rc_slotmap_add_shard(map, 2, 1);
    CHECK_INT(rc_slotmap_add_shard(map, 2, 2), one + 1);
    CHECK_INT(rc_slotmap_add_shard(map, 2, 1), one);
    CHECK_INT(map->shard_count, 2);
    rc_slotmap_drop(map);
}

static void replicas_are_listed_once_and_not_without_end(void)
{
    rc_slotmap *map = rc_slotmap_new(2);
    uint16_t one = rc_slotmap_add_shard(map, 2, 1);
    uint16_t two = rc_slotmap_add_shard(map, 2, 2);
    rc_slotmap_add_replica(map, one, 7);
    rc_slotmap_add_replica(map, one, 7);
    CHECK_INT(map->shards[one].replica_count, 1);
    CHECK_INT(map->shards[one].replicas[0], 7);
    for (int i = 0; i < 3 * RC_REPLICAS_MAX; i++) {
        rc_slotmap_add_replica(map, one, (rc_node_id)(100 + i));
    }
    CHECK_INT(map->shards[one].replica_count, RC_REPLICAS_MAX);
    CHECK_INT(map->shards[two].replica_count, 0);
    CHECK_INT(map->shards[two].primary, 2);
    rc_slotmap_drop(map);
}

static void a_map_has_its_primaries_and_replicas(void)
{
    rc_slotmap *map = two_shards();
    rc_slotmap_add_replica(map, 0, 11);
    rc_slotmap_add_replica(map, 1, 21);
    static const rc_node_id there[] = {10, 11, 20, 21};
    for (size_t i = 0; i < 4; i++) {
        CHECK(rc_slotmap_has(map, there[i]));
    }
    CHECK(!rc_slotmap_has(map, 0) && !rc_slotmap_has(map, 12) && !rc_slotmap_has(map, RC_NO_NODE));
    CHECK(rc_slotmap_serves(map, 10) && rc_slotmap_serves(map, 20));
    CHECK(!rc_slotmap_serves(map, 11) && !rc_slotmap_serves(map, RC_NO_NODE));
    rc_slotmap *moved = move_one(map, 5, 30);
    CHECK(rc_slotmap_serves(moved, 30) && !rc_slotmap_serves(map, 30));
    rc_slotmap_drop(moved);
    rc_slotmap_drop(map);
}

/* MOVED is learned in a copy, for others may be reading the map. */
static void moved_copies_all_but_one_slot(void)
{
    rc_slotmap *map = two_shards();
    rc_slotmap_add_replica(map, 0, 11);
    rc_slotmap *moved = move_one(map, 5, 20);
    rc_slotmap *grown = move_one(moved, 6, 30);
    CHECK_INT(moved->shard_count, 2);
    CHECK_INT(grown->shard_count, 3);
    for (int slot = 0; slot < RC_SLOTS; slot++) {
        CHECK_INT(rc_slotmap_owner(map, slot), slot < 8192 ? 10 : 20);
        CHECK_INT(rc_slotmap_owner(moved, slot), slot == 5 || slot >= 8192 ? 20 : 10);
        if (slot != 6) {
            CHECK_INT(rc_slotmap_owner(grown, slot), rc_slotmap_owner(moved, slot));
        }
    }
    CHECK_INT(rc_slotmap_owner(grown, 6), 30);
    CHECK_INT(grown->covered, RC_SLOTS);
    CHECK_INT(grown->shards[0].replicas[0], 11);
    CHECK_INT(grown->references, 1);
    rc_slotmap_drop(map);
    rc_slotmap_drop(moved);
    rc_slotmap_drop(grown);
}

static void moved_covers_a_slot_that_nobody_had(void)
{
    rc_slotmap *map = rc_slotmap_new(0);
    rc_slotmap *moved = move_one(map, 16383, 4);
    CHECK_INT(moved->covered, 1);
    CHECK_INT(rc_slotmap_owner(moved, 16383), 4);
    CHECK_INT(rc_slotmap_owner(moved, 16382), RC_NO_NODE);
    rc_slotmap_drop(map);
    rc_slotmap_drop(moved);
}

static void *keep_and_drop(void *context)
{
    rc_slotmap *map = context;
    for (int i = 0; i < 20000; i++) {
        CHECK(rc_slotmap_keep(map) == map);
        rc_slotmap_drop(map);
    }
    return NULL;
}

static void threads_count_right(void)
{
    rc_slotmap *map = two_shards();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, keep_and_drop, map) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK_INT(map->references, 1);
    rc_slotmap_drop(map);
}

static void without_memory_there_is_no_map(void)
{
    fail_begin();
    rc_slotmap *map = rc_slotmap_new(1);
    rc_slotmap *moved = map == NULL ? NULL : move_one(map, 1, 2);
    bool failed = fail_end();
    CHECK_INT(failed, map == NULL || moved == NULL);
    rc_slotmap_drop(map);
    rc_slotmap_drop(moved);
}

int main(void)
{
    RUN(a_new_map_covers_nothing);
    RUN(slots_have_the_owner_they_were_given);
    RUN(overlapping_ranges_are_counted_once);
    RUN(a_primary_has_one_shard);
    RUN(replicas_are_listed_once_and_not_without_end);
    RUN(a_map_has_its_primaries_and_replicas);
    RUN(moved_copies_all_but_one_slot);
    RUN(moved_covers_a_slot_that_nobody_had);
    RUN(threads_count_right);
    FAIL_EACH(without_memory_there_is_no_map);
    return 0;
}
