/* test_doubt: what fails brings the slot table in doubt, and the next call looks at a fresh one. */
#include "check.h"
#include "client.h"

enum { SHORT = 200 };

/* start: the client knows nodes 0 and 1; from now on node 0 says that node 2 has the place of 1. */
static void start(client *self, rc_msec delay)
{
    *self = (client){0};
    nodes_start_bare(&self->nodes, 3);
    nodes_open(&self->nodes);
    const char *entries = "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                          "*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n";
    int port = nodes_port(&self->nodes, 0);
    client_answer_once(self, 0, CLUSTER_SLOTS,
                       text_format(entries, port, nodes_port(&self->nodes, 1)));
    client_rule(self, 0,
                (rule){.request = CLUSTER_SLOTS,
                       .reply = text_format(entries, port, nodes_port(&self->nodes, 2)),
                       .delay = (int)delay});
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self->nodes.topology, 0, &no_end, &error), RC_OK);
    client_expect(self, 0, "1:CLUSTER SLOTS\n");
    client_answer(self, 0, "SET *", "+zero\r\n");
    client_answer(self, 2, "SET *", "+new\r\n");
    rc_wait_sleep(&no_end, rc_now() + 2); /* what fails in the same millisecond is no news */
}

static void stop(client *self)
{
    CHECK(!self->nodes.topology.fetching);
    client_stop(self);
}

/* call makes a call of one write, with so much time. */
static void call(client *self, const char *text, rc_msec timeout)
{
    rc_call call = {.deadline = rc_deadline(timeout)};
    rc_batch_clear(&self->batch);
    client_write(self, text);
    CHECK_STATUS(rc_executor_execute(&self->nodes.executor, &self->batch, &call), RC_OK);
}

static int fetches(client *self)
{
    return client_seen(self, 0, CLUSTER_SLOTS) + client_seen(self, 1, CLUSTER_SLOTS);
}

static void after_a_lost_write_the_next_one_finds_the_new_node(void)
{
    static const rule ways[] = {{.request = "SET *"}, {.request = "SET *", .then = THEN_CLOSE}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        client self;
        start(&self, 0);
        client_rule(&self, 1, ways[i]);
        call(&self, "SET a 1", SHORT);
        client_expect_outcome(&self, 0, i == 0 ? "UNKNOWN TIMEOUT" : "UNKNOWN CLOSED");
        call(&self, "SET a 2", SHORT);
        client_expect_outcome(&self, 0, "+new");
        CHECK_INT(client_seen(&self, 1, CLUSTER_SLOTS), 0);
        CHECK_INT(client_seen(&self, 1, "SET a 2"), 0);
        CHECK_INT(client_seen(&self, 2, "SET a 1"), 0); /* what may have run is not sent again */
        stop(&self);
    }
}

static void socket_timeout_is_no_different(void)
{
    client self;
    start(&self, 0);
    self.nodes.options.socket_timeout = SHORT;
    client_rule(&self, 1, (rule){.request = "SET *"});
    call(&self, "SET a 1", -1);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    call(&self, "SET a 2", -1);
    client_expect_outcome(&self, 0, "+new");
    stop(&self);
}

/* The table takes longer than a call has time: the second call asks, the third has the answer. */
static void a_fetch_outlives_the_call_that_began_it(void)
{
    client self;
    start(&self, SHORT + 50);
    client_rule(&self, 1, (rule){.request = "SET *"});
    for (int i = 0; i < 2; i++) {
        call(&self, "SET a 1", SHORT);
        client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    }
    call(&self, "SET a 1", SHORT);
    client_expect_outcome(&self, 0, "+new");
    CHECK(fetches(&self) <= 2); /* another one may be beside the third, as the second was lost */
    stop(&self);
}

/* A call for another node is not held up, and looks after the fetch all the same. */
static void other_nodes_are_served_meanwhile(void)
{
    client self;
    start(&self, SHORT);
    client_rule(&self, 1, (rule){.request = "SET *", .then = THEN_CLOSE});
    call(&self, "SET a 1", -1);
    rc_msec begun = rc_now();
    call(&self, "SET b 1", -1);
    client_expect_outcome(&self, 0, "+zero");
    CHECK(rc_now() - begun < SHORT);
    call(&self, "SET a 2", -1);
    client_expect_outcome(&self, 0, "+new");
    CHECK_INT(fetches(&self), 1);
    stop(&self);
}

/* As long as nothing has changed, failures are no reason to ask at each of them. */
static void fetches_keep_their_rate(void)
{
    client self;
    start(&self, 0);
    server_forget_rules(self.nodes.server[0]);
    client_answer(&self, 0, CLUSTER_SLOTS, nodes_table(&self.nodes, 0, 2));
    client_rule(&self, 1, (rule){.request = "SET *", .then = THEN_CLOSE});
    rc_msec begun = rc_now();
    int calls = 0;
    for (; rc_now() - begun < 1000; calls++) {
        call(&self, "SET a 1", 20); /* less than until the next fetch */
    }
    CHECK(calls > 20);
    CHECK(fetches(&self) >= 2 && fetches(&self) <= 11);
    stop(&self);
}

static void a_node_that_the_table_does_not_name_is_no_reason(void)
{
    client self;
    start(&self, 0);
    rc_topology_doubt(&self.nodes.topology, rc_pool_node(&self.nodes.pool, "127.0.0.1", 1));
    CHECK(!rc_topology_in_doubt(&self.nodes.topology));
    stop(&self);
}

/* A question that is left over would be a connection too many. */
static void a_full_pool_keeps_nothing_for_later(void)
{
    client self;
    start(&self, SHORT + 50);
    self.nodes.options.max_connections = 1;
    client_rule(&self, 1, (rule){.request = "SET *"});
    for (int i = 0; i < 3; i++) {
        call(&self, "SET a 1", SHORT);
        client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
        CHECK_INT(self.nodes.pool.connections, 0);
    }
    stop(&self);
}

/* What is loading may have been replaced; the node itself has an old table still. */
static void who_refuses_for_long_is_doubted(void)
{
    client self;
    start(&self, 0);
    client_answer(&self, 1, "SET *", "-LOADING Redis is loading the dataset in memory\r\n");
    call(&self, "SET a 1", -1);
    client_expect_outcome(&self, 0, "+new");
    CHECK_INT(client_seen(&self, 1, CLUSTER_SLOTS), 0);
    stop(&self);
}

int main(void)
{
    RUN(after_a_lost_write_the_next_one_finds_the_new_node);
    RUN(socket_timeout_is_no_different);
    RUN(a_fetch_outlives_the_call_that_began_it);
    RUN(other_nodes_are_served_meanwhile);
    RUN(fetches_keep_their_rate);
    RUN(a_node_that_the_table_does_not_name_is_no_reason);
    RUN(a_full_pool_keeps_nothing_for_later);
    RUN(who_refuses_for_long_is_doubted);
    return 0;
}
