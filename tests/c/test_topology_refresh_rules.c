/* test_topology_refresh_rules: who may fetch the slot table, when a MOVED is reason enough, and
 * what is told of it. */
#include "check.h"
#include "nodes.h"
#include "text.h"

static nodes self;

static void refresh(void)
{
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self.topology, self.topology.version, &no_end, &error),
                 RC_OK);
}

static void start(void)
{
    nodes_start(&self, 2);
    nodes_open(&self);
    refresh();
}

static void stop(void)
{
    nodes_close(&self);
    nodes_stop(&self);
}

static rc_node_id second(void)
{
    return rc_pool_node(&self.pool, "127.0.0.1", nodes_port(&self, 1));
}

/* give_up ends a fetch that its own call has ended. */
static void give_up(void)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_of(&error, RC_INTERRUPTED);
    rc_topology_publish(&self.topology, NULL, rc_now(), &error);
}

/* ---- claims ---- */

static void one_at_a_time(void)
{
    start();
    CHECK(rc_topology_begin_fetch(&self.topology));
    CHECK(!rc_topology_begin_fetch(&self.topology));
    give_up();
    CHECK_INT(self.topology.version, 1); /* the old map stays */
    nodes_expect_owner(&self, SLOT_A, 1);
    CHECK(rc_topology_begin_fetch(&self.topology));
    give_up();
    refresh(); /* and nobody waits for what was given up */
    stop();
}

/* A signal handler that comes here while its own thread fetches would wait for itself. */
static void who_fetches_already_does_not_wait(void)
{
    start();
    CHECK(rc_topology_begin_fetch(&self.topology));
    refresh();
    CHECK_INT(self.topology.version, 2);
    give_up();
    stop();
}

static void claim_in_child(void *context)
{
    (void)context;
    CHECK(rc_topology_begin_fetch(&self.topology));
    CHECK(!rc_topology_begin_fetch(&self.topology));
    give_up();
    refresh();
}

/* The thread that has claimed it is not in the child. */
static void a_child_claims_for_itself(void)
{
    start();
    CHECK(rc_topology_begin_fetch(&self.topology));
    in_child(claim_in_child, NULL);
    CHECK(!rc_topology_begin_fetch(&self.topology));
    give_up();
    stop();
}

static void a_fetched_map_is_fresh_for_a_while(void)
{
    start();
    rc_msec now = rc_now();
    CHECK(rc_topology_is_fresh(&self.topology, now - 10000));
    CHECK(!rc_topology_is_fresh(&self.topology, now + 1));
    self.topology.asked_at = now - 500;
    CHECK(!rc_topology_is_fresh(&self.topology, now - 400));
    CHECK(rc_topology_begin_fetch(&self.topology));
    give_up(); /* an old map is none the fresher for it */
    CHECK(!rc_topology_is_fresh(&self.topology, now));
    stop();
}

/* ---- MOVED ---- */

static void nobody_fetches_what_is_being_fetched(void)
{
    start();
    self.topology.next_moved_fetch = 0;
    CHECK(rc_topology_begin_fetch(&self.topology));
    CHECK(!nodes_moved(&self, SLOT_B, second()));
    nodes_expect_owner(&self, SLOT_B, 1); /* but it is learned */
    give_up();
    self.topology.next_moved_fetch = 0;
    CHECK(nodes_moved(&self, SLOT_C, second()));
    stop();
}

/* Clients that were redirected together do not fetch together the next time. */
static void the_cool_down_is_not_the_same_for_all(void)
{
    start();
    rc_msec shortest = RC_NEVER;
    rc_msec longest = 0;
    for (int i = 0; i < 200; i++) {
        CHECK(rc_topology_begin_fetch(&self.topology));
        rc_msec begun = rc_now();
        give_up();
        rc_msec wait = self.topology.next_moved_fetch - begun;
        CHECK(wait >= 500 && wait < 1500 + (rc_now() - begun));
        shortest = wait < shortest ? wait : shortest;
        longest = wait > longest ? wait : longest;
    }
    CHECK(longest - shortest > 500);
    stop();
}

static void the_cool_down_has_an_end(void)
{
    start();
    self.topology.next_moved_fetch = rc_now() + 10000;
    CHECK(!nodes_moved(&self, SLOT_B, second()));
    self.topology.next_moved_fetch = rc_now();
    CHECK(nodes_moved(&self, SLOT_C, second()));
    stop();
}

/* ---- events ---- */

static void next_is_topology(int slots)
{
    rc_event event;
    CHECK(rc_event_queue_take(&self.pool.event_queue, &event));
    CHECK_INT(event.kind, RC_EVENT_TOPOLOGY);
    CHECK_INT(event.node, RC_NO_NODE);
    CHECK_INT(event.slot, slots);
}

static void quiet(void)
{
    CHECK(!rc_event_queue_waiting(&self.pool.event_queue));
}

static void answer(const char *table)
{
    for (int i = 0; i < 2; i++) {
        server_forget_rules(self.server[i]);
        server_on(self.server[i], CLUSTER_SLOTS, table);
    }
}

static void only_another_map_is_told(void)
{
    start();
    quiet(); /* the first one is not another */
    refresh();
    refresh();
    quiet();
    answer(nodes_table(&self, 1, 1));
    refresh();
    next_is_topology(RC_SLOTS);
    quiet();
    refresh();
    quiet();
    answer(text_format("*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n$0\r\n\r\n:%d\r\n", nodes_port(&self, 1)));
    refresh();
    next_is_topology(10);
    quiet();
    stop();
}

/* The same slots cut in other ranges are the same map. */
static void ranges_do_not_matter(void)
{
    start();
    answer(text_format("*3\r\n"
                       "*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                       "*3\r\n:0\r\n:99\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                       "*3\r\n:100\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n",
                       nodes_port(&self, 1), nodes_port(&self, 0), nodes_port(&self, 0)));
    refresh();
    quiet();
    stop();
}

/* What a MOVED has taught is told when a table says it too: users hear of all slots that move. */
static void what_moved_has_taught_is_told_with_the_table(void)
{
    start();
    nodes_moved(&self, 0, second());
    quiet();
    answer(text_format("*3\r\n"
                       "*3\r\n:0\r\n:0\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                       "*3\r\n:1\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                       "*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n",
                       nodes_port(&self, 1), nodes_port(&self, 0), nodes_port(&self, 1)));
    refresh();
    next_is_topology(RC_SLOTS);
    quiet();
    answer(nodes_table(&self, 0, 2)); /* and back again */
    refresh();
    next_is_topology(RC_SLOTS);
    stop();
}

static void a_failed_fetch_is_no_event(void)
{
    start();
    answer("-ERR no\r\n");
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self.topology, 1, &no_end, &error), RC_UNREACHABLE);
    quiet();
    stop();
}

int main(void)
{
    RUN(one_at_a_time);
    RUN(who_fetches_already_does_not_wait);
    RUN(a_child_claims_for_itself);
    RUN(a_fetched_map_is_fresh_for_a_while);
    RUN(nobody_fetches_what_is_being_fetched);
    RUN(the_cool_down_is_not_the_same_for_all);
    RUN(the_cool_down_has_an_end);
    RUN(only_another_map_is_told);
    RUN(ranges_do_not_matter);
    RUN(what_moved_has_taught_is_told_with_the_table);
    RUN(a_failed_fetch_is_no_event);
    return 0;
}
