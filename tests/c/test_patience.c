/* patience: a call ends when its time is over, a node is silent too long or a signal comes. */
#include "check.h"
#include "client.h"

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
    client_became(&self, 0, "UNKNOWN TIMEOUT");
    client_became(&self, 1, "UNKNOWN TIMEOUT");
    client_became(&self, 2, "+OK");
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
        client_became(&self, i, "+OK");
    }
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
    client_became(&self, 0, "NOT_SENT TIMEOUT");
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
    client_became(&self, 0, "NOT_SENT TIMEOUT");
    client_became(&self, 1, "+OK");
    client_became(&self, 2, "UNKNOWN TIMEOUT");
    client_works(&self);
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
    client_became(&self, 0, "UNKNOWN INTERRUPTED");
    client_became(&self, 1, "+OK");
    client_works(&self);
    client_stop(&self);
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
    client_became(&self, 0, "NOT_SENT INTERRUPTED");
    client_works(&self);
    client_stop(&self);
}

int main(void)
{
    RUN(a_silent_node_times_out);
    RUN(a_slow_node_does_not);
    RUN(connecting_times_out);
    RUN(the_calls_deadline_ends_it);
    RUN(an_interruption_ends_it_at_once);
    RUN(an_interruption_ends_a_pause);
    return 0;
}
