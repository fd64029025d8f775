/* session: a conversation that goes on, whoever is slow, late, in two threads, or gone. */
#include "certificate.h"
#include "check.h"
#include "nodes.h"
#include "words.h"

#include "core/session.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct party {
    nodes nodes;
    rc_session *session;
    rc_exchange x;
    rc_tape tape;
    rc_error error;
} party;

/* ---- helpers ---- */

static void begin(party *self)
{
    *self = (party){0};
    nodes_start_bare(&self->nodes, 1);
    nodes_open(&self->nodes);
    rc_pool_node(&self->nodes.pool, "127.0.0.1", nodes_port(&self->nodes, 0));
}

static server *node_of(party *self)
{
    return self->nodes.server[0];
}

static rc_status try_open(party *self)
{
    rc_status status =
        rc_session_open(&self->nodes.pool, 0, false, &no_end, &self->session, &self->error);
    CHECK_STATUS(self->error.status, status);
    CHECK_INT(self->error.port, nodes_port(&self->nodes, 0));
    return status;
}

static void start(party *self)
{
    begin(self);
    CHECK_STATUS(try_open(self), RC_OK);
}

static void stop(party *self)
{
    rc_session_close(self->session, false);
    rc_tape_free(&self->tape);
    CHECK(self->nodes.pool.node_count == 0 || rc_pool_at(&self->nodes.pool, 0)->taken == 0);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

static rc_status exchange(party *self, const char *word, size_t replies, rc_msec timeout)
{
    const char *request =
        word == NULL ? "" : words_format("*1\r\n$%zu\r\n%s\r\n", strlen(word), word);
    rc_tape_clear(&self->tape);
    self->x = (rc_exchange){.data = request,
                            .length = strlen(request),
                            .replies = replies,
                            .tape = &self->tape,
                            .until = rc_deadline(timeout),
                            .patience = 20000};
    rc_status status = rc_session_exchange(self->session, &self->x, &no_end, &self->error);
    CHECK_STATUS(self->error.status, status);
    CHECK_INT(self->error.port, nodes_port(&self->nodes, 0));
    return status;
}

/* replies_are compares all that the last exchange has put on the tape. */
static void replies_are(const party *self, const char *words)
{
    char found[512] = "";
    size_t count = 0;
    for (size_t at = 0; at < self->tape.count; at = rc_tape_next(&self->tape, at)) {
        const char *text = words_reply(&self->tape, at);
        CHECK(strlen(found) + strlen(text) + 2 < sizeof found);
        strcat(strcat(found, count++ == 0 ? "" : " "), text);
    }
    CHECK_TEXT(found, words);
    CHECK_INT(self->x.received, count);
}

static void says(party *self, const char *word, size_t replies, const char *words)
{
    CHECK_STATUS(exchange(self, word, replies, 20000), RC_OK);
    CHECK_INT(self->x.sent, self->x.length);
    replies_are(self, words);
}

static void hears(party *self, const char *words)
{
    says(self, NULL, 1, words);
}

/* ---- talking ---- */

static void replies_come_in_order_and_wait_to_be_asked_for(void)
{
    party self;
    start(&self);
    server_on(node_of(&self), "GO", "+a\r\n*2\r\n:1\r\n$1\r\nb\r\n-ERR c\r\n$-1\r\n");
    says(&self, "GO", 0, "");
    hears(&self, "+a");
    says(&self, NULL, 2, "[:1 $b] -ERR c");
    says(&self, "GO", 2, "nil +a");
    says(&self, NULL, 3, "[:1 $b] -ERR c nil");
    CHECK_STATUS(exchange(&self, NULL, 1, 0), RC_TIMEOUT);
    CHECK(rc_session_usable(self.session));
    server_expect(node_of(&self), "1:GO\n1:GO\n");
    stop(&self);
}

/* A poll takes what is there, and does not wait for more. */
static void a_poll_takes_what_is_there(void)
{
    party self;
    start(&self);
    server_on(node_of(&self), "GO", "+a\r\n+b\r\n");
    says(&self, "GO", 1, "+a");
    CHECK_STATUS(exchange(&self, NULL, 1, 0), RC_OK);
    replies_are(&self, "+b");
    rc_msec begun = rc_now();
    CHECK_STATUS(exchange(&self, NULL, 1, 60), RC_TIMEOUT);
    CHECK(rc_now() - begun >= 60 && rc_now() - begun < 10000);
    stop(&self);
}

/* What a short wait has left half read is read on, however often it is cut. */
static void a_timeout_in_the_middle_of_a_reply_loses_nothing(void)
{
    party self;
    start(&self);
    server_rule(node_of(&self),
                (rule){.request = "GO",
                       .reply = "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$4\r\ndata\r\n$3\r\nend\r\n",
                       .slice = 1});
    says(&self, "GO", 0, "");
    int cuts = 0;
    while (exchange(&self, NULL, 1, 1) == RC_TIMEOUT) {
        CHECK_INT(self.x.received, 0);
        cuts++;
    }
    CHECK(cuts > 0 && cuts < 10000);
    replies_are(&self, "[$message $ch $data]");
    hears(&self, "$end");
    stop(&self);
}

/* Bytes that come slowly are progress; a wait without any is not. */
static void patience_is_for_silence(void)
{
    party self;
    start(&self);
    char reply[220] = "$200\r\n";
    memset(reply + 6, 'x', 200);
    memcpy(reply + 206, "\r\n", 3);
    server_rule(node_of(&self), (rule){.request = "GO", .reply = reply, .slice = 1, .times = 1});
    server_rule(node_of(&self), (rule){.request = "GO"});
    self.x = (rc_exchange){.data = "*1\r\n$2\r\nGO\r\n",
                           .length = 12,
                           .replies = 1,
                           .tape = &self.tape,
                           .until = RC_NEVER,
                           .patience = 150};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_OK);
    rc_msec begun = rc_now();
    self.x.sent = self.x.received = 0;
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_TIMEOUT);
    CHECK(rc_now() - begun >= 150 && rc_now() - begun < 10000);
    CHECK_INT(self.x.sent, 12);
    CHECK(rc_session_usable(self.session));
    stop(&self);
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
    party self;
    certificate cert;
    begin(&self);
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
    CHECK_STATUS(try_open(&self), RC_OK);
    char *reply = malloc(BIG + 20);
    CHECK(reply != NULL);
    memset(reply, 'y', BIG + 12);
    memcpy(reply, "$1000000\r\n", 10);
    memcpy(reply + 10 + BIG, "\r\n", 3);
    server_on(node_of(&self), "BIG *", reply);
    free(reply);
    char *data = many_big_requests(&self.x.length);
    self.x.data = data;
    self.x.replies = replies;
    self.x.tape = &self.tape;
    self.x.until = RC_NEVER;
    self.x.patience = 20000;
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_OK);
    CHECK_INT(self.x.sent, self.x.length);
    CHECK_INT(self.x.received, replies);
    free(data);
    for (size_t i = replies; i < TIMES; i++) {
        CHECK_STATUS(exchange(&self, NULL, 1, 20000), RC_OK);
        CHECK_INT(rc_tape_item(&self.tape, 0)->size, BIG);
    }
    stop(&self);
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
    party self;
    start(&self);
    server_rule(node_of(&self), (rule){.request = "GO", .reply = reply, .then = then});
    CHECK_STATUS(exchange(&self, "GO", 3, 20000), status);
    CHECK_INT(self.x.sent, self.x.length);
    CHECK_INT(self.x.received, received);
    CHECK(!rc_session_usable(self.session));
    CHECK_STATUS(exchange(&self, NULL, 1, 20000), status);
    CHECK_STATUS(exchange(&self, "GO", 0, 20000), status);
    CHECK_INT(self.x.sent, 0);
    stop(&self);
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
    party self;
    start(&self);
    server_rule(node_of(&self),
                (rule){.request = "GO", .reply = "+a\r\n+b\r\n+c\r\n", .then = THEN_CLOSE});
    says(&self, "GO", 0, "");
    server_wait_ended(node_of(&self), 1);
    hears(&self, "+a");
    hears(&self, "+b");
    hears(&self, "+c");
    CHECK_STATUS(exchange(&self, NULL, 1, 20000), RC_CLOSED);
    stop(&self);
}

/* Half a request spoils the stream. */
static void a_send_that_is_cut_off_is_the_end(void)
{
    party self;
    start(&self);
    server_rule(node_of(&self), (rule){.request = "GO", .reply = "+a\r\n", .delay = 5000});
    says(&self, "GO", 0, "");
    size_t length;
    char *data = many_big_requests(&length);
    self.x = (rc_exchange){.data = data, .length = length, .until = rc_now() + 60, .patience = -1};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &no_end, &self.error), RC_TIMEOUT);
    CHECK(self.x.sent > 0 && self.x.sent < length);
    CHECK(!rc_session_usable(self.session));
    free(data);
    stop(&self);
}

static bool yes(void *context)
{
    ++*(int *)context;
    return true;
}

static void an_interruption_ends_the_wait_but_not_the_session(void)
{
    party self;
    start(&self);
    server_rule(node_of(&self), (rule){.request = "GO", .reply = "+late\r\n", .delay = 1500});
    says(&self, "GO", 0, "");
    int asked = 0;
    rc_call call = {.deadline = RC_NEVER, .interrupted = yes, .context = &asked};
    self.x = (rc_exchange){.replies = 1, .tape = &self.tape, .until = RC_NEVER, .patience = -1};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &call, &self.error), RC_INTERRUPTED);
    CHECK_INT(asked, 1);
    CHECK(rc_session_usable(self.session));
    hears(&self, "+late");
    stop(&self);
}

/* ---- opening and closing ---- */

static void a_clean_connection_goes_back_to_the_pool(void)
{
    party self;
    start(&self);
    server_on(node_of(&self), "GO", "+a\r\n+b\r\n");
    says(&self, "GO", 2, "+a +b");
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->taken, 1);
    rc_session_close(self.session, true);
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->idle_count, 1);
    CHECK_STATUS(try_open(&self), RC_OK);
    says(&self, "GO", 1, "+a");
    rc_session_close(self.session, true); /* it owes a reply to nobody */
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->idle_count, 0);
    server_wait_ended(node_of(&self), 1);
    CHECK_STATUS(try_open(&self), RC_OK);
    says(&self, "GO", 2, "+a +b");
    rc_session_close(self.session, false);
    CHECK_INT(rc_pool_at(&self.nodes.pool, 0)->idle_count, 0);
    CHECK_INT(server_accepted(node_of(&self)), 2);
    self.session = NULL;
    stop(&self);
}

static void opening_is_greeted_and_limited(void)
{
    party self;
    begin(&self);
    self.nodes.options.password = "secret";
    self.nodes.options.max_connections = 1;
    server_on(node_of(&self), "AUTH secret", "+OK\r\n");
    CHECK_STATUS(try_open(&self), RC_OK);
    rc_session *first = self.session;
    CHECK_STATUS(try_open(&self), RC_POOL_FULL);
    rc_session_close(first, false);
    CHECK_STATUS(try_open(&self), RC_OK);
    server_expect(node_of(&self), "1:AUTH secret\n2:AUTH secret\n");
    stop(&self);
}

static void cannot_open(party *self, int port, rc_status expected)
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
    party self;
    begin(&self);
    self.nodes.options.password = "wrong";
    server_on(node_of(&self), "AUTH wrong", "-WRONGPASS no\r\n");
    cannot_open(&self, nodes_port(&self.nodes, 0), RC_AUTH);
    cannot_open(&self, server_unused(), RC_CONNECT);
    self.nodes.options.connect_timeout = 60;
    int port;
    server_deaf(&port);
    rc_msec begun = rc_now();
    cannot_open(&self, port, RC_TIMEOUT);
    CHECK(rc_now() - begun >= 60 && rc_now() - begun < 10000);
    stop(&self);
}

/* ---- two threads ---- */

typedef struct helper {
    party *party;
    pthread_t thread;
    rc_exchange x;
    rc_tape tape;
    rc_status status;
} helper;

static void *help(void *context)
{
    helper *self = context;
    rc_error error;
    self->status = rc_session_exchange(self->party->session, &self->x, &no_end, &error);
    return NULL;
}

static void send_off(helper *self, party *with, const char *data, size_t replies)
{
    *self = (helper){.party = with};
    self->x = (rc_exchange){.data = data,
                            .length = strlen(data),
                            .replies = replies,
                            .tape = &self->tape,
                            .until = rc_now() + 20000,
                            .patience = -1};
    CHECK_INT(pthread_create(&self->thread, NULL, help, self), 0);
}

static void comes_back(helper *self, rc_status status, const char *words)
{
    CHECK_INT(pthread_join(self->thread, NULL), 0);
    CHECK_STATUS(self->status, status);
    if (words != NULL) {
        CHECK_TEXT(words_reply(&self->tape, 0), words);
    }
    rc_tape_free(&self->tape);
}

static void one_thread_sends_while_another_waits(void)
{
    party self;
    start(&self);
    server_on(node_of(&self), "GO", "+a\r\n");
    helper listener;
    send_off(&listener, &self, "", 1);
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 30), RC_OK);
    CHECK_STATUS(exchange(&self, NULL, 1, 0), RC_TIMEOUT); /* it is not our turn */
    says(&self, "GO", 0, "");
    comes_back(&listener, RC_OK, "+a");
    says(&self, "GO", 1, "+a");
    stop(&self);
}

/* Requests of several threads are sent whole, and their replies come one to each. */
static void threads_take_turns(void)
{
    enum { THREADS = 8 };
    party self;
    start(&self);
    server_on(node_of(&self), "GO", "+a\r\n");
    helper helpers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        send_off(&helpers[i], &self, "*1\r\n$2\r\nGO\r\n", 1);
    }
    for (int i = 0; i < THREADS; i++) {
        comes_back(&helpers[i], RC_OK, "+a");
    }
    CHECK_INT(server_seen(node_of(&self), "GO"), THREADS);
    stop(&self);
}

static void an_end_wakes_all_who_wait(void)
{
    party self;
    start(&self);
    helper waiting;
    helper next;
    send_off(&waiting, &self, "", 1);
    send_off(&next, &self, "", 1);
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 30), RC_OK);
    rc_msec begun = rc_now();
    rc_session_end(self.session);
    comes_back(&waiting, RC_CLOSED, NULL);
    comes_back(&next, RC_CLOSED, NULL);
    CHECK(rc_now() - begun < 10000);
    CHECK_STATUS(exchange(&self, "GO", 1, 20000), RC_CLOSED);
    CHECK_HAS(self.error.message, "by this client");
    server_wait_ended(node_of(&self), 1);
    stop(&self);
}

/* ---- forks ---- */

static void must_not_use_it(void *context)
{
    party *self = context;
    CHECK(!rc_session_usable(self->session));
    CHECK_STATUS(exchange(self, "GO", 1, 20000), RC_CLOSED);
    CHECK_INT(self->x.sent, 0);
    CHECK_HAS(self->error.message, "parent");
    rc_session_end(self->session);
    rc_session_close(self->session, false);
}

static void a_child_leaves_it_to_the_parent(void)
{
    party self;
    start(&self);
    server_on(node_of(&self), "GO", "+a\r\n");
    in_child(must_not_use_it, &self);
    says(&self, "GO", 1, "+a");
    CHECK_INT(server_ended(node_of(&self)), 0);
    stop(&self);
}

/* ---- memory ---- */

static party shared;

static void without_memory_it_says_so(void)
{
    fail_begin();
    rc_status status = try_open(&shared);
    if (status == RC_OK) {
        status = exchange(&shared, "GO", 2, 20000);
        rc_session_close(shared.session, true);
    }
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    shared.session = NULL;
    rc_pool_disconnect(&shared.nodes.pool);
    rc_tape_free(&shared.tape);
    CHECK_INT(rc_pool_at(&shared.nodes.pool, 0)->taken, 0);
}

int main(void)
{
    RUN(replies_come_in_order_and_wait_to_be_asked_for);
    RUN(a_poll_takes_what_is_there);
    RUN(a_timeout_in_the_middle_of_a_reply_loses_nothing);
    RUN(patience_is_for_silence);
    RUN(a_long_send_never_deadlocks);
    RUN(a_broken_conversation_tells_how_far_it_came);
    RUN(what_came_before_the_end_is_heard);
    RUN(a_send_that_is_cut_off_is_the_end);
    RUN(an_interruption_ends_the_wait_but_not_the_session);
    RUN(a_clean_connection_goes_back_to_the_pool);
    RUN(opening_is_greeted_and_limited);
    RUN(opening_fails_with_a_reason);
    RUN(one_thread_sends_while_another_waits);
    RUN(threads_take_turns);
    RUN(an_end_wakes_all_who_wait);
    RUN(a_child_leaves_it_to_the_parent);
    begin(&shared);
    shared.nodes.options.password = "secret";
    server_on(node_of(&shared), "AUTH secret", "+OK\r\n");
    server_on(node_of(&shared), "GO", "*2\r\n$1\r\na\r\n:1\r\n+b\r\n");
    FAIL_EACH(without_memory_it_says_so);
    stop(&shared);
    return 0;
}
