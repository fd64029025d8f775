/* test_timeouts: a call ends when its time is over, a node is silent too long or a signal comes. */
#include "check.h"
#include "client.h"

#include <signal.h>
#include <time.h>

static void a_silent_node_times_out(void)
{
    client self;
    client_start(&self);
    self.nodes.options.socket_timeout = 100;
    client_rule(&self, 0, (rule){.request = "SET b 1"});
    client_rule(&self, 0, (rule){.request = "GET c"});
    client_answer(&self, 1, "SET a 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_read(&self, "GET c");
    client_write(&self, "SET a 1");
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 200 && rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    client_expect_outcome(&self, 1, "UNKNOWN TIMEOUT");
    client_expect_outcome(&self, 2, "+OK");
    CHECK_INT(client_seen(&self, 0, "SET b 1"), 1);
    CHECK_INT(client_seen(&self, 0, "GET c"), 1 + self.nodes.options.timeout_rounds);
    self.nodes.options.socket_timeout = -1;
    client_works(&self);
    client_stop(&self);
}

/* Each sign of life gives the node more time. */
static void a_slow_node_does_not(void)
{
    client self;
    client_start(&self);
    self.nodes.options.socket_timeout = 300;
    client_rule(&self, 0, (rule){.request = "SET b 1", .reply = "+OK\r\n", .delay = 80});
    for (int i = 0; i < 8; i++) {
        client_write(&self, "SET b 1");
    }
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 500);
    for (size_t i = 0; i < 8; i++) {
        client_expect_outcome(&self, i, "+OK");
    }
    client_stop(&self);
}

static void a_command_that_blocks_has_its_own_time_beside(void)
{
    client self;
    client_start(&self);
    self.nodes.options.socket_timeout = 200;
    client_rule(&self, 0, (rule){.request = "BLPOP b", .reply = "*-1\r\n", .delay = 500});
    client_rule(&self, 0, (rule){.request = "SET b 1", .reply = "+OK\r\n"});
    client_rule(&self, 0, (rule){.request = "SET c 1"});
    for (int i = 0; i < 2; i++) {
        client_write(&self, "BLPOP b");
        CHECK_STATUS(rc_batch_block(&self.batch, 500), RC_OK);
    }
    client_write(&self, "SET b 1");
    client_write(&self, "SET c 1");
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 1200 && rc_now() - begun < 1600);
    client_expect_outcome(&self, 0, "nil");
    client_expect_outcome(&self, 1, "nil");
    client_expect_outcome(&self, 2, "+OK");
    client_expect_outcome(&self, 3, "UNKNOWN TIMEOUT");
    client_stop(&self);
}

/* Bytes that come meanwhile do not begin its own time anew; without end it is the call's to end. */
static void its_own_time_begins_once(void)
{
    client self;
    client_start(&self);
    self.nodes.options.socket_timeout = 150;
    client_rule(&self, 0, (rule){.request = "BLPOP b"});
    client_write(&self, "BLPOP b");
    CHECK_STATUS(rc_batch_block(&self.batch, 300), RC_OK);
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 449 && rc_now() - begun < 800);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    rc_batch_clear(&self.batch);
    client_write(&self, "BLPOP b");
    CHECK_STATUS(rc_batch_block(&self.batch, RC_NEVER), RC_OK);
    begun = rc_now();
    rc_call call = {.deadline = begun + 700};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(rc_now() - begun >= 699 && rc_now() - begun < 1000);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    client_stop(&self);
}

static void connecting_times_out(void)
{
    client self;
    client_start(&self);
    self.nodes.options.connect_timeout = 60;
    self.nodes.options.timeout_rounds = 0;
    int port;
    server_full(&port);
    client_write(&self, "SET a 1");
    self.batch.commands[0].flags = RC_COMMAND_PINNED;
    self.batch.commands[0].node = rc_pool_node(&self.nodes.pool, "127.0.0.1", port);
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "NOT_SENT TIMEOUT");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message, "connecting");
    client_stop(&self);
}

static void the_calls_deadline_ends_it(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "SET b 1"});
    client_answer(&self, 0, "SET c 1", "-LOADING\r\n");
    client_answer(&self, 1, "SET a 1", "-TRYAGAIN\r\n");
    client_answer(&self, 1, "SET d 1", "+OK\r\n");
    self.nodes.options.retry.delay = 10000;
    self.nodes.options.retry.delay_max = 10000;
    client_write(&self, "SET a 1");
    client_write(&self, "SET d 1");
    client_write(&self, "SET b 1");
    rc_call call = {.deadline = rc_now() + 150};
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(rc_now() - begun >= 149 && rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "REFUSED TIMEOUT");
    client_expect_outcome(&self, 1, "+OK");
    client_expect_outcome(&self, 2, "UNKNOWN TIMEOUT");
    client_works(&self);
    client_stop(&self);
}

/* A single command waits in another way than many; its end is the same. */
static void a_lone_commands_time_is_the_same(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "SET b 1"});
    client_write(&self, "SET b 1");
    rc_msec begun = rc_now();
    rc_call call = {.deadline = begun + 600};
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(rc_now() - begun >= 599 && rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    self.nodes.options.socket_timeout = 400;
    begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 399 && rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    client_works(&self);
    client_stop(&self);
}

static void a_slow_reply_to_a_lone_command_is_waited_for(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "GET b", .reply = "$5\r\nhello\r\n", .delay = 700});
    client_rule(&self, 0, (rule){.request = "GET c", .reply = "$3\r\nabc\r\n", .slice = 1});
    client_read(&self, "GET b");
    client_run(&self);
    client_expect_outcome(&self, 0, "$hello");
    rc_batch_clear(&self.batch);
    client_read(&self, "GET c");
    client_run(&self);
    client_expect_outcome(&self, 0, "$abc");
    CHECK_INT(server_accepted(self.nodes.server[0]), 1);
    client_stop(&self);
}

/* ---- interruption ---- */

static bool yes(void *context)
{
    ++*(int *)context;
    return true;
}

static void an_interruption_ends_it_at_once(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "SET b 1"});
    client_answer(&self, 1, "SET a 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_write(&self, "SET a 1");
    int questions = 0;
    rc_call call = {.deadline = RC_NEVER, .interrupted = yes, .context = &questions};
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_INTERRUPTED);
    CHECK(rc_now() - begun < 5000);
    CHECK_INT(questions, 1);
    client_expect_outcome(&self, 0, "UNKNOWN INTERRUPTED");
    client_expect_outcome(&self, 1, "+OK");
    client_works(&self);
    client_stop(&self);
}

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    signalled = number;
}

static bool was_signalled(void *context)
{
    (void)context;
    return signalled != 0;
}

/* A signal ends a call long before the next regular question, whatever the call is waiting for. */
static void a_signal_ends_it_at_once(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    struct itimerspec every = {.it_interval.tv_nsec = 20000000, .it_value.tv_nsec = 20000000};
    struct itimerspec never = {0};
    for (int commands = 1; commands <= 2; commands++) {
        client self;
        client_start(&self);
        client_rule(&self, 0, (rule){.request = "SET b 1"});
        client_rule(&self, 1, (rule){.request = "SET a 1"});
        client_write(&self, "SET b 1");
        if (commands == 2) {
            client_write(&self, "SET a 1");
        }
        signalled = 0;
        rc_call call = {.deadline = RC_NEVER, .interrupted = was_signalled};
        rc_msec begun = rc_now();
        CHECK(timer_settime(timer, 0, &every, NULL) == 0);
        CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_INTERRUPTED);
        CHECK(timer_settime(timer, 0, &never, NULL) == 0);
        CHECK(rc_now() - begun < 200);
        client_expect_outcome(&self, 0, "UNKNOWN INTERRUPTED");
        client_works(&self);
        client_stop(&self);
    }
    timer_delete(timer);
}

static void an_interruption_ends_a_pause(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "SET b 1", "-TRYAGAIN\r\n");
    self.nodes.options.retry.delay = 60 * 1000;
    self.nodes.options.retry.delay_max = 60 * 1000;
    client_write(&self, "SET b 1");
    int questions = 0;
    rc_call call = {.deadline = RC_NEVER, .interrupted = yes, .context = &questions};
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_INTERRUPTED);
    CHECK(rc_now() - begun < 5000);
    client_expect_outcome(&self, 0, "REFUSED INTERRUPTED");
    client_works(&self);
    client_stop(&self);
}

static rc_status run_interrupted(client *self)
{
    int questions = 0;
    rc_call call = {.deadline = RC_NEVER, .interrupted = yes, .context = &questions};
    rc_msec begun = rc_now();
    rc_status status = rc_executor_execute(&self->nodes.executor, &self->batch, &call);
    CHECK(rc_now() - begun < 5000);
    return status;
}

/* Also while it waits for a connection of the pool: then nothing has begun. */
static void an_interruption_ends_a_wait_for_the_pool(void)
{
    client self;
    client_start(&self);
    self.nodes.options.max_connections_per_node = 1;
    self.nodes.options.pool_timeout = -1;
    rc_connection *held[] = {nodes_take(&self.nodes, 0, false), nodes_take(&self.nodes, 1, false)};
    client_write(&self, "SET b 1");
    client_write(&self, "SET a 1");
    CHECK_STATUS(run_interrupted(&self), RC_INTERRUPTED);
    client_expect_outcome(&self, 0, "NOT_SENT INTERRUPTED");
    client_expect_outcome(&self, 1, "NOT_SENT INTERRUPTED");
    CHECK_INT(client_seen(&self, 1, "*"), 0);
    rc_pool_give(&self.nodes.pool, held[0], true);
    rc_pool_give(&self.nodes.pool, held[1], true);
    client_works(&self);
    client_stop(&self);
}

/* Also while the slot table is fetched between two rounds. */
static void an_interruption_ends_a_refresh(void)
{
    client self;
    client_start_bare(&self);
    client_answer_once(&self, 0, CLUSTER_SLOTS, nodes_table(&self.nodes, 0, 2));
    client_rule(&self, 0, (rule){.request = CLUSTER_SLOTS});
    client_rule(&self, 1, (rule){.request = CLUSTER_SLOTS});
    client_answer(&self, 0, "SET b 1", "-READONLY\r\n");
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self.nodes.topology, 0, &no_end, &error), RC_OK);
    client_write(&self, "SET b 1");
    CHECK_STATUS(run_interrupted(&self), RC_INTERRUPTED);
    client_expect_outcome(&self, 0, "REFUSED INTERRUPTED");
    client_works(&self);
    client_stop(&self);
}

int main(void)
{
    RUN(a_silent_node_times_out);
    RUN(a_slow_node_does_not);
    RUN(a_command_that_blocks_has_its_own_time_beside);
    RUN(its_own_time_begins_once);
    RUN(connecting_times_out);
    RUN(the_calls_deadline_ends_it);
    RUN(a_lone_commands_time_is_the_same);
    RUN(a_slow_reply_to_a_lone_command_is_waited_for);
    RUN(an_interruption_ends_it_at_once);
    RUN(a_signal_ends_it_at_once);
    RUN(an_interruption_ends_a_pause);
    RUN(an_interruption_ends_a_wait_for_the_pool);
    RUN(an_interruption_ends_a_refresh);
    return 0;
}
