/* test_topology_fetch: the slot table that a MOVED asks for is fetched while the call goes on with
 * its own. */
#include "check.h"
#include "client.h"
#include "core/topology/topology_fetch.h"

#include <pthread.h>
#include <stdio.h>

enum { FOREVER = 60 * 1000 };

/* start: node 0 sends "b" on to node 1, and enough time has passed since the last fetch. */
static void start(client *self)
{
    client_start(self);
    client_answer(self, 0, "SET b 1", nodes_redirect(&self->nodes, "MOVED", SLOT_B, 1));
    self->nodes.topology.next_moved_fetch = 0;
}

/* start_slow: node 1 takes its time over a slot table, and answers the command as told. */
static void start_slow(client *self, int delay)
{
    *self = (client){0};
    nodes_start_bare(&self->nodes, 2);
    nodes_open(&self->nodes);
    client_answer(self, 0, CLUSTER_SLOTS, nodes_table(&self->nodes, 0, 2));
    client_rule(
        self, 1,
        (rule){.request = CLUSTER_SLOTS, .reply = nodes_table(&self->nodes, 1, 1), .delay = delay});
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self->nodes.topology, 0, &no_end, &error), RC_OK);
    client_expect(self, 0, "1:CLUSTER SLOTS\n");
    client_answer(self, 0, "SET b 1", nodes_redirect(&self->nodes, "MOVED", SLOT_B, 1));
    self->nodes.topology.next_moved_fetch = 0;
}

static void nothing_is_held(client *self)
{
    CHECK(!self->nodes.topology.fetching);
    rc_topology_fetch_drop(&self->nodes.executor.table_fetch);
    for (size_t i = 0; i < self->nodes.pool.node_count; i++) {
        CHECK_INT(self->nodes.pool.nodes[i]->taken, 0);
    }
}

/* ---- whom it asks, and when ---- */

static void whom_moved_has_named_is_asked(void)
{
    client self;
    start_slow(&self, 20);
    client_answer(&self, 1, "SET b 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    CHECK_INT(client_seen(&self, 1, CLUSTER_SLOTS), 1);
    CHECK_INT(client_seen(&self, 0, CLUSTER_SLOTS), 0);
    CHECK_INT(self.nodes.topology.version, 2);
    nodes_expect_owner(&self.nodes, SLOT_C, 1); /* it is the table that node 1 gave */
    nothing_is_held(&self);
    client_works(&self);
    client_stop(&self);
}

static void what_is_no_news_asks_nobody(void)
{
    client self;
    start(&self);
    client_answer(&self, 1, "SET b 1", "+OK\r\n");
    self.nodes.topology.next_moved_fetch = RC_NEVER; /* it has been fetched just now */
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    CHECK_INT(client_seen(&self, 0, CLUSTER_SLOTS) + client_seen(&self, 1, CLUSTER_SLOTS), 0);
    nodes_expect_owner(&self.nodes, SLOT_B, 1); /* that one slot is learned all the same */
    client_stop(&self);
}

/* The reply is there long before the table: the call waits a moment for it, and no longer. */
static void a_slow_table_costs_a_moment(void)
{
    client self;
    start_slow(&self, FOREVER);
    client_answer(&self, 1, "SET b 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    rc_msec begun = rc_now();
    client_run(&self);
    /* Alone the question would have two seconds. */
    CHECK(rc_now() - begun >= 249 && rc_now() - begun < 1900);
    client_expect_outcome(&self, 0, "+OK");
    CHECK_INT(self.nodes.topology.version, 1);
    nodes_expect_owner(&self.nodes, SLOT_B, 1);
    nothing_is_held(&self);
    CHECK(self.nodes.topology.next_moved_fetch > begun); /* nor does the next MOVED try at once */
    client_stop(&self);
}

/* The reply is what takes its time: the table is in place before it comes. */
static void a_slow_reply_costs_the_table_nothing(void)
{
    client self;
    start(&self);
    client_rule(&self, 1, (rule){.request = "SET b 1", .reply = "+OK\r\n", .delay = 700});
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    CHECK_INT(self.nodes.topology.version, 2);
    nothing_is_held(&self);
    client_stop(&self);
}

/* With one connection in all it has to wait until the command has done with it. */
static void one_connection_serves_both(void)
{
    client self;
    start(&self);
    self.nodes.options.max_connections = 1;
    client_answer(&self, 1, "SET b 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    client_expect(&self, 1, "1:SET b 1\n1:CLUSTER SLOTS\n");
    CHECK_INT(self.nodes.topology.version, 2);
    nothing_is_held(&self);
    client_stop(&self);
}

static bool ends(void *context)
{
    (void)context;
    return true;
}

/* Its only wait is for a connection that is being closed. */
static void an_interruption_while_it_begins_is_told(void)
{
    client self;
    start(&self);
    rc_pool *pool = &self.nodes.pool;
    self.nodes.options.max_connections_per_node = 1;
    rc_connection *only = nodes_take(&self.nodes, 1, false);
    pool->closing++;
    bool mine = false;
    rc_call call = {.deadline = RC_NEVER, .interrupted = ends};
    CHECK_STATUS(
        rc_topology_fetch_begin(&self.nodes.executor.table_fetch, only->node, &call, &mine),
        RC_INTERRUPTED);
    pool->closing--;
    CHECK(!mine);
    rc_pool_give(pool, only, true);
    nothing_is_held(&self);
    client_stop(&self);
}

static void a_table_that_does_not_come_harms_nobody(void)
{
    static const rule ways[] = {{.request = CLUSTER_SLOTS, .then = THEN_CLOSE},
                                {.request = CLUSTER_SLOTS, .reply = "-ERR no\r\n"},
                                {.request = CLUSTER_SLOTS, .reply = "+nonsense\r\n"},
                                {.request = CLUSTER_SLOTS, .reply = "nonsense\r\n"}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        client self;
        start(&self);
        server_forget_rules(self.nodes.server[1]);
        client_rule(&self, 1, ways[i]);
        client_answer(&self, 1, "SET b 1", "+OK\r\n");
        client_write(&self, "SET b 1");
        client_run(&self);
        client_expect_outcome(&self, 0, "+OK");
        CHECK_INT(self.nodes.topology.version, 1);
        nodes_expect_owner(&self.nodes, SLOT_B, 1);
        nothing_is_held(&self);
        client_works(&self);
        client_stop(&self);
    }
}

/* ---- the end of the call ---- */

static bool at_once(void *context)
{
    const client *self = context;
    return client_seen(context, 1, CLUSTER_SLOTS) > 0 && self->batch.count > 0;
}

static void an_interruption_ends_it_too(void)
{
    client self;
    start_slow(&self, FOREVER);
    client_rule(&self, 1, (rule){.request = "SET b 1"});
    client_write(&self, "SET b 1");
    rc_call call = {.deadline = RC_NEVER, .interrupted = at_once, .context = &self};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_INTERRUPTED);
    client_expect_outcome(&self, 0, "UNKNOWN INTERRUPTED");
    nothing_is_held(&self);
    client_works(&self);
    client_stop(&self);
}

static void the_deadline_ends_it_too(void)
{
    client self;
    start_slow(&self, FOREVER);
    client_rule(&self, 1, (rule){.request = "SET b 1"});
    client_write(&self, "SET b 1");
    rc_call call = {.deadline = rc_now() + 400};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(rc_now() - call.deadline < 5000);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    nothing_is_held(&self);
    client_works(&self);
    client_stop(&self);
}

/* ---- threads and processes ---- */

enum { THREADS = 6 };

typedef struct mover {
    pthread_t thread;
    client *owner;
    char text[32];
} mover;

static void *run_one(void *context)
{
    mover *self = context;
    rc_batch batch = {0};
    text_queue(&batch, self->text, 0);
    CHECK_STATUS(rc_executor_execute(&self->owner->nodes.executor, &batch, &no_end), RC_OK);
    CHECK_INT(batch.commands[0].state, RC_REPLIED);
    rc_batch_free(&batch);
    return NULL;
}

/* name_keys finds keys of node 0, each of another slot, which it sends on. */
static void name_keys(client *self, mover *movers)
{
    for (int i = 0, found = 0; found < THREADS; i++) {
        char key[16];
        int length = snprintf(key, sizeof key, "key%d", i);
        uint16_t slot = rc_key_slot(key, (size_t)length);
        if (slot < RC_SLOTS / 2) {
            movers[found].owner = self;
            snprintf(movers[found].text, sizeof movers[found].text, "SET %s 1", key);
            client_answer(self, 0, movers[found].text,
                          nodes_redirect(&self->nodes, "MOVED", slot, 1));
            found++;
        }
    }
}

/* Each has news of a slot of its own; the first of them fetches for all. */
static void one_of_many_threads_fetches(void)
{
    client self;
    mover movers[THREADS];
    start_slow(&self, 200);
    client_answer(&self, 1, "SET *", "+OK\r\n");
    name_keys(&self, movers);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&movers[i].thread, NULL, run_one, &movers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(movers[i].thread, NULL);
    }
    int fetches = client_seen(&self, 1, CLUSTER_SLOTS);
    CHECK(fetches >= 1 && fetches <= 2); /* two if a thread came a second late */
    nothing_is_held(&self);
    client_stop(&self);
}

static void move_in_child(void *context)
{
    client *self = context;
    self->nodes.topology.next_moved_fetch = 0;
    mover one = {.owner = self, .text = "SET c 1"};
    run_one(&one);
    nothing_is_held(self);
}

/* What a thread of the parent was fetching, nobody fetches in the child: that begins anew. */
static void a_fork_leaves_no_claim(void)
{
    client self;
    start_slow(&self, 700);
    client_rule(&self, 1, (rule){.request = "SET b 1", .reply = "+OK\r\n", .delay = 700});
    client_answer(&self, 0, "SET c 1", nodes_redirect(&self.nodes, "MOVED", SLOT_C, 1));
    client_answer(&self, 1, "SET c 1", "+OK\r\n");
    mover one = {.owner = &self, .text = "SET b 1"};
    CHECK(pthread_create(&one.thread, NULL, run_one, &one) == 0);
    server_wait_seen(self.nodes.server[1], CLUSTER_SLOTS, 1);
    in_child(move_in_child, &self);
    pthread_join(one.thread, NULL);
    CHECK_INT(client_seen(&self, 1, CLUSTER_SLOTS), 2);
    nothing_is_held(&self);
    client_stop(&self);
}

/* ---- memory ---- */

static client shared;

/* Without memory for the table the command has its reply, and the next call can fetch. */
static void without_memory_nothing_stays_claimed(void)
{
    rc_error error;
    nodes_open(&shared.nodes);
    CHECK_STATUS(rc_topology_refresh(&shared.nodes.topology, 0, &no_end, &error), RC_OK);
    shared.nodes.topology.next_moved_fetch = 0;
    client_write(&shared, "SET b 1");
    fail_begin();
    rc_status status = rc_executor_execute(&shared.nodes.executor, &shared.batch, &no_end);
    bool failed = fail_end();
    CHECK(status == RC_OK || (status == RC_NOMEM && failed));
    if (status == RC_OK && shared.batch.commands[0].state != RC_REPLIED) {
        CHECK(failed);
        CHECK_STATUS(rc_batch_error(&shared.batch, &shared.batch.commands[0])->status, RC_NOMEM);
    }
    nothing_is_held(&shared);
    rc_batch_free(&shared.batch);
    nodes_close(&shared.nodes);
}

int main(void)
{
    RUN(whom_moved_has_named_is_asked);
    RUN(what_is_no_news_asks_nobody);
    RUN(a_slow_table_costs_a_moment);
    RUN(a_slow_reply_costs_the_table_nothing);
    RUN(one_connection_serves_both);
    RUN(an_interruption_while_it_begins_is_told);
    RUN(a_table_that_does_not_come_harms_nobody);
    RUN(an_interruption_ends_it_too);
    RUN(the_deadline_ends_it_too);
    RUN(one_of_many_threads_fetches);
    RUN(a_fork_leaves_no_claim);
    client_start_new(&shared);
    nodes_close(&shared.nodes);
    client_answer(&shared, 0, "SET b 1", nodes_redirect(&shared.nodes, "MOVED", SLOT_B, 1));
    client_answer(&shared, 1, "SET b 1", "+OK\r\n");
    FAIL_EACH(without_memory_nothing_stays_claimed);
    nodes_stop(&shared.nodes);
    return 0;
}
