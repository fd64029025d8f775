/* test_lineage: node ids as a set, and which tables may take the place of the known one. */
#include "check.h"
#include "text.h"

#include "core/topology/lineage.h"

static void add(rc_node_ids *ids, const char *id)
{
    rc_node_ids_add(ids, id, strlen(id));
}

/* ---- ids ---- */

static void sets_meet_in_a_common_id(void)
{
    rc_node_ids one = {0};
    rc_node_ids other = {0};
    CHECK(!rc_node_ids_meet(&one, &other));
    for (int i = 0; i < 20; i++) {
        add(&one, text_format("one%d", i));
        add(&other, text_format("other%d", i));
    }
    CHECK(!rc_node_ids_meet(&one, &other));
    add(&other, "one7");
    CHECK(rc_node_ids_meet(&one, &other));
    CHECK(rc_node_ids_meet(&other, &one));
}

static void an_id_counts_once_and_an_empty_one_is_none(void)
{
    rc_node_ids ids = {0};
    add(&ids, "a");
    add(&ids, "");
    add(&ids, "b");
    add(&ids, "a");
    CHECK_INT(ids.count, 2);
}

/* Of countless ids the same ones are kept, in whatever order they come. */
static void large_sets_keep_what_they_have_in_common(void)
{
    enum { MANY = 5000 };
    rc_node_ids up = {0};
    rc_node_ids down = {0};
    rc_node_ids half = {0};
    for (int i = 0; i < MANY; i++) {
        add(&up, text_format("%d", i));
        add(&down, text_format("%d", MANY - 1 - i));
        add(&half, text_format(i % 2 ? "%d" : "x%d", i));
    }
    CHECK_INT(up.count, RC_NODE_IDS_MAX);
    CHECK(memcmp(&up, &down, sizeof up) == 0);
    CHECK(rc_node_ids_meet(&up, &half));
}

/* ---- tables ---- */

enum { A = 1, B = 2, ELSEWHERE = 9 };

/* table is one of the nodes A and B, which have these ids. */
static rc_slotmap *table(const char *first, const char *second)
{
    rc_slotmap *map = rc_slotmap_new(1);
    CHECK(map != NULL);
    rc_slotmap_assign(map, 0, RC_SLOTS - 1, rc_slotmap_add_shard(map, 1, A));
    rc_slotmap_add_replica(map, 0, B);
    add(&map->ids, first);
    add(&map->ids, second);
    return map;
}

static void knows(rc_lineage *lineage, const char *first, const char *second)
{
    rc_slotmap *map = table(first, second);
    rc_slotmap_drop(rc_lineage_install(lineage, map));
    rc_slotmap_drop(map);
}

static bool accepts(rc_lineage *lineage, rc_node_id teller, const char *first, const char *second)
{
    rc_slotmap *map = table(first, second);
    bool accepted = rc_lineage_accepts(lineage, map, teller);
    rc_slotmap_drop(map);
    return accepted;
}

static void the_first_table_and_related_ones_are_accepted(void)
{
    rc_lineage lineage = {0};
    CHECK(accepts(&lineage, A, "a", "b"));
    knows(&lineage, "a", "b");
    CHECK(accepts(&lineage, A, "a", "b"));
    CHECK(accepts(&lineage, ELSEWHERE, "b", "c"));
    CHECK(!accepts(&lineage, A, "c", "d"));
    rc_slotmap_drop(lineage.known);
}

static void without_ids_nothing_is_compared(void)
{
    rc_lineage lineage = {0};
    knows(&lineage, "a", "b");
    CHECK(accepts(&lineage, A, "", ""));
    knows(&lineage, "", "");
    CHECK(accepts(&lineage, A, "c", "d"));
    rc_slotmap_drop(lineage.known);
}

static void two_known_nodes_are_believed(void)
{
    rc_lineage lineage = {0};
    knows(&lineage, "a", "b");
    CHECK(!accepts(&lineage, A, "c", "d"));
    CHECK(!accepts(&lineage, A, "c", "d")); /* the same node again is one voice */
    CHECK(!accepts(&lineage, B, "e", "f")); /* another cluster still */
    CHECK(accepts(&lineage, A, "f", "g"));
    rc_slotmap_drop(lineage.known);
}

static void who_is_not_known_is_no_witness(void)
{
    rc_lineage lineage = {0};
    knows(&lineage, "a", "b");
    CHECK(!accepts(&lineage, A, "c", "d"));
    CHECK(!accepts(&lineage, ELSEWHERE, "c", "d"));
    CHECK(accepts(&lineage, B, "c", "d"));
    rc_slotmap_drop(lineage.known);
}

static void a_table_of_ours_ends_the_dispute(void)
{
    rc_lineage lineage = {0};
    knows(&lineage, "a", "b");
    CHECK(!accepts(&lineage, A, "c", "d"));
    knows(&lineage, "a", "b");
    CHECK(!accepts(&lineage, B, "c", "d"));
    rc_slotmap_drop(lineage.known);
}

int main(void)
{
    RUN(sets_meet_in_a_common_id);
    RUN(an_id_counts_once_and_an_empty_one_is_none);
    RUN(large_sets_keep_what_they_have_in_common);
    RUN(the_first_table_and_related_ones_are_accepted);
    RUN(without_ids_nothing_is_compared);
    RUN(two_known_nodes_are_believed);
    RUN(who_is_not_known_is_no_witness);
    RUN(a_table_of_ours_ends_the_dispute);
    return 0;
}
