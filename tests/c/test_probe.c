/* test_probe: one question, one answer, whatever the node does; the connection survives or is
 * closed.
 */
#include "check.h"
#include "nodes.h"
#include "text.h"

#include "core/topology/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct asker {
    nodes nodes;
    rc_buffer request;
    rc_reply_tree answer;
    rc_error error;
} asker;

static void start(asker *self)
{
    *self = (asker){0};
    nodes_start_bare(&self->nodes, 1);
    nodes_open(&self->nodes);
    static const char request[] = "*2\r\n$3\r\nASK\r\n$2\r\nit\r\n";
    CHECK_STATUS(rc_buffer_append(&self->request, request, sizeof request - 1), RC_OK);
}

static void stop(asker *self)
{
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
    rc_buffer_free(&self->request);
    rc_reply_tree_free(&self->answer);
}

static rc_status ask_port(asker *self, int port, rc_call *call, rc_msec patience)
{
    rc_node_id node = rc_pool_node(&self->nodes.pool, "127.0.0.1", port);
    rc_status status = rc_probe_ask(&self->nodes.pool, node, &self->request, call,
                                    rc_now() + patience, &self->answer, &self->error);
    if (status != RC_OK) {
        CHECK_STATUS(self->error.status, status);
        CHECK_INT(self->error.port, port);
        CHECK_TEXT(self->error.host, "127.0.0.1");
        CHECK(self->error.message[0] != '\0');
    }
    CHECK_INT(rc_pool_at(&self->nodes.pool, node)->taken, 0);
    return status;
}

static rc_status ask(asker *self, rc_msec patience)
{
    return ask_port(self, nodes_port(&self->nodes, 0), &no_end, patience);
}

static void answers(asker *self, const char *text)
{
    CHECK_STATUS(ask(self, 20000), RC_OK);
    CHECK_TEXT(text_reply(&self->answer, 0), text);
}

static server *node_of(asker *self)
{
    return self->nodes.server[0];
}

static void the_answer_is_recorded_alone(void)
{
    asker self;
    start(&self);
    server_once(node_of(&self), "ASK it", "*2\r\n:1\r\n$1\r\nx\r\n");
    server_once(node_of(&self), "ASK it", "+short\r\n");
    answers(&self, "[:1 $x]");
    answers(&self, "+short"); /* in place of the one before */
    CHECK_INT(self.answer.count, 1);
    server_expect(node_of(&self), "1:ASK it\n1:ASK it\n"); /* on one connection */
    stop(&self);
}

static void an_error_is_an_answer(void)
{
    asker self;
    start(&self);
    server_once(node_of(&self), "ASK it", "-ERR I do not say\r\n");
    answers(&self, "-ERR I do not say");
    answers(&self, "-ERR not in the script");
    CHECK_INT(server_accepted(node_of(&self)), 1);
    stop(&self);
}

static void answers_of_any_size_and_speed_are_whole(void)
{
    enum { LONG = 300 * 1000 };
    asker self;
    start(&self);
    char *reply = malloc(LONG + 20);
    CHECK(reply != NULL);
    memcpy(reply, "$300000\r\n", 9);
    memset(reply + 9, 'y', LONG);
    memcpy(reply + 9 + LONG, "\r\n", 3);
    server_rule(node_of(&self), (rule){.request = "ASK it", .reply = reply, .times = 1});
    server_rule(node_of(&self), (rule){.request = "ASK it", .reply = "+drip\r\n", .slice = 1});
    CHECK_STATUS(ask(&self, 20000), RC_OK);
    CHECK_INT(rc_reply_tree_item(&self.answer, 0)->size, LONG);
    CHECK(memcmp(self.answer.text.data, reply + 9, LONG) == 0);
    answers(&self, "+drip");
    free(reply);
    stop(&self);
}

/* endless is an array that is longer than what is read in one step. */
static char *endless(size_t elements)
{
    char *reply = malloc(elements * 4 + 20);
    CHECK(reply != NULL);
    char *place = reply + sprintf(reply, "*%zu\r\n", elements);
    for (size_t i = 0; i < elements; i++, place += 4) {
        memcpy(place, ":1\r\n", 5);
    }
    return reply;
}

/* Who sends without a pause must not keep the caller from looking at the time. */
static void a_step_reads_no_more_than_its_turn(void)
{
    enum { ELEMENTS = 1000000, TURN_MAX = 300 * 1024 };
    asker self;
    start(&self);
    char *reply = endless(ELEMENTS);
    server_rule(node_of(&self), (rule){.request = "ASK it", .reply = reply});
    rc_probe probe = {.pool = &self.nodes.pool,
                      .request = &self.request,
                      .answer = &self.answer,
                      .deadline = rc_now() + 20000};
    rc_node_id node = rc_pool_node(&self.nodes.pool, "127.0.0.1", nodes_port(&self.nodes, 0));
    CHECK_STATUS(rc_probe_begin(&probe, node, &no_end, RC_NEVER, &self.error), RC_OK);
    rc_io io = RC_IO_WAIT_WRITE;
    size_t most = 0;
    while (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        struct pollfd socket = {.fd = probe.connection->transport.fd, .events = probe.events};
        rc_wait(&no_end, &socket, 1, rc_now() + 5000);
        rc_wait_sleep(&no_end, rc_now() + 1); /* so that much is there */
        size_t before = probe.connection->transport.received;
        io = rc_probe_step(&probe, &self.error);
        if (probe.connection != NULL) {
            size_t read = probe.connection->transport.received - before;
            most = read > most ? read : most;
        }
    }
    CHECK_INT(io, RC_IO_OK);
    CHECK_INT(rc_reply_tree_item(&self.answer, 0)->size, ELEMENTS);
    CHECK(most > 0 && most <= TURN_MAX);
    free(reply);
    stop(&self);
}

/* No slot table is as long as this; what it would take to read it is not taken. */
static void an_answer_has_a_limit_of_its_own(void)
{
    asker self;
    start(&self);
    server_once(node_of(&self), "ASK it", "*2147483647\r\n:1\r\n");
    server_once(node_of(&self), "ASK it", "$536870912\r\nx");
    server_once(node_of(&self), "ASK it", "+next\r\n");
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(ask(&self, 20000), RC_OK);
        CHECK_INT(rc_reply_tree_item(&self.answer, 0)->type, RC_ITEM_DROPPED);
    }
    answers(&self, "+next");
    CHECK_INT(server_accepted(node_of(&self)), 3);
    stop(&self);
}

/* The next question gets its own answer, not the late one of a question that was given up. */
static void a_node_that_is_silent_times_out(void)
{
    asker self;
    start(&self);
    server_rule(node_of(&self),
                (rule){.request = "ASK it", .reply = "+late\r\n", .times = 1, .delay = 300});
    server_on(node_of(&self), "ASK it", "+next\r\n");
    rc_msec begun = rc_now();
    CHECK_STATUS(ask(&self, 80), RC_TIMEOUT);
    CHECK(rc_now() - begun >= 80 && rc_now() - begun < 10000);
    answers(&self, "+next");
    CHECK_INT(server_accepted(node_of(&self)), 2);
    stop(&self);
}

static void a_port_that_does_not_answer_times_out(void)
{
    asker self;
    start(&self);
    int port;
    server_full(&port);
    CHECK_STATUS(ask_port(&self, port, &no_end, 60), RC_TIMEOUT);
    self.nodes.options.password = "secret";
    server_deaf(&port);
    CHECK_STATUS(ask_port(&self, port, &no_end, 60), RC_TIMEOUT); /* in the handshake */
    stop(&self);
}

/* The user's timeouts are kept though the caller would wait longer. */
static void the_options_timeouts_hold(void)
{
    asker self;
    start(&self);
    self.nodes.options.socket_timeout = 60;
    server_rule(node_of(&self), (rule){.request = "ASK it"});
    rc_msec begun = rc_now();
    CHECK_STATUS(ask(&self, 20000), RC_TIMEOUT);
    self.nodes.options.connect_timeout = 60;
    int port;
    server_full(&port);
    CHECK_STATUS(ask_port(&self, port, &no_end, 20000), RC_TIMEOUT);
    CHECK(rc_now() - begun >= 119 && rc_now() - begun < 10000);
    stop(&self);
}

static bool yes(void *context)
{
    (void)context;
    return true;
}

static void an_interruption_ends_it(void)
{
    asker self;
    start(&self);
    server_rule(node_of(&self), (rule){.request = "ASK it", .times = 1});
    rc_call call = {.deadline = RC_NEVER, .interrupted = yes};
    rc_msec begun = rc_now();
    CHECK_STATUS(ask_port(&self, nodes_port(&self.nodes, 0), &call, 20000), RC_INTERRUPTED);
    CHECK(rc_now() - begun < 10000);
    CHECK_INT(self.nodes.pool.connections, 0);
    stop(&self);
}

static void fails(const char *reply, server_then then, rc_status status)
{
    asker self;
    start(&self);
    server_rule(node_of(&self),
                (rule){.request = "ASK it", .reply = reply, .then = then, .times = 1});
    server_on(node_of(&self), "ASK it", "+well\r\n");
    CHECK_STATUS(ask(&self, 20000), status);
    answers(&self, "+well"); /* on another connection */
    CHECK_INT(server_accepted(node_of(&self)), 2);
    stop(&self);
}

static void a_broken_conversation_is_told(void)
{
    fails(NULL, THEN_CLOSE, RC_CLOSED);
    fails("$5\r\nab", THEN_CLOSE, RC_CLOSED);
    fails(NULL, THEN_RESET, RC_CLOSED);
    fails("what is this\r\n", THEN_GO_ON, RC_PROTOCOL);
    fails("*1\r\n*1\r\n$x\r\n", THEN_GO_ON, RC_PROTOCOL);
}

/* A reply too many is nobody's: the answer counts, the connection does not. */
static void an_answer_too_many_costs_the_connection(void)
{
    asker self;
    start(&self);
    server_once(node_of(&self), "ASK it", "+one\r\n+two\r\n");
    server_on(node_of(&self), "ASK it", "+three\r\n");
    answers(&self, "+one");
    answers(&self, "+three");
    CHECK_INT(server_accepted(node_of(&self)), 2);
    stop(&self);
}

static void nobody_there_is_told(void)
{
    asker self;
    start(&self);
    CHECK_STATUS(ask_port(&self, server_unused(), &no_end, 20000), RC_CONNECT);
    self.nodes.options.password = "wrong";
    server_on(node_of(&self), "AUTH wrong", "-WRONGPASS no\r\n");
    CHECK_STATUS(ask(&self, 20000), RC_AUTH);
    CHECK(strncmp(self.error.message, "AUTH was refused: WRONGPASS", 27) == 0);
    stop(&self);
}

static void a_full_pool_is_waited_for(void)
{
    asker self;
    start(&self);
    self.nodes.options.max_connections = 1;
    rc_connection *only = nodes_take(&self.nodes, 0, false);
    rc_msec begun = rc_now();
    rc_status status = rc_probe_ask(&self.nodes.pool, 0, &self.request, &no_end, begun + 60,
                                    &self.answer, &self.error);
    CHECK(status == RC_POOL_FULL || status == RC_TIMEOUT);
    CHECK(rc_now() - begun < 10000);
    rc_pool_give(&self.nodes.pool, only, true);
    answers(&self, "-ERR not in the script");
    stop(&self);
}

static asker shared;

static void without_memory_it_says_so(void)
{
    fail_begin();
    rc_status status = rc_probe_ask(&shared.nodes.pool, 0, &shared.request, &no_end, RC_NEVER,
                                    &shared.answer, &shared.error);
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    if (failed) {
        answers(&shared, "[$some [:1 :2 +three] $text]");
    }
    rc_pool_disconnect(&shared.nodes.pool); /* the next one begins at the beginning */
    rc_reply_tree_free(&shared.answer);
}

int main(void)
{
    RUN(the_answer_is_recorded_alone);
    RUN(an_error_is_an_answer);
    RUN(answers_of_any_size_and_speed_are_whole);
    RUN(a_step_reads_no_more_than_its_turn);
    RUN(an_answer_has_a_limit_of_its_own);
    RUN(a_node_that_is_silent_times_out);
    RUN(a_port_that_does_not_answer_times_out);
    RUN(the_options_timeouts_hold);
    RUN(an_interruption_ends_it);
    RUN(a_broken_conversation_is_told);
    RUN(an_answer_too_many_costs_the_connection);
    RUN(nobody_there_is_told);
    RUN(a_full_pool_is_waited_for);
    start(&shared);
    shared.nodes.options.password = "secret";
    server_on(node_of(&shared), "AUTH secret", "+OK\r\n");
    server_on(node_of(&shared), "ASK it",
              "*3\r\n$4\r\nsome\r\n*3\r\n:1\r\n:2\r\n+three\r\n$4\r\ntext\r\n");
    CHECK_INT(rc_pool_node(&shared.nodes.pool, "127.0.0.1", nodes_port(&shared.nodes, 0)), 0);
    FAIL_EACH(without_memory_it_says_so);
    stop(&shared);
    return 0;
}
