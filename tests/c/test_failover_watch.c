/* test_failover_watch: a node that says nothing, its connection open, while the cluster keeps or
 * replaces it. */
#include "check.h"
#include "client.h"

enum { SILENCE = 100, LONG = 15 * SILENCE };

static const char *entry(const nodes *self, int first, int last, int number)
{
    return text_format("*3\r\n:%d\r\n:%d\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n", first, last,
                       nodes_port(self, number));
}

/* table gives the first half of the slots to node 0, and the second, of "a" and "d", to another. */
static const char *table(const client *self, int second)
{
    return text_format("*2\r\n%s%s", entry(&self->nodes, 0, 8191, 0),
                       entry(&self->nodes, 8192, 16383, second));
}

/* start: the client knows nodes 0 and 1; what is said of them from now on is the test's. */
static void start(client *self)
{
    *self = (client){0};
    nodes_start_bare(&self->nodes, 3);
    self->nodes.options.silence = SILENCE;
    nodes_open(&self->nodes);
    client_answer_once(self, 0, CLUSTER_SLOTS, table(self, 1));
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self->nodes.topology, 0, &no_end, &error), RC_OK);
    client_expect(self, 0, "1:CLUSTER SLOTS\n");
    client_answer(self, 2, "GET *", "+new\r\n");
    client_answer(self, 2, "SET *", "+new\r\n");
}

static void node_one_is_slow(client *self, const char *request)
{
    client_rule(self, 1, (rule){.request = request, .reply = "+old\r\n", .delay = LONG});
}

static void nothing_is_left(client *self)
{
    CHECK(!self->nodes.topology.fetching);
    rc_topology_fetch_drop(&self->nodes.executor.table_fetch);
    for (size_t i = 0; i < self->nodes.pool.node_count; i++) {
        CHECK_INT(self->nodes.pool.nodes[i]->taken, 0);
    }
    client_stop(self);
}

/* A command may block on purpose, or its node be slow: that is no reason to give up. */
static void who_keeps_its_place_is_waited_for(void)
{
    client self;
    start(&self);
    client_answer(&self, 0, CLUSTER_SLOTS, table(&self, 1));
    node_one_is_slow(&self, "SET a 1");
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+old");
    CHECK(client_seen(&self, 0, CLUSTER_SLOTS) >= 1); /* but it was looked after */
    CHECK_INT(client_seen(&self, 1, "SET a 1"), 1);
    nothing_is_left(&self);
}

static void who_keeps_its_place_is_waited_for_until_the_end(void)
{
    client self;
    start(&self);
    client_answer(&self, 0, CLUSTER_SLOTS, table(&self, 1));
    client_rule(&self, 1, (rule){.request = "SET a 1"});
    client_write(&self, "SET a 1");
    rc_msec begun = rc_now();
    rc_call call = {.deadline = begun + LONG};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(rc_now() - begun >= LONG - 1 && rc_now() - begun < 10 * LONG);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    nothing_is_left(&self);
}

/* The write may have run; the read goes to the node that has taken the silent one's place. */
static void who_was_replaced_is_given_up(void)
{
    client self;
    start(&self);
    client_answer(&self, 0, CLUSTER_SLOTS, table(&self, 2));
    client_answer(&self, 0, "SET b 1", "+zero\r\n");
    client_rule(&self, 1, (rule){.request = "*"});
    client_write(&self, "SET a 1");
    client_read(&self, "GET d");
    client_write(&self, "SET b 1");
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 2 * SILENCE);
    client_expect_outcome(&self, 0, "UNKNOWN CLOSED");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message, "replaced");
    client_expect_outcome(&self, 1, "+new");
    client_expect_outcome(&self, 2, "+zero");
    CHECK_INT(client_seen(&self, 2, "SET a 1"), 0);
    CHECK(client_seen(&self, 0, CLUSTER_SLOTS) >= 2); /* once is not enough */
    nothing_is_left(&self);
}

/* What had not gone out whole has not run. */
static void what_the_silent_one_did_not_take_is_sent_elsewhere(void)
{
    client self;
    start(&self);
    client_answer(&self, 0, CLUSTER_SLOTS, table(&self, 2));
    client_rule(&self, 1, (rule){.request = ON_CONNECT, .delay = 60 * 1000});
    client_write_long(&self, "a");
    client_run(&self);
    client_expect_outcome(&self, 0, "+new");
    nothing_is_left(&self);
}

/* One table may be older than the node's first slots: the next one has it in its place. */
static void one_word_against_it_is_not_enough(void)
{
    client self;
    start(&self);
    client_answer_once(&self, 0, CLUSTER_SLOTS, table(&self, 2));
    client_answer(&self, 0, CLUSTER_SLOTS, table(&self, 1));
    client_answer(&self, 2, CLUSTER_SLOTS, table(&self, 1));
    node_one_is_slow(&self, "SET a 1");
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+old");
    nothing_is_left(&self);
}

/* Who asks one very node waits for that one, whatever has become of it. */
static void a_pinned_command_is_left_alone(void)
{
    client self;
    start(&self);
    client_answer(&self, 0, CLUSTER_SLOTS, table(&self, 2));
    node_one_is_slow(&self, "SET a 1");
    client_write(&self, "SET a 1");
    self.batch.commands[0].flags = RC_COMMAND_PINNED;
    self.batch.commands[0].node =
        rc_pool_node(&self.nodes.pool, "127.0.0.1", nodes_port(&self.nodes, 1));
    client_run(&self);
    client_expect_outcome(&self, 0, "+old");
    nothing_is_left(&self);
}

/* Replies that come one by one are no silence, though the node has been replaced. */
static void who_makes_progress_is_left_alone(void)
{
    enum { COMMANDS = 60, EACH = 30 };
    client self;
    start(&self);
    self.nodes.options.silence = 10 * EACH;
    client_answer(&self, 0, CLUSTER_SLOTS, table(&self, 2));
    client_rule(&self, 0,
                (rule){.request = "GET b", .reply = "+zero\r\n", .delay = COMMANDS * EACH});
    client_rule(&self, 1, (rule){.request = "GET a", .reply = "+old\r\n", .delay = EACH});
    client_read(&self, "GET b");
    self.batch.commands[0].flags |= RC_COMMAND_PINNED; /* two to wait for, one to be suspected */
    self.batch.commands[0].node = rc_slotmap_owner(self.nodes.topology.map, SLOT_B);
    for (int i = 0; i < COMMANDS; i++) {
        client_read(&self, "GET a");
    }
    client_run(&self);
    client_expect_outcome(&self, 0, "+zero");
    client_expect_outcome(&self, COMMANDS, "+old");
    CHECK_INT(client_seen(&self, 2, "GET a"), 0);
    nothing_is_left(&self);
}

/* Nobody else can tell: then there is nothing but to wait. */
static void without_another_node_it_is_waited_for(void)
{
    client self;
    start(&self);
    client_rule(&self, 0, (rule){.request = CLUSTER_SLOTS});
    client_rule(&self, 0, (rule){.request = "SET b 1", .reply = "+zero\r\n", .delay = LONG});
    node_one_is_slow(&self, "SET a 1");
    client_write(&self, "SET a 1");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+old");
    client_expect_outcome(&self, 1, "+zero");
    nothing_is_left(&self);
}

/* A cluster of one primary: its replica is the one who can tell. */
static void replicas_can_tell_too(void)
{
    client self = {0};
    nodes_start_bare(&self.nodes, 2);
    self.nodes.options.silence = SILENCE;
    nodes_open(&self.nodes);
    const char *address = "*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n";
    const char *zero = text_format(address, nodes_port(&self.nodes, 0));
    const char *one = text_format(address, nodes_port(&self.nodes, 1));
    const char *both = "*1\r\n*4\r\n:0\r\n:16383\r\n%s%s";
    client_answer_once(&self, 0, CLUSTER_SLOTS, text_format(both, one, zero));
    client_answer(&self, 0, CLUSTER_SLOTS, text_format(both, zero, one));
    client_rule(&self, 1, (rule){.request = "*"});
    client_answer(&self, 0, "GET *", "+new\r\n");
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self.nodes.topology, 0, &no_end, &error), RC_OK);
    client_read(&self, "GET a");
    rc_call call = {.deadline = rc_now() + 10 * LONG};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    client_expect_outcome(&self, 0, "+new");
    nothing_is_left(&self);
}

int main(void)
{
    RUN(who_keeps_its_place_is_waited_for);
    RUN(who_keeps_its_place_is_waited_for_until_the_end);
    RUN(who_was_replaced_is_given_up);
    RUN(what_the_silent_one_did_not_take_is_sent_elsewhere);
    RUN(one_word_against_it_is_not_enough);
    RUN(a_pinned_command_is_left_alone);
    RUN(who_makes_progress_is_left_alone);
    RUN(without_another_node_it_is_waited_for);
    RUN(replicas_can_tell_too);
    return 0;
}
