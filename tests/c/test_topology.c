/* test_topology: who serves what, where addresses come from, what MOVED teaches, when gaps matter.
 */
#include "check.h"
#include "nodes.h"
#include "text.h"

static void start(nodes *self, int count)
{
    nodes_start(self, count);
    nodes_open(self);
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

static rc_status refresh(nodes *self, rc_call *call, rc_error *error)
{
    uint64_t seen;
    rc_slotmap_drop(rc_topology_map(&self->topology, &seen));
    return rc_topology_refresh(&self->topology, seen, call, error);
}

static void refreshed(nodes *self)
{
    rc_error error;
    CHECK_STATUS(refresh(self, &no_end, &error), RC_OK);
}

static size_t covered(nodes *self)
{
    uint64_t version;
    rc_slotmap *map = rc_topology_map(&self->topology, &version);
    size_t count = map->covered;
    rc_slotmap_drop(map);
    return count;
}

/* owner writes "host:port" of a slot's primary. */
static const char *owner(nodes *self, int slot)
{
    uint64_t version;
    rc_slotmap *map = rc_topology_map(&self->topology, &version);
    const rc_node *node = rc_pool_at(&self->pool, rc_slotmap_owner(map, slot));
    rc_slotmap_drop(map);
    return node == NULL ? "nobody" : text_format("%s:%d", node->host, node->port);
}

/* ---- the table ---- */

static void the_map_is_what_the_server_says(void)
{
    nodes self;
    start(&self, 3);
    uint64_t before;
    rc_slotmap *old = rc_topology_map(&self.topology, &before);
    CHECK_INT(old->covered, 0);
    refreshed(&self);
    uint64_t after;
    rc_slotmap *map = rc_topology_map(&self.topology, &after);
    CHECK(after > before);
    CHECK_INT(map->covered, RC_SLOTS);
    CHECK_INT(map->shard_count, 3);
    CHECK_INT(old->covered, 0); /* who holds the old one keeps it */
    rc_slotmap_drop(old);
    rc_slotmap_drop(map);
    nodes_expect_owner(&self, 0, 0);
    nodes_expect_owner(&self, 5460, 0);
    nodes_expect_owner(&self, 5461, 1);
    nodes_expect_owner(&self, 16383, 2);
    server_expect(self.server[0], "1:CLUSTER SLOTS\n");
    server_expect(self.server[1], "");
    stop(&self);
}

static void understands(nodes *self, const char *table, const char *expected)
{
    server_forget_rules(self->server[0]);
    server_on(self->server[0], CLUSTER_SLOTS, table);
    refreshed(self);
    CHECK_TEXT(owner(self, 7), expected);
}

#define ONE_RANGE "*1\r\n*3\r\n:0\r\n:16383\r\n"

static void every_way_to_name_a_node(void)
{
    nodes self;
    start(&self, 1);
    const char *here = text_format("127.0.0.1:%d", 7000);
    understands(&self, ONE_RANGE "*2\r\n$4\r\nhost\r\n:7000\r\n", "host:7000");
    understands(&self, ONE_RANGE "*3\r\n$3\r\n::1\r\n:7000\r\n$2\r\nid\r\n", "::1:7000");
    understands(&self, ONE_RANGE "*2\r\n$0\r\n\r\n:7000\r\n", here);
    understands(&self, ONE_RANGE "*2\r\n$-1\r\n:7000\r\n", here);
    understands(&self, ONE_RANGE "*2\r\n$1\r\n?\r\n:7000\r\n", here);
    understands(&self,
                ONE_RANGE "*4\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n*2\r\n$8\r\nhostname\r\n$1\r\nb\r\n",
                "a:1");
    stop(&self);
}

#define NAMED(metadata) ONE_RANGE "*4\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n" metadata

static void is_called(nodes *self, const char *table, const char *expected)
{
    understands(self, table, "a:1");
    CHECK_TEXT(rc_pool_at(&self->pool, rc_pool_node(&self->pool, "a", 1))->tls_name, expected);
}

static void a_node_is_called_what_the_last_table_calls_it(void)
{
    nodes self;
    start(&self, 1);
    is_called(&self, NAMED("*2\r\n$8\r\nhostname\r\n$1\r\nb\r\n"), "b");
    is_called(&self, NAMED("*2\r\n$8\r\nhostname\r\n$1\r\nc\r\n"), "c");
    is_called(&self, NAMED("*0\r\n"), "");
    stop(&self);
}

static void an_answer_may_come_in_drops(void)
{
    nodes self;
    nodes_start_bare(&self, 2);
    server_rule(self.server[0],
                (rule){.request = CLUSTER_SLOTS, .reply = nodes_table(&self, 0, 2), .slice = 3});
    nodes_open(&self);
    refreshed(&self);
    nodes_expect_owner(&self, SLOT_A, 1);
    stop(&self);
}

static void replicas_belong_to_their_primary(void)
{
    nodes self;
    start(&self, 1);
    understands(&self,
                "*2\r\n"
                "*5\r\n:0\r\n:99\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nb\r\n:2\r\n"
                "*2\r\n$0\r\n\r\n:3\r\n"
                "*4\r\n:100\r\n:16383\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nb\r\n:2\r\n",
                "a:1");
    uint64_t version;
    rc_slotmap *map = rc_topology_map(&self.topology, &version);
    CHECK_INT(map->shard_count, 1);
    const rc_shard *shard = rc_slotmap_shard(map, 16383);
    CHECK_INT(shard->replica_count, 2);
    CHECK_TEXT(rc_pool_at(&self.pool, shard->replicas[0])->host, "b");
    CHECK_TEXT(rc_pool_at(&self.pool, shard->replicas[1])->host, "127.0.0.1");
    CHECK_INT(rc_slotmap_random_primary(map), shard->primary);
    rc_slotmap_drop(map);
    stop(&self);
}

/* Who has lost all its slots is no primary of the cluster any more. */
static void a_random_primary_owns_slots(void)
{
    rc_slotmap *map = rc_slotmap_new(3);
    CHECK(map != NULL);
    CHECK_INT(rc_slotmap_random_primary(map), RC_NO_NODE);
    bool seen[3] = {false};
    uint16_t shards[3];
    for (int i = 0; i < 3; i++) {
        shards[i] = rc_slotmap_add_shard(map, 3, (rc_node_id)i);
    }
    rc_slotmap_assign(map, 0, 100, shards[1]);
    rc_slotmap_assign(map, 0, 50, shards[0]);
    rc_slotmap_assign(map, 40, 100, shards[2]);
    for (int i = 0; i < 100; i++) {
        seen[rc_slotmap_random_primary(map)] = true;
    }
    CHECK(seen[0] && !seen[1] && seen[2]);
    rc_slotmap_drop(map);
}

/* What is not such a table is no table: the old map stays. */
static void nonsense_is_not_understood(void)
{
    nodes self;
    start(&self, 2);
    refreshed(&self);
    for (int i = 0; i < 2; i++) {
        server_forget_rules(self.server[i]);
        server_on(self.server[i], CLUSTER_SLOTS, "*1\r\n:1\r\n");
    }
    rc_error error;
    CHECK_STATUS(refresh(&self, &no_end, &error), RC_UNREACHABLE);
    CHECK_HAS(error.message, "CLUSTER SLOTS");
    nodes_expect_owner(&self, SLOT_A, 1);
    CHECK_INT(covered(&self), RC_SLOTS);
    stop(&self);
}

/* Nobody would notice when a node that has left closes its connections: so they are closed here. */
static void a_refresh_leaves_who_has_left(void)
{
    nodes self;
    nodes_start_bare(&self, 2);
    server_once(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 0, 2));
    server_on(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 0, 1));
    server_on(self.server[1], CLUSTER_SLOTS, nodes_table(&self, 0, 1));
    nodes_open(&self);
    refreshed(&self);
    rc_pool_give(&self.pool, nodes_take(&self, 1, false), true);
    refreshed(&self);
    server_wait_ended(self.server[1], 1);
    stop(&self);
}

/* ---- addresses ---- */

/* gate is the user's map_address: everything is behind one host, and nothing at port 6. */
static bool gate(void *context, char *host, int *port)
{
    strcpy(host, context);
    *port += 1000;
    return *port != 1006;
}

static void a_table_whose_addresses_cannot_be_mapped_is_not_taken(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    nodes_open(&self);
    server_on(self.server[0], CLUSTER_SLOTS, ONE_RANGE "*2\r\n$1\r\na\r\n:6\r\n");
    rc_call call = {.deadline = RC_NEVER, .map_address = gate, .context = "gate"};
    rc_error error;
    CHECK_STATUS(refresh(&self, &call, &error), RC_INTERRUPTED);
    CHECK_INT(covered(&self), 0);
    server_forget_rules(self.server[0]);
    server_on(self.server[0], CLUSTER_SLOTS, ONE_RANGE "*2\r\n$1\r\na\r\n:7\r\n");
    CHECK_STATUS(refresh(&self, &call, &error), RC_OK);
    CHECK_TEXT(owner(&self, 7), "gate:1007");
    stop(&self);
}

/* ---- MOVED ---- */

static void moved_is_learned_for_its_slot(void)
{
    nodes self;
    start(&self, 2);
    refreshed(&self);
    rc_node_id second = rc_pool_node(&self.pool, "127.0.0.1", nodes_port(&self, 1));
    CHECK(!nodes_moved(&self, SLOT_B, second)); /* the map is fresh */
    nodes_expect_owner(&self, SLOT_B, 1);
    nodes_expect_owner(&self, SLOT_C, 0);
    CHECK_INT(covered(&self), RC_SLOTS);
    stop(&self);
}

static void many_moveds_ask_for_a_new_map(void)
{
    nodes self;
    nodes_start(&self, 2);
    self.options.refresh_after_moved = 5;
    nodes_open(&self);
    refreshed(&self);
    rc_node_id second = rc_pool_node(&self.pool, "127.0.0.1", nodes_port(&self, 1));
    for (int i = 1; i <= 10; i++) {
        CHECK_INT(nodes_moved(&self, i, second), i % 5 == 0);
    }
    refreshed(&self);
    CHECK(!nodes_moved(&self, 1, second)); /* counted anew */
    self.topology.next_moved_fetch = rc_now() + 10000;
    for (int i = 11; i <= 20; i++) {
        CHECK(!nodes_moved(&self, i, second)); /* many have their rate, too */
    }
    self.topology.next_moved_fetch = rc_now() + 100;
    for (int i = 21; i <= 24; i++) {
        CHECK_INT(nodes_moved(&self, i, second), i == 24);
    }
    self.topology.next_moved_fetch = 0;
    CHECK(nodes_moved(&self, 2, second)); /* the first one for a while */
    self.topology.next_moved_fetch = 0;
    CHECK(!nodes_moved(&self, 2, second)); /* it is no news */
    stop(&self);
}

static void expect_count(nodes *self, uint64_t expected, int expected_moved)
{
    uint64_t changes;
    int moved;
    rc_topology_changes(&self->topology, &changes, &moved);
    CHECK_INT(changes, expected);
    CHECK_INT(moved, expected_moved);
}

static void changes_are_counted(void)
{
    nodes self;
    start(&self, 2);
    expect_count(&self, 0, 0);
    refreshed(&self);
    expect_count(&self, 1, 0);
    rc_node_id second = rc_pool_node(&self.pool, "127.0.0.1", nodes_port(&self, 1));
    nodes_moved(&self, SLOT_B, second);
    expect_count(&self, 2, 1);
    nodes_moved(&self, SLOT_B, second); /* known already */
    expect_count(&self, 2, 2);
    refreshed(&self);
    expect_count(&self, 3, 0);
    stop(&self);
}

static void moveds_can_be_counted_never(void)
{
    nodes self;
    nodes_start(&self, 1);
    self.options.refresh_after_moved = 0;
    nodes_open(&self);
    refreshed(&self);
    for (int i = 1; i <= 100; i++) {
        CHECK(!nodes_moved(&self, i, 0));
    }
    stop(&self);
}

/* ---- another cluster's table ---- */

static void tells(nodes *self, int number, const char *table)
{
    server_forget_rules(self->server[number]);
    if (table != NULL) {
        server_on(self->server[number], CLUSTER_SLOTS, table);
    }
}

/* Node 0 is the startup node, too: an address that was known well may be another's as well. */
static void one_node_of_another_cluster_is_not_believed(void)
{
    for (int captured = 0; captured < 2; captured++) {
        nodes self;
        start(&self, 2);
        refreshed(&self);
        tells(&self, captured, nodes_foreign_table(&self, captured, 1));
        for (int i = 0; i < 5; i++) {
            rc_pool_doubt(&self.pool, (rc_node_id)(1 - captured)); /* it is asked last */
            rc_error error;
            refresh(&self, &no_end, &error);
            nodes_expect_owner(&self, SLOT_B, 0);
            nodes_expect_owner(&self, SLOT_A, 1);
        }
        stop(&self);
    }
}

static void who_knows_another_cluster_only_says_so(void)
{
    nodes self;
    start(&self, 2);
    refreshed(&self);
    tells(&self, 0, NULL);
    tells(&self, 1, nodes_foreign_table(&self, 1, 1));
    rc_error error;
    CHECK_STATUS(refresh(&self, &no_end, &error), RC_UNREACHABLE);
    CHECK_HAS(error.message,
              text_format("127.0.0.1:%d (it belongs to another cluster", nodes_port(&self, 1)));
    nodes_expect_owner(&self, SLOT_B, 0);
    stop(&self);
}

static void a_cluster_made_anew_at_the_same_addresses_is_believed(void)
{
    nodes self;
    start(&self, 2);
    refreshed(&self);
    for (int i = 0; i < 2; i++) {
        tells(&self, i, nodes_foreign_table(&self, 1, 1));
    }
    refreshed(&self);
    nodes_expect_owner(&self, SLOT_B, 1);
    stop(&self);
}

static void a_startup_node_is_believed_when_nobody_contradicts(void)
{
    nodes self;
    start(&self, 2);
    refreshed(&self);
    tells(&self, 0, nodes_foreign_table(&self, 0, 1));
    tells(&self, 1, NULL);
    refreshed(&self);
    nodes_expect_owner(&self, SLOT_A, 0);
    stop(&self);
}

/* ---- coverage ---- */

static void coverage(const char *table, const char *answer, bool allow, rc_status expected,
                     const char *asked)
{
    nodes self;
    nodes_start_bare(&self, 1);
    self.options.allow_uncovered = allow;
    server_on(self.server[0], CLUSTER_SLOTS,
              text_format("%s*2\r\n$0\r\n\r\n:%d\r\n", table, nodes_port(&self, 0)));
    server_on(self.server[0], "CONFIG GET cluster-require-full-coverage", answer);
    nodes_open(&self);
    refreshed(&self);
    rc_error error;
    rc_error_clear(&error);
    CHECK_STATUS(rc_topology_check_coverage(&self.topology, &no_end, &error), expected);
    if (expected != RC_OK) {
        CHECK_HAS(error.message, "10 of 16384");
    }
    server_expect(self.server[0], text_format("1:CLUSTER SLOTS\n%s", asked));
    stop(&self);
}

static void gaps_matter_if_the_cluster_says_so(void)
{
    static const char *const ten = "*1\r\n*3\r\n:0\r\n:9\r\n";
    static const char *const question = "1:CONFIG GET cluster-require-full-coverage\n";
    const char *yes_pair = "*2\r\n$29\r\ncluster-require-full-coverage\r\n$3\r\nyes\r\n";
    const char *no_pair = "*2\r\n$29\r\ncluster-require-full-coverage\r\n$2\r\nno\r\n";
    coverage(ONE_RANGE, yes_pair, false, RC_OK, "");
    coverage(ten, yes_pair, true, RC_OK, "");
    coverage(ten, yes_pair, false, RC_TOPOLOGY, question);
    coverage(ten, no_pair, false, RC_OK, question);
    coverage(ten, "-NOPERM\r\n", false, RC_TOPOLOGY, question);
    coverage(ten, ":0\r\n", false, RC_TOPOLOGY, question);
    coverage(ten, "$-1\r\n", false, RC_TOPOLOGY, question);
    coverage(ten, "*0\r\n", false, RC_TOPOLOGY, question);
    coverage(ten, "+OK\r\n", false, RC_TOPOLOGY, question);
}

static bool yes(void *context)
{
    (void)context;
    return true;
}

static void an_interruption_is_no_answer(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    server_on(self.server[0], CLUSTER_SLOTS,
              text_format("*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n$0\r\n\r\n:%d\r\n", nodes_port(&self, 0)));
    server_rule(self.server[0], (rule){.request = "CONFIG *"});
    nodes_open(&self);
    refreshed(&self);
    rc_call call = {.deadline = RC_NEVER, .interrupted = yes};
    rc_error error;
    CHECK_STATUS(rc_topology_check_coverage(&self.topology, &call, &error), RC_INTERRUPTED);
    stop(&self);
}

int main(void)
{
    RUN(the_map_is_what_the_server_says);
    RUN(every_way_to_name_a_node);
    RUN(a_node_is_called_what_the_last_table_calls_it);
    RUN(an_answer_may_come_in_drops);
    RUN(replicas_belong_to_their_primary);
    RUN(a_random_primary_owns_slots);
    RUN(nonsense_is_not_understood);
    RUN(a_refresh_leaves_who_has_left);
    RUN(a_table_whose_addresses_cannot_be_mapped_is_not_taken);
    RUN(moved_is_learned_for_its_slot);
    RUN(many_moveds_ask_for_a_new_map);
    RUN(changes_are_counted);
    RUN(moveds_can_be_counted_never);
    RUN(one_node_of_another_cluster_is_not_believed);
    RUN(who_knows_another_cluster_only_says_so);
    RUN(a_cluster_made_anew_at_the_same_addresses_is_believed);
    RUN(a_startup_node_is_believed_when_nobody_contradicts);
    RUN(gaps_matter_if_the_cluster_says_so);
    RUN(an_interruption_is_no_answer);
    return 0;
}
