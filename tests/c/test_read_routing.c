/* test_read_routing: which node of a shard a read goes to, by each policy, and when nodes are
 * unfit. */
#include "check.h"
#include "nodes.h"

#include "core/topology/read_routing.h"

enum { DRAWS = 2000, PRIMARY = 0, ONE = 1, TWO = 2, OTHER = 3 };

static nodes self;
static rc_shard shard;
static int chosen[4]; /* how often each node was */

/* begin makes a primary with two replicas; node 3 is of another shard. */
static void begin(void)
{
    nodes_start_bare(&self, 0);
    nodes_open(&self);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(rc_pool_node(&self.pool, "node", i + 1), i);
    }
    shard = (rc_shard){.primary = PRIMARY, .replica_count = 2, .replicas = {ONE, TWO}};
}

static void end(void)
{
    nodes_close(&self);
    nodes_stop(&self);
}

static rc_node_id choose(rc_read_policy policy)
{
    return rc_read_routing_node(&self.pool, &shard, policy, rc_now());
}

static void draw(rc_read_policy policy)
{
    memset(chosen, 0, sizeof chosen);
    for (int i = 0; i < DRAWS; i++) {
        chosen[choose(policy)]++;
    }
    CHECK_INT(chosen[OTHER], 0);
}

static void measure(rc_node_id node, int64_t microseconds)
{
    self.pool.nodes[node]->stats.latency_recent = 0;
    rc_stats_latency(&self.pool.nodes[node]->stats, microseconds, true);
}

static void at_random_all_have_their_share(void)
{
    begin();
    draw(RC_READ_RANDOM);
    for (int i = PRIMARY; i <= TWO; i++) {
        CHECK(chosen[i] > DRAWS / 6); /* a third each */
    }
    end();
}

static void replicas_spare_the_primary(void)
{
    begin();
    draw(RC_READ_REPLICA);
    CHECK_INT(chosen[PRIMARY], 0);
    CHECK(chosen[ONE] > DRAWS / 4 && chosen[TWO] > DRAWS / 4);
    end();
}

static void all_in_turn(void)
{
    begin();
    rc_node_id turns[3];
    for (int i = 0; i < 3; i++) {
        turns[i] = choose(RC_READ_ROUND_ROBIN);
    }
    CHECK(turns[0] != turns[1] && turns[1] != turns[2] && turns[2] != turns[0]);
    for (int i = 0; i < 9; i++) {
        CHECK_INT(choose(RC_READ_ROUND_ROBIN), turns[i % 3]);
    }
    end();
}

/* Two shards that are read from alternately must not fall into step. */
static void each_shard_has_its_turns(void)
{
    begin();
    shard.replica_count = 1;
    rc_shard other = {.primary = OTHER, .replica_count = 1, .replicas = {TWO}};
    int here[4] = {0};
    int there[4] = {0};
    for (int i = 0; i < 10; i++) {
        here[choose(RC_READ_ROUND_ROBIN)]++;
        there[rc_read_routing_node(&self.pool, &other, RC_READ_ROUND_ROBIN, rc_now())]++;
    }
    CHECK_INT(here[PRIMARY], 5);
    CHECK_INT(here[ONE], 5);
    CHECK_INT(there[OTHER], 5);
    CHECK_INT(there[TWO], 5);
    end();
}

/* Most go to the fastest; some find out whether it still is. */
static void the_fastest_is_preferred(void)
{
    begin();
    measure(PRIMARY, 900);
    measure(ONE, 100);
    measure(TWO, 500);
    draw(RC_READ_LOWEST_LATENCY);
    CHECK(chosen[ONE] > DRAWS * 9 / 10);
    CHECK(chosen[PRIMARY] > 0 && chosen[TWO] > 0);
    end();
}

static void who_was_never_measured_comes_first(void)
{
    begin();
    measure(PRIMARY, 1);
    measure(ONE, 1);
    draw(RC_READ_LOWEST_LATENCY);
    CHECK(chosen[TWO] > DRAWS * 9 / 10);
    measure(TWO, 1000);
    draw(RC_READ_LOWEST_LATENCY);
    CHECK(chosen[TWO] < DRAWS / 10);
    end();
}

/* ---- nodes that cannot be read from ---- */

static const rc_read_policy policies[] = {RC_READ_RANDOM, RC_READ_ROUND_ROBIN,
                                          RC_READ_LOWEST_LATENCY, RC_READ_REPLICA};
enum { POLICIES = sizeof policies / sizeof *policies };

static void the_unfit_are_passed_over(void)
{
    for (int i = 0; i < POLICIES; i++) {
        begin();
        rc_pool_mark_unfit(&self.pool, ONE);
        draw(policies[i]);
        CHECK_INT(chosen[ONE], 0);
        CHECK(chosen[TWO] > 0);
        end();
    }
}

static void an_unfit_primary_is_passed_over_too(void)
{
    for (int i = 0; i < POLICIES; i++) {
        begin();
        measure(ONE, 1);
        measure(TWO, 1);
        rc_pool_mark_unfit(&self.pool, PRIMARY);
        draw(policies[i]);
        CHECK_INT(chosen[PRIMARY], 0);
        CHECK(chosen[ONE] > 0 && chosen[TWO] > 0);
        end();
    }
}

/* When no node can be read from as the policy says, the primary is asked, fit or not. */
static void the_primary_is_what_is_left(void)
{
    for (int i = 0; i < POLICIES; i++) {
        begin();
        rc_pool_mark_unfit(&self.pool, ONE);
        rc_pool_mark_unfit(&self.pool, TWO);
        draw(policies[i]);
        CHECK_INT(chosen[PRIMARY], DRAWS);
        rc_pool_mark_unfit(&self.pool, PRIMARY);
        draw(policies[i]);
        CHECK_INT(chosen[PRIMARY], DRAWS);
        shard.replica_count = 0;
        draw(policies[i]);
        CHECK_INT(chosen[PRIMARY], DRAWS);
        end();
    }
}

/* Being unfit is for a moment only. */
static void the_unfit_are_read_from_again(void)
{
    begin();
    rc_pool_mark_unfit(&self.pool, ONE);
    rc_msec later = rc_now() + RC_UNFIT_FIRST + 1;
    bool again = false;
    for (int i = 0; i < DRAWS; i++) {
        again |= rc_read_routing_node(&self.pool, &shard, RC_READ_REPLICA, later) == ONE;
    }
    CHECK(again);
    end();
}

static void as_many_replicas_as_a_shard_may_have(void)
{
    begin();
    shard.replica_count = RC_REPLICAS_MAX;
    for (int i = 0; i < RC_REPLICAS_MAX; i++) {
        shard.replicas[i] = rc_pool_node(&self.pool, "replica", i + 1);
    }
    bool seen[64] = {false};
    for (int i = 0; i <= RC_REPLICAS_MAX; i++) {
        seen[choose(RC_READ_ROUND_ROBIN)] = true;
    }
    CHECK(seen[PRIMARY]);
    for (int i = 0; i < RC_REPLICAS_MAX; i++) {
        CHECK(seen[shard.replicas[i]]);
    }
    end();
}

int main(void)
{
    RUN(at_random_all_have_their_share);
    RUN(replicas_spare_the_primary);
    RUN(all_in_turn);
    RUN(each_shard_has_its_turns);
    RUN(the_fastest_is_preferred);
    RUN(who_was_never_measured_comes_first);
    RUN(the_unfit_are_passed_over);
    RUN(an_unfit_primary_is_passed_over_too);
    RUN(the_primary_is_what_is_left);
    RUN(the_unfit_are_read_from_again);
    RUN(as_many_replicas_as_a_shard_may_have);
    return 0;
}
