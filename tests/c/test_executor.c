/* test_executor: whole calls on scripted nodes - their replies, redirects, order and losses. */
#include "check.h"
#include "client.h"

/* ---- where nothing goes wrong ---- */

static void replies_stand_where_their_commands_do(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "GET *", "+zero\r\n");
    client_answer(&self, 1, "GET *", "+one\r\n");
    client_answer(&self, 1, "HGETALL *", "*2\r\n$1\r\nf\r\n$1\r\nv\r\n");
    client_read(&self, "GET a");
    client_read(&self, "GET b");
    client_read(&self, "HGETALL d");
    client_read(&self, "GET c");
    client_write(&self, "NONSENSE d");
    client_run(&self);
    client_expect_outcome(&self, 0, "+one");
    client_expect_outcome(&self, 1, "+zero");
    client_expect_outcome(&self, 2, "[$f $v]");
    client_expect_outcome(&self, 3, "+zero");
    client_expect_outcome(&self, 4, "-ERR not in the script");
    client_stop(&self);
}

static void an_empty_batch_is_done(void)
{
    client self;
    client_start(&self);
    client_run(&self);
    CHECK_INT(self.batch.count, 0);
    client_stop(&self);
}

/* Two slow nodes take the time of one. */
static void nodes_work_at_the_same_time(void)
{
    client self;
    client_start(&self);
    for (int i = 0; i < 2; i++) {
        client_rule(&self, i, (rule){.request = "GET *", .reply = "+x\r\n", .delay = 1000});
    }
    client_read(&self, "GET a");
    client_read(&self, "GET b");
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 999 && rc_now() - begun < 1900);
    client_stop(&self);
}

/* A client need not be opened: the first call finds out who serves what. */
static void the_first_call_fetches_the_map(void)
{
    client self;
    client_start_new(&self);
    client_answer(&self, 1, "SET a 1", "+OK\r\n");
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    client_stop(&self);
}

static void commands_of_no_slot_go_to_some_primary(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "PING", "+PONG\r\n");
    client_answer(&self, 1, "PING", "+PONG\r\n");
    client_write(&self, "PING");
    client_run(&self);
    client_expect_outcome(&self, 0, "+PONG");
    client_stop(&self);
}

/* ---- redirects ---- */

static void moved_is_followed_and_remembered(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "SET b 1", nodes_redirect(&self.nodes, "MOVED", SLOT_B, 1));
    client_answer(&self, 1, "SET b 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    rc_batch_clear(&self.batch);
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    client_expect(&self, 0, "1:SET b 1\n");
    client_expect(&self, 1, "1:SET b 1\n1:SET b 1\n");
    client_stop(&self);
}

static void ask_is_followed_and_forgotten(void)
{
    client self;
    client_start(&self);
    client_answer_once(&self, 0, "SET b 1", nodes_redirect(&self.nodes, "ASK", SLOT_B, 1));
    client_answer(&self, 0, "SET b 1", "+here\r\n");
    client_answer(&self, 1, "ASKING", "+OK\r\n");
    client_answer(&self, 1, "SET b 1", "+there\r\n");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+there");
    client_expect(&self, 1, "1:ASKING\n1:SET b 1\n");
    rc_batch_clear(&self.batch);
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+here");
    client_stop(&self);
}

/* Commands on one key arrive at the new node in the order in which they were queued. */
static void order_survives_redirects(void)
{
    static const char *const text[] = {"MOVED", "ASK"};
    for (int i = 0; i < 2; i++) {
        client self;
        client_start(&self);
        client_answer(&self, 0, "APPEND b *", nodes_redirect(&self.nodes, text[i], SLOT_B, 1));
        client_answer(&self, 0, "APPEND c *", ":1\r\n");
        client_answer(&self, 1, "ASKING", "+OK\r\n");
        client_answer(&self, 1, "APPEND *", ":2\r\n");
        client_write(&self, "APPEND b 1");
        client_write(&self, "APPEND c 2");
        client_write(&self, "APPEND b 3");
        client_write(&self, "APPEND d 4");
        client_write(&self, "APPEND b 5");
        client_run(&self);
        client_expect(&self, 0, "1:APPEND b 1\n1:APPEND c 2\n1:APPEND b 3\n1:APPEND b 5\n");
        client_expect(&self, 1,
                      i == 0 ? "1:APPEND d 4\n1:APPEND b 1\n1:APPEND b 3\n1:APPEND b 5\n"
                             : "1:APPEND d 4\n1:ASKING\n1:APPEND b 1\n1:ASKING\n1:APPEND b 3\n"
                               "1:ASKING\n1:APPEND b 5\n");
        for (size_t j = 0; j < 5; j++) {
            client_expect_outcome(&self, j, j == 1 ? ":1" : ":2");
        }
        client_stop(&self);
    }
}

/* Refused for a while by one node, pointed to another one: the order of the queue holds. */
static void order_survives_two_kinds_of_refusal(void)
{
    client self;
    client_start(&self);
    client_answer_once(&self, 0, "APPEND b 1", "-TRYAGAIN\r\n");
    client_answer_once(&self, 0, "APPEND b 1", "-TRYAGAIN\r\n");
    client_rule(&self, 0, (rule){.request = "APPEND b 1", .reply = ":1\r\n", .delay = 100});
    client_answer(&self, 0, "APPEND b 2", nodes_redirect(&self.nodes, "ASK", SLOT_B, 1));
    client_answer(&self, 1, "ASKING", "+OK\r\n");
    client_answer(&self, 1, "APPEND b 2", ":2\r\n");
    client_write(&self, "APPEND b 1");
    client_write(&self, "APPEND b 2");
    rc_call call = {.deadline = rc_now() + 10000};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    client_expect_outcome(&self, 0, ":1");
    client_expect_outcome(&self, 1, ":2");
    client_expect(&self, 0, "1:APPEND b 1\n1:APPEND b 2\n1:APPEND b 1\n1:APPEND b 1\n");
    client_expect(&self, 1, "1:ASKING\n1:APPEND b 2\n");
    client_stop(&self);
}

static void refusals_are_waited_out(void)
{
    static const char *const text[] = {"-TRYAGAIN\r\n", "-LOADING\r\n", "-CLUSTERDOWN\r\n",
                                       "-MASTERDOWN\r\n", "-READONLY\r\n"};
    for (int i = 0; i < 5; i++) {
        client self;
        client_start(&self);
        client_answer_once(&self, 0, "SET b 1", text[i]);
        client_answer_once(&self, 0, "SET b 1", text[i]);
        /* Late enough for a fetch beside the call to arrive before its end. */
        client_rule(&self, 0, (rule){.request = "SET b 1", .reply = "+OK\r\n", .delay = 50});
        client_write(&self, "SET b 1");
        rc_msec begun = rc_now();
        client_run(&self);
        client_expect_outcome(&self, 0, "+OK");
        int refreshed = client_seen(&self, 0, CLUSTER_SLOTS) + client_seen(&self, 1, CLUSTER_SLOTS);
        int expected = i < 2 ? i : 2;              /* who is loading may have been replaced */
        int spare = (int)(rc_now() - begun) / 200; /* a slow call has time for more fetches */
        CHECK(expected <= refreshed && refreshed <= expected + spare);
        client_stop(&self);
    }
}

static void refusals_have_an_end(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "SET b 1", "-CLUSTERDOWN Hash slot not served\r\n");
    client_answer(&self, 1, "SET a 1", nodes_redirect(&self.nodes, "MOVED", SLOT_A, 1));
    client_write(&self, "SET b 1");
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "REFUSED -CLUSTERDOWN Hash slot not served");
    client_expect_outcome(&self, 1, "REFUSED REDIRECTS");
    CHECK_INT(client_seen(&self, 1, "SET a 1"), self.nodes.options.retry.rounds + 1);
    client_works(&self);
    client_stop(&self);
}

/* A slot that nobody serves is looked up once more. */
static void an_uncovered_slot_is_looked_up(void)
{
    client self;
    client_start_bare(&self);
    client_answer_once(
        &self, 0, CLUSTER_SLOTS,
        text_format("*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n$0\r\n\r\n:%d\r\n", nodes_port(&self.nodes, 0)));
    client_answer(&self, 0, CLUSTER_SLOTS, nodes_table(&self.nodes, 0, 2));
    client_answer(&self, 1, "SET a 1", "+OK\r\n");
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self.nodes.topology, 0, &no_end, &error), RC_OK);
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    client_stop(&self);
}

/* However many they are, they are told in a round or two. */
static void many_commands_of_an_uncovered_slot(void)
{
    enum { MANY = 50000 };
    client self;
    client_start_bare(&self);
    client_answer(
        &self, 0, CLUSTER_SLOTS,
        text_format("*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n$0\r\n\r\n:%d\r\n", nodes_port(&self.nodes, 0)));
    for (int i = 0; i < MANY; i++) {
        client_write(&self, "SET a 1");
    }
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "NOT_SENT SLOT");
    client_expect_outcome(&self, MANY - 1, "NOT_SENT SLOT");
    client_stop(&self);
}

/* ---- losses ---- */

/* A read is asked again, a write is not; the other node's commands never notice. */
static void a_lost_connection_costs_only_writes(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "GET b", .times = 1, .then = THEN_CLOSE});
    client_answer(&self, 0, "GET b", "+read\r\n");
    client_rule(&self, 1, (rule){.request = "SET a 1", .then = THEN_CLOSE});
    client_answer(&self, 0, "SET *", "+OK\r\n");
    client_read(&self, "GET b");
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+read");
    client_expect_outcome(&self, 1, "UNKNOWN CLOSED");
    CHECK_INT(client_seen(&self, 1, "SET a 1"), 1);
    CHECK_INT(client_seen(&self, 0, "SET a 1"), 0);
    client_works(&self);
    client_stop(&self);
}

static void on_demand_a_write_is_sent_again(void)
{
    client self;
    client_start(&self);
    self.nodes.options.retry_writes = true;
    client_rule(&self, 0, (rule){.request = "SET b 1", .times = 2, .then = THEN_CLOSE});
    client_answer(&self, 0, "SET b 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    CHECK_INT(client_seen(&self, 0, "SET b 1"), 3);
    client_stop(&self);
}

/* What was not sent goes out again, unless it stands behind a write that may have run. */
static void what_was_not_sent_is_sent(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "SET b 1", .then = THEN_CLOSE});
    client_answer(&self, 0, "SET *", "+OK\r\n");
    client_answer(&self, 0, "GET *", "+read\r\n");
    client_write(&self, "SET b 1");
    client_write_long(&self, "b");
    client_write(&self, "SET b 3");
    client_write(&self, "SET c 4");
    client_read(&self, "GET b");
    client_run(&self);
    client_expect_outcome(&self, 0, "UNKNOWN CLOSED");
    client_expect_outcome(&self, 1, "NOT_SENT BEHIND_UNKNOWN");
    client_expect_outcome(&self, 2, "NOT_SENT BEHIND_UNKNOWN");
    client_expect_outcome(&self, 3, "+OK");
    client_expect_outcome(&self, 4, "+read");
    CHECK_INT(client_seen(&self, 0, "SET b 1"), 1);
    CHECK_INT(client_seen(&self, 0, "SET b *"), 1);
    client_works(&self);
    client_stop(&self);
}

/* A node that is gone: the new map tells who took its place. */
static void a_dead_node_is_replaced(void)
{
    client self;
    client_start_bare(&self);
    client_answer_once(
        &self, 0, CLUSTER_SLOTS,
        text_format("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:%d\r\n", server_unused()));
    client_answer(&self, 0, CLUSTER_SLOTS, nodes_table(&self.nodes, 0, 2));
    client_answer(&self, 1, "SET a 1", "+OK\r\n");
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self.nodes.topology, 0, &no_end, &error), RC_OK);
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    client_stop(&self);
}

static void a_dead_cluster_is_told(void)
{
    client self;
    client_start_new(&self);
    self.nodes.startup[0].port = server_unused();
    client_write(&self, "SET a 1");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "NOT_SENT UNREACHABLE");
    client_expect_outcome(&self, 1, "NOT_SENT UNREACHABLE");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message,
              text_format("127.0.0.1:%d", self.nodes.startup[0].port));
    client_stop(&self);
}

static void garbage_ends_a_conversation_and_no_more(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "GET c", "+fine\r\n");
    client_answer_once(&self, 0, "GET b", "garbage\r\n");
    client_answer(&self, 1, "GET a", "+fine\r\n");
    client_read(&self, "GET c");
    client_read(&self, "GET b");
    client_read(&self, "GET a");
    client_run(&self);
    client_expect_outcome(&self, 0, "+fine");
    client_expect_outcome(&self, 1, "UNKNOWN PROTOCOL");
    client_expect_outcome(&self, 2, "+fine");
    client_works(&self);
    client_stop(&self);
}

/* An idle connection that the server has closed meanwhile costs nothing. */
static void idle_connections_may_die(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "SET b 1", .reply = "+OK\r\n", .then = THEN_CLOSE});
    for (int i = 1; i <= 3; i++) {
        rc_batch_clear(&self.batch);
        client_write(&self, "SET b 1");
        client_run(&self);
        client_expect_outcome(&self, 0, "+OK");
        server_wait_ended(self.nodes.server[0], i);
    }
    client_stop(&self);
}

int main(void)
{
    RUN(replies_stand_where_their_commands_do);
    RUN(an_empty_batch_is_done);
    RUN(nodes_work_at_the_same_time);
    RUN(the_first_call_fetches_the_map);
    RUN(commands_of_no_slot_go_to_some_primary);
    RUN(moved_is_followed_and_remembered);
    RUN(ask_is_followed_and_forgotten);
    RUN(order_survives_redirects);
    RUN(order_survives_two_kinds_of_refusal);
    RUN(refusals_are_waited_out);
    RUN(refusals_have_an_end);
    RUN(an_uncovered_slot_is_looked_up);
    RUN(many_commands_of_an_uncovered_slot);
    RUN(a_lost_connection_costs_only_writes);
    RUN(on_demand_a_write_is_sent_again);
    RUN(what_was_not_sent_is_sent);
    RUN(a_dead_node_is_replaced);
    RUN(a_dead_cluster_is_told);
    RUN(garbage_ends_a_conversation_and_no_more);
    RUN(idle_connections_may_die);
    return 0;
}
