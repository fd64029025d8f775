/* test_session: a conversation that goes on, whoever is slow, late or gone. */
#include "certificate.h"
#include "check.h"
#include "session_fixture.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- talking ---- */

static void replies_come_in_order_and_wait_to_be_asked_for(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_on(session_fixture_node(&self), "GO", "+a\r\n*2\r\n:1\r\n$1\r\nb\r\n-ERR c\r\n$-1\r\n");
    session_fixture_ask(&self, "GO", 0, "");
    session_fixture_receive(&self, "+a");
    session_fixture_ask(&self, NULL, 2, "[:1 $b] -ERR c");
    session_fixture_ask(&self, "GO", 2, "nil +a");
    session_fixture_ask(&self, NULL, 3, "[:1 $b] -ERR c nil");
    CHECK_STATUS(session_fixture_exchange(&self, NULL, 1, 0), RC_TIMEOUT);
    CHECK(rc_session_usable(self.session));
    server_expect(session_fixture_node(&self), "1:GO\n1:GO\n");
    session_fixture_stop(&self);
}

/* Who sends reads first; what was received before, and not looked at yet, is not overwritten. */
static void a_send_loses_no_reply_that_has_been_received(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = "+a\r\n+b\r\n+c\r\n", .slice = 8});
    session_fixture_ask(&self, "GO", 1, "+a"); /* +b has come with it */
    usleep(50 * 1000);                         /* and +c has come now, but is not received yet */
    session_fixture_ask(&self, "GO", 0, "");
    session_fixture_ask(&self, NULL, 3, "+b +c +a");
    session_fixture_ask(&self, NULL, 2, "+b +c");
    session_fixture_stop(&self);
}

/* A poll takes what is there, and does not wait for more. */
static void a_poll_takes_what_is_there(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_on(session_fixture_node(&self), "GO", "+a\r\n+b\r\n");
    session_fixture_ask(&self, "GO", 1, "+a");
    CHECK_STATUS(session_fixture_exchange(&self, NULL, 1, 0), RC_OK);
    session_fixture_expect(&self, "+b");
    rc_msec begun = rc_now();
    CHECK_STATUS(session_fixture_exchange(&self, NULL, 1, 60), RC_TIMEOUT);
    CHECK(rc_now() - begun >= 60 && rc_now() - begun < 10000);
    session_fixture_stop(&self);
}

/* What a short wait has left half read is read on, however often it is cut. */
static void a_timeout_in_the_middle_of_a_reply_loses_nothing(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO",
                       .reply = "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$4\r\ndata\r\n$3\r\nend\r\n",
                       .slice = 1});
    session_fixture_ask(&self, "GO", 0, "");
    int cuts = 0;
    while (session_fixture_exchange(&self, NULL, 1, 1) == RC_TIMEOUT) {
        CHECK_INT(self.x.received, 0);
        cuts++;
    }
    CHECK(cuts > 0 && cuts < 10000);
    session_fixture_expect(&self, "[$message $ch $data]");
    session_fixture_receive(&self, "$end");
    session_fixture_stop(&self);
}

/* Bytes that come slowly are progress; a wait without any is not. */
static void patience_is_for_silence(void)
{
    session_fixture self;
    session_fixture_start(&self);
    char reply[220] = "$200\r\n";
    memset(reply + 6, 'x', 200);
    memcpy(reply + 206, "\r\n", 3);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = reply, .slice = 1, .times = 1});
    server_rule(session_fixture_node(&self), (rule){.request = "GO"});
    self.x = (rc_exchange){.data = "*1\r\n$2\r\nGO\r\n",
                           .length = 12,
                           .replies = 1,
                           .tree = &self.tree,
                           .until = RC_NEVER,
                           .patience = 150};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_OK);
    rc_msec begun = rc_now();
    self.x.sent = self.x.received = 0;
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_TIMEOUT);
    CHECK(rc_now() - begun >= 150 && rc_now() - begun < 10000);
    CHECK_INT(self.x.sent, 12);
    CHECK(rc_session_usable(self.session));
    session_fixture_stop(&self);
}

/* ---- silence ---- */

static size_t looked;

static rc_status look(void *context, rc_node_id node, rc_call *call, rc_error *error)
{
    const rc_status *seen = context;
    CHECK_INT(node, 0);
    CHECK(call->deadline != 0);
    return rc_error_of(error, seen[looked++]);
}

/* ask_a_silent_node sends a word that is not answered, and looks after the node meanwhile. */
static rc_status ask_a_silent_node(session_fixture *self, rc_status *seen, rc_msec silence,
                                   rc_msec timeout)
{
    looked = 0;
    self->x = (rc_exchange){.data = "*1\r\n$2\r\nGO\r\n",
                            .length = 12,
                            .replies = 1,
                            .tree = &self->tree,
                            .until = rc_deadline(timeout),
                            .patience = 20000,
                            .silence = silence,
                            .look = look,
                            .context = seen};
    return rc_session_exchange(self->session, &self->x, &no_end, &self->error);
}

static void a_node_that_is_gone_twice_in_a_row_is_waited_for_no_longer(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self), (rule){.request = "GO"});
    rc_status seen[] = {RC_OK, RC_CLOSED, RC_OK, RC_CLOSED, RC_CLOSED};
    CHECK_STATUS(ask_a_silent_node(&self, seen, 10, 20000), RC_CLOSED);
    CHECK_INT(looked, 5);
    CHECK_INT(self.error.port, nodes_port(&self.nodes, 0));
    CHECK_INT(self.x.sent, 12);
    CHECK(!rc_session_usable(self.session));
    session_fixture_stop(&self);
}

static void a_look_that_is_interrupted_ends_the_wait_but_not_the_session(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self), (rule){.request = "GO"});
    rc_status seen[] = {RC_CLOSED, RC_INTERRUPTED};
    CHECK_STATUS(ask_a_silent_node(&self, seen, 10, 20000), RC_INTERRUPTED);
    CHECK_INT(looked, 2);
    CHECK(rc_session_usable(self.session));
    session_fixture_stop(&self);
}

static void a_node_is_left_alone_until_it_is_silent_for_long(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self), (rule){.request = "GO"});
    CHECK_STATUS(ask_a_silent_node(&self, NULL, 20000, 50), RC_TIMEOUT);
    CHECK_INT(looked, 0);
    CHECK(rc_session_usable(self.session));
    session_fixture_stop(&self);
}

enum { BIG = 1000 * 1000, TIMES = 24 };

static char *many_big_requests(size_t *length)
{
    static const char head[] = "*2\r\n$3\r\nBIG\r\n$1000000\r\n";
    size_t each = sizeof head - 1 + BIG + 2;
    char *data = malloc(TIMES * each);
    CHECK(data != NULL);
    memset(data, 'x', TIMES * each);
    for (size_t i = 0; i < TIMES; i++) {
        memcpy(data + i * each, head, sizeof head - 1);
        memcpy(data + (i + 1) * each - 2, "\r\n", 2);
    }
    *length = TIMES * each;
    return data;
}

/* The server reads nothing while it answers: who only sends would wait for it for ever. */
static void answers_to_a_long_send_are_read_meanwhile(size_t replies, bool tls)
{
    session_fixture self;
    certificate cert;
    session_fixture_prepare(&self);
    if (tls) {
        certificate_make(&cert, "IP:127.0.0.1");
        nodes_close(&self.nodes);
        server_stop(self.nodes.server[0]);
        self.nodes.server[0] = server_start_tls(certificate_server(&cert, false));
        self.nodes.options.tls.on = true;
        self.nodes.options.tls.ca_file = cert.cert_file;
        nodes_open(&self.nodes);
        rc_pool_node(&self.nodes.pool, "127.0.0.1", nodes_port(&self.nodes, 0));
    }
    CHECK_STATUS(session_fixture_open(&self), RC_OK);
    char *reply = malloc(BIG + 20);
    CHECK(reply != NULL);
    memset(reply, 'y', BIG + 12);
    memcpy(reply, "$1000000\r\n", 10);
    memcpy(reply + 10 + BIG, "\r\n", 3);
    server_on(session_fixture_node(&self), "BIG *", reply);
    free(reply);
    char *data = many_big_requests(&self.x.length);
    self.x.data = data;
    self.x.replies = replies;
    self.x.tree = &self.tree;
    self.x.until = RC_NEVER;
    self.x.patience = 20000;
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_OK);
    CHECK_INT(self.x.sent, self.x.length);
    CHECK_INT(self.x.received, replies);
    free(data);
    for (size_t i = replies; i < TIMES; i++) {
        CHECK_STATUS(session_fixture_exchange(&self, NULL, 1, 20000), RC_OK);
        CHECK_INT(rc_reply_tree_item(&self.tree, 0)->size, BIG);
    }
    session_fixture_stop(&self);
    if (tls) {
        certificate_remove(&cert);
    }
}

static void a_long_send_never_deadlocks(void)
{
    answers_to_a_long_send_are_read_meanwhile(TIMES, false);
    answers_to_a_long_send_are_read_meanwhile(1, false);
    answers_to_a_long_send_are_read_meanwhile(0, false);
    answers_to_a_long_send_are_read_meanwhile(2, true);
}

/* ---- ends ---- */

/* How much has happened is told: whether all was sent, and which replies came. */
static void breaks(const char *reply, server_then then, rc_status status, size_t received)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self), (rule){.request = "GO", .reply = reply, .then = then});
    CHECK_STATUS(session_fixture_exchange(&self, "GO", 3, 20000), status);
    CHECK_INT(self.x.sent, self.x.length);
    CHECK_INT(self.x.received, received);
    CHECK(!rc_session_usable(self.session));
    CHECK_STATUS(session_fixture_exchange(&self, NULL, 1, 20000), status);
    CHECK_STATUS(session_fixture_exchange(&self, "GO", 0, 20000), status);
    CHECK_INT(self.x.sent, 0);
    session_fixture_stop(&self);
}

static void a_broken_conversation_tells_how_far_it_came(void)
{
    breaks(NULL, THEN_CLOSE, RC_CLOSED, 0);
    breaks("+a\r\n:2\r\n*2\r\n:1\r\n", THEN_CLOSE, RC_CLOSED, 2);
    breaks("+a\r\nwhat is this\r\n", THEN_GO_ON, RC_PROTOCOL, 1);
    breaks(NULL, THEN_RESET, RC_CLOSED, 0);
}

/* The messages that came before the end are still there, one by one. */
static void what_came_before_the_end_is_heard(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = "+a\r\n+b\r\n+c\r\n", .then = THEN_CLOSE});
    session_fixture_ask(&self, "GO", 0, "");
    server_wait_ended(session_fixture_node(&self), 1);
    session_fixture_receive(&self, "+a");
    session_fixture_receive(&self, "+b");
    session_fixture_receive(&self, "+c");
    CHECK_STATUS(session_fixture_exchange(&self, NULL, 1, 20000), RC_CLOSED);
    session_fixture_stop(&self);
}

/* Half a request spoils the stream. */
/* A connection that the server has closed would take the bytes all the same. */
static void nothing_is_sent_to_who_has_hung_up(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = "+a\r\n", .then = THEN_CLOSE});
    session_fixture_ask(&self, "GO", 1, "+a");
    server_wait_ended(session_fixture_node(&self), 1);
    CHECK_STATUS(session_fixture_exchange(&self, "GO", 1, 20000), RC_CLOSED);
    CHECK_INT(self.x.sent, 0);
    CHECK(!rc_session_usable(self.session));
    server_expect(session_fixture_node(&self), "1:GO\n");
    session_fixture_stop(&self);
}

static void a_send_that_is_cut_off_is_the_end(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = "+a\r\n", .delay = 5000});
    session_fixture_ask(&self, "GO", 0, "");
    size_t length;
    char *data = many_big_requests(&length);
    self.x = (rc_exchange){.data = data, .length = length, .until = rc_now() + 60, .patience = -1};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_TIMEOUT);
    CHECK(self.x.sent > 0 && self.x.sent < length);
    CHECK(!rc_session_usable(self.session));
    free(data);
    session_fixture_stop(&self);
}

static bool yes(void *context)
{
    ++*(int *)context;
    return true;
}

static void an_interruption_ends_the_wait_but_not_the_session(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = "+late\r\n", .delay = 1500});
    session_fixture_ask(&self, "GO", 0, "");
    int asked = 0;
    rc_call call = {.deadline = RC_NEVER, .interrupted = yes, .context = &asked};
    self.x = (rc_exchange){.replies = 1, .tree = &self.tree, .until = RC_NEVER, .patience = -1};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &call, &self.error), RC_INTERRUPTED);
    CHECK_INT(asked, 1);
    CHECK(rc_session_usable(self.session));
    session_fixture_receive(&self, "+late");
    session_fixture_stop(&self);
}

/* ---- opening and closing ---- */

static void a_clean_connection_goes_back_to_the_pool(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_on(session_fixture_node(&self), "GO", "+a\r\n");
    server_on(session_fixture_node(&self), "TWICE", "+a\r\n+b\r\n");
    session_fixture_ask(&self, "GO", 1, "+a");
    session_fixture_ask(&self, "GO", 0, "");
    session_fixture_receive(&self, "+a");
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->taken, 1);
    rc_session_close(self.session, true);
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->idle_count, 1);
    CHECK_STATUS(session_fixture_open(&self), RC_OK);
    session_fixture_ask(&self, "TWICE", 1, "+a");
    rc_session_close(self.session, true); /* it owes a reply to nobody */
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->idle_count, 0);
    server_wait_ended(session_fixture_node(&self), 1);
    CHECK_STATUS(session_fixture_open(&self), RC_OK);
    session_fixture_ask(&self, "GO", 1, "+a");
    rc_session_close(self.session, false);
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->idle_count, 0);
    CHECK_INT(server_accepted(session_fixture_node(&self)), 2);
    self.session = NULL;
    session_fixture_stop(&self);
}

static void is_not_given_back(session_fixture *self)
{
    rc_session_close(self->session, true);
    self->session = NULL;
    CHECK_INT(rc_pool_at(&self->nodes.pool, 0)->taken, 0);
    CHECK_INT(rc_pool_at(&self->nodes.pool, 0)->idle_count, 0);
    session_fixture_stop(self);
}

/* Whoever had it next would take the reply that is still to come for his own. */
static void a_connection_that_owes_a_reply_is_closed(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = "+late\r\n", .delay = 300});
    session_fixture_ask(&self, "GO", 0, "");
    is_not_given_back(&self);

    session_fixture_start(&self);
    server_rule(session_fixture_node(&self),
                (rule){.request = "GO", .reply = "+late\r\n", .delay = 300});
    CHECK_STATUS(session_fixture_exchange(&self, "GO", 1, 0), RC_TIMEOUT);
    CHECK_INT(self.x.sent, self.x.length);
    session_fixture_ask(&self, "GO", 1, "+late"); /* the first one's */
    is_not_given_back(&self);
}

static void opening_is_greeted_and_limited(void)
{
    session_fixture self;
    session_fixture_prepare(&self);
    self.nodes.options.password = "secret";
    self.nodes.options.max_connections = 1;
    server_on(session_fixture_node(&self), "AUTH secret", "+OK\r\n");
    CHECK_STATUS(session_fixture_open(&self), RC_OK);
    rc_session *first = self.session;
    CHECK_STATUS(session_fixture_open(&self), RC_POOL_FULL);
    rc_session_close(first, false);
    CHECK_STATUS(session_fixture_open(&self), RC_OK);
    server_expect(session_fixture_node(&self), "1:AUTH secret\n2:AUTH secret\n");
    session_fixture_stop(&self);
}

static void cannot_open(session_fixture *self, int port, rc_status expected)
{
    rc_node_id node = rc_pool_node(&self->nodes.pool, "127.0.0.1", port);
    rc_session *none = NULL;
    rc_status status =
        rc_session_open(&self->nodes.pool, node, false, &no_end, &none, &self->error);
    CHECK_STATUS(status, expected);
    CHECK_STATUS(self->error.status, expected);
    CHECK_INT(self->error.port, port);
    CHECK(none == NULL);
    CHECK_INT(self->nodes.pool.connections, 0);
}

static void opening_fails_with_a_reason(void)
{
    session_fixture self;
    session_fixture_prepare(&self);
    self.nodes.options.password = "wrong";
    server_on(session_fixture_node(&self), "AUTH wrong", "-WRONGPASS no\r\n");
    cannot_open(&self, nodes_port(&self.nodes, 0), RC_AUTH);
    cannot_open(&self, server_unused(), RC_CONNECT);
    self.nodes.options.connect_timeout = 60;
    int port;
    server_deaf(&port);
    rc_msec begun = rc_now();
    cannot_open(&self, port, RC_TIMEOUT);
    CHECK(rc_now() - begun >= 60 && rc_now() - begun < 10000);
    session_fixture_stop(&self);
}

/* ---- memory ---- */

static session_fixture shared;

static void without_memory_it_says_so(void)
{
    fail_begin();
    rc_status status = session_fixture_open(&shared);
    if (status == RC_OK) {
        status = session_fixture_exchange(&shared, "GO", 2, 20000);
        rc_session_close(shared.session, true);
    }
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    shared.session = NULL;
    rc_pool_disconnect(&shared.nodes.pool);
    rc_reply_tree_free(&shared.tree);
    CHECK_INT(rc_pool_at(&shared.nodes.pool, 0)->taken, 0);
}

int main(void)
{
    RUN(replies_come_in_order_and_wait_to_be_asked_for);
    RUN(a_send_loses_no_reply_that_has_been_received);
    RUN(a_poll_takes_what_is_there);
    RUN(a_timeout_in_the_middle_of_a_reply_loses_nothing);
    RUN(patience_is_for_silence);
    RUN(a_node_that_is_gone_twice_in_a_row_is_waited_for_no_longer);
    RUN(a_look_that_is_interrupted_ends_the_wait_but_not_the_session);
    RUN(a_node_is_left_alone_until_it_is_silent_for_long);
    RUN(a_long_send_never_deadlocks);
    RUN(a_broken_conversation_tells_how_far_it_came);
    RUN(what_came_before_the_end_is_heard);
    RUN(nothing_is_sent_to_who_has_hung_up);
    RUN(a_send_that_is_cut_off_is_the_end);
    RUN(an_interruption_ends_the_wait_but_not_the_session);
    RUN(a_clean_connection_goes_back_to_the_pool);
    RUN(a_connection_that_owes_a_reply_is_closed);
    RUN(opening_is_greeted_and_limited);
    RUN(opening_fails_with_a_reason);
    session_fixture_prepare(&shared);
    shared.nodes.options.password = "secret";
    server_on(session_fixture_node(&shared), "AUTH secret", "+OK\r\n");
    server_on(session_fixture_node(&shared), "GO", "*2\r\n$1\r\na\r\n:1\r\n+b\r\n");
    FAIL_EACH(without_memory_it_says_so);
    session_fixture_stop(&shared);
    return 0;
}
