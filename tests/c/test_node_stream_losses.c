/* test_node_stream_losses: a conversation that breaks, ends early or never begins leaves each
 * command what it was. */
#include "check.h"
#include "stream_fixture.h"
#include "text.h"

/* ---- losses ---- */

/* Answered, sent without an answer, not sent whole: three kinds, told apart by the last byte. */
static void a_lost_peer_leaves_each_what_it_was(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "GET *", "$1\r\nx\r\n");
    server_rule(stream_fixture_server(&self), (rule){.request = "SET b 1", .then = THEN_CLOSE});
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "SET b 1");
    stream_fixture_queue(&self, "SET b 2");
    stream_fixture_queue_long(&self, "c", 40 * 1000 * 1000);
    stream_fixture_queue(&self, "SET d 1");
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "$x"); /* which arrived before the writing failed */
    stream_fixture_expect(&self, 1, "$x");
    stream_fixture_expect(&self, 2, "UNKNOWN CLOSED");
    stream_fixture_expect(&self, 3, "UNKNOWN CLOSED");
    stream_fixture_expect(&self, 4, "NOT_SENT CLOSED");
    stream_fixture_expect(&self, 5, "NOT_SENT CLOSED");
    CHECK(self.stream.lost);
    CHECK_INT(stream_fixture_idle(&self), 0);
    const rc_error *error = rc_batch_error(&self.batch, &self.batch.commands[2]);
    CHECK_TEXT(error->host, "127.0.0.1");
    CHECK_INT(error->port, nodes_port(&self.nodes, 0));
    stream_fixture_stop(&self);
}

static void loses(const char *reply, server_then then, const char *outcome)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "GET a", "+fine\r\n");
    server_rule(stream_fixture_server(&self),
                (rule){.request = "GET b", .reply = reply, .then = then});
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_begin(&self, self.in_order, 3);
    stream_fixture_step(&self, 20000);
    stream_fixture_expect(&self, 0, "+fine");
    stream_fixture_expect(&self, 1, outcome);
    stream_fixture_expect(&self, 2, outcome);
    CHECK(self.stream.lost && self.stream.connection == NULL);
    CHECK_INT(stream_fixture_idle(&self), 0);
    stream_fixture_stop(&self);
}

static void a_broken_conversation_is_told(void)
{
    loses(NULL, THEN_CLOSE, "UNKNOWN CLOSED");
    loses(NULL, THEN_RESET, "UNKNOWN CLOSED");
    loses("$10\r\nabc", THEN_CLOSE, "UNKNOWN CLOSED");
    loses("*2\r\n:1\r\n", THEN_CLOSE, "UNKNOWN CLOSED");
    loses("HTTP/1.1 200 OK\r\n", THEN_GO_ON, "UNKNOWN PROTOCOL");
    loses("*1\r\n?\r\n", THEN_GO_ON, "UNKNOWN PROTOCOL");
}

/* The last reply has its command; what follows has none, and spoils the connection. */
static void a_reply_too_many_costs_the_connection(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "GET a", "+one\r\n+two\r\n");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "+one");
    CHECK_INT(stream_fixture_idle(&self), 0);
    server_wait_ended(stream_fixture_server(&self), 1);
    stream_fixture_stop(&self);
}

/* What comes before anything was asked is no command's reply. */
static void a_reply_to_nothing_is_told(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_rule(stream_fixture_server(&self),
                (rule){.request = ON_CONNECT, .reply = "-ERR who is there?\r\n"});
    stream_fixture_queue_long(&self, "c", 40 * 1000 * 1000);
    stream_fixture_begin(&self, self.in_order, 1);
    stream_fixture_step(&self, 20000);
    stream_fixture_expect(&self, 0, "NOT_SENT PROTOCOL");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message, "who is there?");
    stream_fixture_stop(&self);
}

static void turns_away(const char *reply, const char *outcome)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_rule(stream_fixture_server(&self),
                (rule){.request = ON_CONNECT, .reply = reply, .then = THEN_CLOSE});
    stream_fixture_queue(&self, "SET a 1");
    stream_fixture_queue(&self, "SET a 2");
    stream_fixture_begin(&self, self.in_order, 2);
    stream_fixture_step(&self, 20000);
    stream_fixture_expect(&self, 0, outcome);
    stream_fixture_expect(&self, 1, outcome);
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message, "max number");
    CHECK_INT(stream_fixture_idle(&self), 0);
    stream_fixture_stop(&self);
}

/* A server that has its clients already says so to the next one, and reads nothing of it. */
static void what_a_full_server_says_is_no_reply(void)
{
    turns_away("-ERR max number of clients reached\r\n", "NOT_SENT CONNECT");
    turns_away("-ERR max number of clients + cluster connections reached\r\n", "NOT_SENT CONNECT");
}

/* Of a connection that has been of use it is the reply to a command: some script's, perhaps. */
static void later_on_it_is_a_reply(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "GET a", "+fine\r\n");
    server_on(stream_fixture_server(&self), "EVAL s 0", "-ERR max number of clients reached\r\n");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_run_all(&self);
    stream_fixture_queue(&self, "EVAL s 0");
    stream_fixture_begin(&self, self.in_order + 1, 1);
    stream_fixture_step(&self, 20000);
    stream_fixture_expect(&self, 1, "-ERR max number of clients reached");
    stream_fixture_stop(&self);
}

/* A script that says so has run, even if it is the first command of all. */
static void a_script_that_says_so_may_have_run(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "EVAL s 0", "-ERR max number of clients reached\r\n");
    text_queue(&self.batch, "EVAL s 0", RC_COMMAND_OPAQUE);
    stream_fixture_begin(&self, self.in_order, 1);
    stream_fixture_step(&self, 20000);
    stream_fixture_expect(&self, 0, "UNKNOWN CONNECT");
    stream_fixture_stop(&self);
}

/* ---- ends that the caller makes ---- */

static void the_caller_can_end_it(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "GET a", "+fine\r\n");
    server_rule(stream_fixture_server(&self), (rule){.request = "GET b"});
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_begin(&self, self.in_order, 3);
    stream_fixture_step(&self, 100);
    CHECK(self.stream.events != 0);
    rc_node_stream_fail(&self.stream, &self.nodes.pool, RC_TIMEOUT, "too slow");
    CHECK_INT(self.stream.events, 0);
    stream_fixture_expect(&self, 0, "+fine");
    stream_fixture_expect(&self, 1, "UNKNOWN TIMEOUT");
    stream_fixture_expect(&self, 2, "UNKNOWN TIMEOUT");
    CHECK_TEXT(rc_batch_error(&self.batch, &self.batch.commands[1])->message, "too slow");
    CHECK_INT(stream_fixture_idle(&self), 0);
    stream_fixture_stop(&self);
}

static void the_deadline_moves_with_progress(void)
{
    static char scratch[RC_SCRATCH];
    stream_fixture self;
    stream_fixture_start(&self);
    self.nodes.options.socket_timeout = 500;
    self.nodes.options.connect_timeout = 7000;
    server_rule(stream_fixture_server(&self),
                (rule){.request = "GET a", .reply = "+fine\r\n", .delay = 50});
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_begin(&self, self.in_order, 3);
    CHECK(self.stream.deadline > rc_now() + 5000); /* it is connecting */
    rc_msec last = 0;
    while (self.stream.events != 0) {
        struct pollfd socket = {.fd = self.stream.connection->transport.fd,
                                .events = self.stream.events};
        rc_wait(&no_end, &socket, 1, rc_now() + 20000);
        size_t before = self.stream.received;
        rc_node_stream_step(&self.stream, &self.nodes.pool, socket.revents, scratch);
        if (self.stream.received > before && self.stream.events != 0) {
            CHECK(self.stream.deadline > last && self.stream.deadline <= rc_now() + 500);
            last = self.stream.deadline;
        }
    }
    stream_fixture_expect(&self, 1, "+fine");
    stream_fixture_stop(&self);
}

/* ---- beginnings that fail ---- */

static void without_a_connection_nothing_is_sent(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    stream_fixture_queue(&self, "SET a 1");
    self.nodes.options.max_connections = 1;
    rc_connection *only = nodes_take(&self.nodes, 0, false);
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "NOT_SENT POOL_FULL");
    rc_pool_give(&self.nodes.pool, only, true);
    self.nodes.options.password = "wrong";
    rc_pool_disconnect(&self.nodes.pool);
    server_on(stream_fixture_server(&self), "AUTH wrong", "-WRONGPASS no\r\n");
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "NOT_SENT AUTH");
    rc_node_id nowhere = rc_pool_node(&self.nodes.pool, "127.0.0.1", server_unused());
    self.stream = (rc_node_stream){
        .batch = &self.batch, .node = nowhere, .commands = self.in_order, .count = 1};
    rc_node_stream_start(&self.stream, &self.nodes.pool, &no_end, 0);
    stream_fixture_step(&self, 20000);
    stream_fixture_expect(&self, 0, "NOT_SENT CONNECT");
    CHECK_INT(self.nodes.pool.connections, 0);
    stream_fixture_stop(&self);
}

static void tls_is_lost_in_the_same_way(void)
{
    certificate cert;
    certificate_make(&cert, "IP:127.0.0.1");
    stream_fixture self;
    stream_fixture_start_tls(&self, &cert);
    server_on(stream_fixture_server(&self), "GET *", "$1\r\nx\r\n");
    server_rule(stream_fixture_server(&self), (rule){.request = "SET b 1", .then = THEN_CLOSE});
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "SET b 1");
    stream_fixture_queue(&self, "SET b 2");
    stream_fixture_queue_long(&self, "c", 40 * 1000 * 1000);
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "$x");
    stream_fixture_expect(&self, 1, "UNKNOWN CLOSED");
    stream_fixture_expect(&self, 2, "UNKNOWN CLOSED");
    stream_fixture_expect(&self, 3, "NOT_SENT CLOSED");
    CHECK_INT(stream_fixture_idle(&self), 0);
    stream_fixture_stop(&self);
    certificate_remove(&cert);
}

int main(void)
{
    RUN(a_lost_peer_leaves_each_what_it_was);
    RUN(a_broken_conversation_is_told);
    RUN(a_reply_too_many_costs_the_connection);
    RUN(a_reply_to_nothing_is_told);
    RUN(what_a_full_server_says_is_no_reply);
    RUN(later_on_it_is_a_reply);
    RUN(a_script_that_says_so_may_have_run);
    RUN(the_caller_can_end_it);
    RUN(the_deadline_moves_with_progress);
    RUN(without_a_connection_nothing_is_sent);
    RUN(tls_is_lost_in_the_same_way);
    return 0;
}
