/* test_failover: commands wait for another primary in a lost one's place; reads go elsewhere at
 * once. */
#include "check.h"
#include "client.h"
#include "dry_run.h"

#define OK "+OK\r\n"

/* ---- how long ---- */

enum { LOST_ROUNDS = 2, AGES = 60 * 1000 };

/* waiting makes a round in which commands that were not sent may wait for ages. */
static void waiting(dry_run *self, const char *text, uint8_t flags)
{
    dry_run_open(self);
    self->nodes.options.failover_timeout = AGES;
    self->nodes.options.lost_rounds = LOST_ROUNDS;
    self->nodes.options.timeout_rounds = LOST_ROUNDS;
    self->execution->cluster_answers = true;
    dry_run_queue(self, text, flags);
    self->batch.commands[0].node = 0; /* if it is pinned */
}

static void lose(dry_run *self, rc_state state, rc_status status, const char *expected)
{
    CHECK_STATUS(dry_run_route(self), RC_OK);
    dry_run_lose(self, 0, state, status);
    dry_run_expect_again(self, expected);
}

static void what_was_not_sent_waits(void)
{
    static const rc_status losses[] = {RC_CONNECT, RC_CLOSED, RC_TIMEOUT};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        dry_run self;
        waiting(&self, "SET b 1", 0);
        for (int j = 0; j < 20 * LOST_ROUNDS; j++) {
            lose(&self, RC_NOT_SENT, losses[i], "0");
            CHECK(self.execution->refresh && self.execution->delay > 0);
        }
        dry_run_close(&self);
    }
}

static void waiting_ends_with_its_time(void)
{
    dry_run self;
    waiting(&self, "SET b 1", 0);
    for (int i = 0; i < 2 * LOST_ROUNDS; i++) {
        lose(&self, RC_NOT_SENT, RC_CONNECT, "0");
    }
    self.execution->lost_at -= AGES;
    lose(&self, RC_NOT_SENT, RC_CONNECT, "");
    dry_run_expect(&self, 0, "NOT_SENT CONNECT");
    dry_run_close(&self);
}

/* exchange makes a round in which the node has talked for AGES before it was lost. */
static void exchange(dry_run *self, rc_status status, const char *expected)
{
    CHECK_STATUS(dry_run_route(self), RC_OK);
    dry_run_stream(self, 0)->began = rc_now_us() - INT64_C(1000) * AGES;
    self->execution->lost_at -= AGES;
    dry_run_lose(self, 0, RC_UNKNOWN, status);
    dry_run_expect_again(self, expected);
}

/* An idle connection was stale; on the next one a command blocked for long, until that broke. */
static void what_was_conversation_is_no_waiting(void)
{
    dry_run self;
    waiting(&self, "XREAD b", RC_COMMAND_READ);
    lose(&self, RC_UNKNOWN, RC_CLOSED, "0");
    exchange(&self, RC_CLOSED, "0");
    for (int i = 0; i < 2 * LOST_ROUNDS; i++) {
        lose(&self, RC_NOT_SENT, RC_CONNECT, "0");
    }
    self.execution->lost_at -= AGES;
    lose(&self, RC_NOT_SENT, RC_CONNECT, "");
    dry_run_close(&self);
}

/* Silence is no conversation: a node that accepts and never answers is not waited for longer. */
static void what_was_silence_is(void)
{
    dry_run self;
    waiting(&self, "GET b", RC_COMMAND_READ);
    lose(&self, RC_UNKNOWN, RC_CLOSED, "0");
    exchange(&self, RC_TIMEOUT, "0");
    lose(&self, RC_NOT_SENT, RC_CONNECT, "");
    dry_run_close(&self);
}

/* However short the time is, a few tries are always made. */
static void a_few_tries_need_no_time(void)
{
    dry_run self;
    waiting(&self, "SET b 1", 0);
    self.nodes.options.failover_timeout = 0;
    for (int i = 0; i < LOST_ROUNDS; i++) {
        lose(&self, RC_NOT_SENT, RC_CONNECT, "0");
    }
    lose(&self, RC_NOT_SENT, RC_CONNECT, "");
    dry_run_close(&self);
}

/* When nobody answers, nobody will take the lost one's place. */
static void a_dead_cluster_is_not_waited_for(void)
{
    dry_run self;
    waiting(&self, "SET b 1", 0);
    for (int i = 0; i < 2 * LOST_ROUNDS; i++) {
        lose(&self, RC_NOT_SENT, RC_CONNECT, "0");
    }
    self.execution->cluster_answers = false;
    lose(&self, RC_NOT_SENT, RC_CONNECT, "");
    dry_run_close(&self);
}

static int tries(const char *text, uint8_t flags, rc_state state, rc_status status)
{
    dry_run self;
    waiting(&self, text, flags);
    int count = 0;
    for (const char *left = "0"; left[0] != '\0'; count++) {
        CHECK(count < 50);
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_lose(&self, 0, state, status);
        left = dry_run_retry(&self);
    }
    dry_run_close(&self);
    return count;
}

/* Another node cannot stand in for the very one that is meant; what may have run cannot wait. */
static void others_do_not_wait(void)
{
    const uint8_t read = RC_COMMAND_READ;
    CHECK_INT(tries("SET b 1", RC_COMMAND_PINNED, RC_NOT_SENT, RC_CONNECT), LOST_ROUNDS + 1);
    CHECK_INT(tries("SET b 1", 0, RC_UNKNOWN, RC_CLOSED), 1);
    CHECK_INT(tries("GET b", read, RC_UNKNOWN, RC_CLOSED), LOST_ROUNDS + 1);
    CHECK_INT(tries("GET b", read, RC_UNKNOWN, RC_TIMEOUT), LOST_ROUNDS + 1);
    CHECK_INT(tries("SET b 1", 0, RC_NOT_SENT, RC_AUTH), 1);
    CHECK_INT(tries("SET b 1", 0, RC_NOT_SENT, RC_PROTOCOL), 2);
    CHECK_INT(tries("SET b 1", 0, RC_NOT_SENT, RC_POOL_FULL), 1);
}

/* The next round does not come before the lost node may be tried again. */
static void the_round_waits_while_the_node_rests(void)
{
    dry_run self;
    waiting(&self, "SET b 1", 0);
    rc_health_failed(&self.nodes.pool.nodes[0]->health, rc_now());
    self.nodes.pool.nodes[0]->health.next_attempt = rc_now() + AGES;
    lose(&self, RC_NOT_SENT, RC_CONNECT, "0");
    CHECK(self.execution->delay > AGES / 2);
    self.nodes.pool.nodes[0]->health.next_attempt = 0;
    lose(&self, RC_NOT_SENT, RC_CONNECT, "0");
    CHECK(self.execution->delay < AGES / 2);
    dry_run_close(&self);
}

/* ---- replicas ---- */

/* replica_read makes a round in which a read goes to node 2, the replica. */
static void replica_read(dry_run *self, uint8_t flags)
{
    dry_run_open(self);
    self->execution->cluster_answers = true;
    self->batch.read_policy = RC_READ_REPLICA;
    dry_run_queue(self, "GET b", RC_COMMAND_READ | flags);
    self->batch.commands[0].node = 2;
    CHECK_STATUS(dry_run_route(self), RC_OK);
    CHECK_INT(dry_run_stream(self, 0)->node, 2);
    CHECK(dry_run_stream(self, 0)->readonly);
}

/* Others serve the read: there is nothing to wait for, and the table can be fetched beside it. */
static void a_lost_replica_is_not_waited_for(void)
{
    dry_run self;
    replica_read(&self, 0);
    CHECK(dry_run_stream(&self, 0)->replaceable);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_expect_again(&self, "0");
    CHECK_INT(self.execution->delay, 0);
    CHECK(!self.execution->refresh);
    CHECK(self.execution->refresh_from == 0 || self.execution->refresh_from == 1);
    dry_run_close(&self);
}

/* A command that is meant for that very replica has no other to go to. */
static void a_lost_replica_that_was_meant_is(void)
{
    dry_run self;
    replica_read(&self, RC_COMMAND_PINNED);
    CHECK(!dry_run_stream(&self, 0)->replaceable); /* it has all the time to connect, too */
    rc_health_failed(&self.nodes.pool.nodes[2]->health, rc_now());
    self.nodes.pool.nodes[2]->health.next_attempt = rc_now() + AGES;
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_expect_again(&self, "0");
    CHECK(self.execution->delay > AGES / 2 && self.execution->refresh);
    self.nodes.pool.nodes[2]->health.next_attempt = 0;
    lose(&self, RC_NOT_SENT, RC_CONNECT, "0");
    CHECK(self.execution->delay > 0 && self.execution->delay < AGES / 2);
    dry_run_close(&self);
}

static void lost_replicas_have_an_end(void)
{
    dry_run self;
    replica_read(&self, 0);
    self.nodes.options.lost_rounds = LOST_ROUNDS;
    self.nodes.options.failover_timeout = AGES;
    for (int i = 0; i < LOST_ROUNDS; i++) {
        lose(&self, RC_UNKNOWN, RC_CLOSED, "0");
    }
    lose(&self, RC_UNKNOWN, RC_CLOSED, "");
    dry_run_close(&self);
}

/* A primary that is lost in the same round is waited for. */
static void a_lost_primary_beside_it_is(void)
{
    dry_run self;
    dry_run_open(&self);
    self.execution->cluster_answers = true;
    self.batch.read_policy = RC_READ_REPLICA;
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    dry_run_queue(&self, "SET a 1", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_lose(&self, 1, RC_NOT_SENT, RC_CONNECT);
    dry_run_expect_again(&self, "0 1");
    CHECK(self.execution->delay > 0 && self.execution->refresh);
    dry_run_close(&self);
}

static bool fit(const dry_run *self, rc_node_id node)
{
    return rc_pool_is_fit(self->execution->executor->pool, node, rc_now());
}

/* A replica that is loading, or cut off, is avoided, and the primary has the read at once. */
static void a_replica_that_cannot_serve_is_avoided(void)
{
    static const char *const refusals[] = {"-LOADING\r\n", "-MASTERDOWN\r\n", "-CLUSTERDOWN\r\n"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        dry_run self;
        replica_read(&self, 0);
        CHECK(fit(&self, 2));
        dry_run_answer(&self, 0, refusals[i]);
        dry_run_expect_again(&self, "0");
        CHECK_INT(self.execution->delay, 0);
        CHECK(!self.execution->refresh);
        CHECK(!fit(&self, 2));
        CHECK(fit(&self, 0));
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        CHECK_INT(dry_run_stream(&self, 0)->node, 0);
        CHECK(!dry_run_stream(&self, 0)->readonly);
        dry_run_answer(&self, 0, "$1\r\nx\r\n");
        dry_run_expect_again(&self, "");
        dry_run_expect(&self, 0, "$x");
        dry_run_close(&self);
    }
}

/* A primary that refuses is waited for: nobody else has what it has. */
static void a_primary_that_cannot_serve_is_waited_for(void)
{
    dry_run self;
    replica_read(&self, 0);
    rc_pool_mark_unfit(&self.nodes.pool, 2);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    CHECK_INT(dry_run_stream(&self, 0)->node, 0);
    dry_run_answer(&self, 0, "-LOADING\r\n");
    dry_run_expect_again(&self, "0");
    CHECK(self.execution->delay > 0);
    CHECK(fit(&self, 0));
    dry_run_close(&self);
}

/* So is a replica that a command was meant for: it would only be asked again, and at once. */
static void a_pinned_read_does_not_fall_back(void)
{
    dry_run self;
    replica_read(&self, RC_COMMAND_PINNED);
    dry_run_answer(&self, 0, "-LOADING\r\n");
    dry_run_expect_again(&self, "0");
    CHECK(self.execution->delay > 0);
    dry_run_close(&self);
}

static void falling_back_has_an_end(void)
{
    dry_run self;
    replica_read(&self, 0);
    self.nodes.options.retry.rounds = 3;
    int rounds = 0;
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 20);
        self.nodes.pool.unfit_until = 0; /* as if it were fit again each time */
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_answer(&self, 0, "-LOADING\r\n");
        left = dry_run_retry(&self);
    }
    CHECK_INT(rounds, 4);
    dry_run_expect(&self, 0, "REFUSED -LOADING");
    dry_run_close(&self);
}

/* ---- whole calls ---- */

static const char *all_slots(int port)
{
    return text_format("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:%d\r\n", port);
}

/* The table names the dead node for a while; then another one has taken its place. */
static void a_call_outlasts_a_failover(void)
{
    client self;
    client_start_bare(&self);
    self.nodes.options.failover_timeout = AGES;
    self.nodes.options.lost_rounds = 0;
    int dead = server_unused();
    for (int i = 0; i < 8; i++) {
        client_answer_once(&self, 0, CLUSTER_SLOTS, all_slots(dead));
    }
    client_answer(&self, 0, CLUSTER_SLOTS, all_slots(nodes_port(&self.nodes, 1)));
    client_answer(&self, 1, "SET a 1", OK);
    client_write(&self, "SET a 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+OK");
    CHECK_INT(client_seen(&self, 1, "SET a 1"), 1);
    client_stop(&self);
}

static void a_failover_that_does_not_come_ends_the_call(void)
{
    client self;
    client_start_bare(&self);
    self.nodes.options.failover_timeout = 300;
    self.nodes.options.lost_rounds = 0;
    client_answer(&self, 0, CLUSTER_SLOTS, all_slots(server_unused()));
    client_write(&self, "SET a 1");
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 299 && rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "NOT_SENT CONNECT");
    CHECK(!self.nodes.topology.fetching);
    client_stop(&self);
}

/* Nobody answers any more: the call does not wait until the failover's time is over. */
static void a_cluster_that_died_ends_the_call(void)
{
    client self;
    client_start_bare(&self);
    self.nodes.options.failover_timeout = AGES;
    self.nodes.options.lost_rounds = 1;
    client_answer_once(&self, 0, CLUSTER_SLOTS, all_slots(server_unused()));
    client_rule(&self, 0, (rule){.request = CLUSTER_SLOTS, .then = THEN_CLOSE});
    client_write(&self, "SET a 1");
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun < AGES / 4);
    client_expect_outcome(&self, 0, "NOT_SENT CONNECT");
    client_stop(&self);
}

/* A connection that another thread has, and gives back after the first fetch was given up. */
typedef struct borrowed {
    rc_pool *pool;
    rc_connection *connection;
    rc_msec until;
} borrowed;

static bool give_back_in_time(void *context)
{
    borrowed *self = context;
    if (self->connection != NULL && rc_until(self->until) == 0) {
        rc_pool_give(self->pool, self->connection, true);
        self->connection = NULL;
    }
    return false;
}

/* Nobody could be asked, as the client itself was busy: that is no reason to end the call. */
static void a_full_pool_ends_no_call(void)
{
    client self;
    client_start_bare(&self);
    self.nodes.options.failover_timeout = AGES;
    self.nodes.options.lost_rounds = 0;
    client_answer_once(&self, 0, CLUSTER_SLOTS, all_slots(server_unused()));
    client_answer(&self, 0, CLUSTER_SLOTS, all_slots(nodes_port(&self.nodes, 1)));
    client_answer(&self, 1, "SET a 1", OK);
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self.nodes.topology, 0, &no_end, &error), RC_OK);
    self.nodes.options.max_connections_per_node = 1;
    borrowed other = {.pool = &self.nodes.pool,
                      .connection = nodes_take(&self.nodes, 0, false),
                      .until = rc_now() + RC_ASK_TIMEOUT + 200};
    client_write(&self, "SET a 1");
    rc_call call = {.deadline = RC_NEVER, .interrupted = give_back_in_time, .context = &other};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    client_expect_outcome(&self, 0, "+OK");
    client_stop(&self);
}

static void the_calls_deadline_counts_before_all(void)
{
    client self;
    client_start_bare(&self);
    self.nodes.options.failover_timeout = AGES;
    client_answer(&self, 0, CLUSTER_SLOTS, all_slots(server_unused()));
    client_write(&self, "SET a 1");
    rc_call call = {.deadline = rc_now() + 200};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(rc_now() - call.deadline >= 0 && rc_now() - call.deadline < 5000);
    client_expect_outcome(&self, 0, "NOT_SENT TIMEOUT");
    client_stop(&self);
}

int main(void)
{
    RUN(what_was_not_sent_waits);
    RUN(waiting_ends_with_its_time);
    RUN(what_was_conversation_is_no_waiting);
    RUN(what_was_silence_is);
    RUN(a_few_tries_need_no_time);
    RUN(a_dead_cluster_is_not_waited_for);
    RUN(others_do_not_wait);
    RUN(the_round_waits_while_the_node_rests);
    RUN(a_lost_replica_is_not_waited_for);
    RUN(a_lost_replica_that_was_meant_is);
    RUN(lost_replicas_have_an_end);
    RUN(a_lost_primary_beside_it_is);
    RUN(a_replica_that_cannot_serve_is_avoided);
    RUN(a_primary_that_cannot_serve_is_waited_for);
    RUN(a_pinned_read_does_not_fall_back);
    RUN(falling_back_has_an_end);
    RUN(a_call_outlasts_a_failover);
    RUN(a_failover_that_does_not_come_ends_the_call);
    RUN(a_cluster_that_died_ends_the_call);
    RUN(a_full_pool_ends_no_call);
    RUN(the_calls_deadline_counts_before_all);
    return 0;
}
