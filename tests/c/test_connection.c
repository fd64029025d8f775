/* test_connection: greeted before anything else, refused in the server's words, fit for use again
 * or not. */
#include "certificate.h"
#include "check.h"
#include "nodes.h"
#include "server.h"
#include "text.h"

#include "core/base/fork_lock.h"
#include "core/net/connection.h"

#include <unistd.h>

typedef struct stream_fixtureer {
    rc_connection *connection;
    rc_reply_tree tree;
    rc_options options;
    rc_error error;
} talker;

static void make(talker *self)
{
    *self = (talker){0};
    rc_options_default(&self->options);
    rc_error_clear(&self->error);
}

static void end(talker *self)
{
    rc_connection_free(self->connection);
    rc_reply_tree_free(&self->tree);
}

static void wait_for(talker *self, rc_io io)
{
    struct pollfd socket = {.fd = self->connection->transport.fd,
                            .events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN};
    CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + 10000), RC_OK);
}

/* greet opens the connection and goes on until it is ready or has failed. */
static rc_io greet(talker *self, bool readonly, int port, rc_tls *tls)
{
    self->connection = rc_connection_new(7, readonly);
    if (self->connection == NULL) {
        self->error.status = RC_NOMEM;
        return RC_IO_FAILED;
    }
    CHECK(!self->connection->ready && self->connection->node == 7);
    rc_resolver *resolver = rc_resolver_begin(NULL, "127.0.0.1", port, &self->error);
    if (resolver == NULL || rc_connection_open(self->connection, resolver, "127.0.0.1",
                                               &self->options, tls, &self->error) != RC_OK) {
        return RC_IO_FAILED;
    }
    rc_io io;
    while ((io = rc_connection_advance(self->connection, &self->error)) != RC_IO_OK) {
        if (io == RC_IO_FAILED) {
            CHECK(!self->connection->ready);
            return io;
        }
        wait_for(self, io);
    }
    CHECK(self->connection->ready);
    CHECK_INT(rc_connection_advance(self->connection, &self->error), RC_IO_OK);
    return io;
}

static void say(talker *self, const char *bytes)
{
    size_t done = 0;
    CHECK_INT(
        rc_transport_write(&self->connection->transport, bytes, strlen(bytes), &done, &self->error),
        RC_IO_OK);
    CHECK_INT(done, strlen(bytes));
}

/* hear gives the next reply in words. */
static const char *hear(talker *self)
{
    char scratch[512];
    size_t start;
    size_t done;
    rc_connection_record(self->connection, &self->tree);
    while (rc_reader_next(&self->connection->reader, &start) != RC_READING_REPLY) {
        rc_io io;
        while ((io = rc_connection_receive(self->connection, scratch, sizeof scratch, &done,
                                           &self->error)) == RC_IO_WAIT_READ) {
            wait_for(self, io);
        }
        CHECK_INT(io, RC_IO_OK);
    }
    return text_reply(&self->tree, start);
}

#define PING "*1\r\n$4\r\nPING\r\n"

static server *pinging(void)
{
    server *node = server_start();
    server_on(node, "PING", "+PONG\r\n");
    server_on(node, "AUTH secret", "+OK\r\n");
    server_on(node, "AUTH user secret", "+OK\r\n");
    server_on(node, "CLIENT SETNAME name", "+OK\r\n");
    server_on(node, "READONLY", "+OK\r\n");
    return node;
}

static void without_a_handshake_it_is_ready_at_once(void)
{
    server *node = pinging();
    talker self;
    make(&self);
    CHECK_INT(greet(&self, false, server_port(node), NULL), RC_IO_OK);
    say(&self, PING);
    CHECK_TEXT(hear(&self), "+PONG");
    CHECK(rc_connection_reusable(self.connection));
    say(&self, PING);
    CHECK_TEXT(hear(&self), "+PONG");
    end(&self);
    server_wait_ended(node, 1);
    server_expect(node, "1:PING\n1:PING\n");
    server_stop(node);
}

static void the_handshake_comes_first_and_in_order(void)
{
    server *node = pinging();
    talker self;
    make(&self);
    self.options.username = "user";
    self.options.password = "secret";
    self.options.client_name = "name";
    CHECK_INT(greet(&self, true, server_port(node), NULL), RC_IO_OK);
    server_expect(node, "1:AUTH user secret\n1:CLIENT SETNAME name\n1:READONLY\n");
    CHECK(self.connection->readonly);
    CHECK_INT(self.connection->handshake_replies.count, 0); /* its memory is given back */
    say(&self, PING);
    CHECK_TEXT(hear(&self), "+PONG");
    end(&self);
    server_stop(node);
}

static void a_handshake_may_be_answered_byte_by_byte(void)
{
    server *node = server_start();
    server_rule(node, (rule){.request = "AUTH secret", .reply = "+OK\r\n", .slice = 1});
    server_rule(node, (rule){.request = "READONLY", .reply = "+OK\r\n", .slice = 2});
    talker self;
    make(&self);
    self.options.password = "secret";
    CHECK_INT(greet(&self, true, server_port(node), NULL), RC_IO_OK);
    CHECK(rc_connection_reusable(self.connection));
    end(&self);
    server_stop(node);
}

static void refused(const char *reply, server_then then, rc_status status, const char *text)
{
    server *node = server_start();
    server_rule(node, (rule){.request = "AUTH secret", .reply = reply, .then = then});
    talker self;
    make(&self);
    self.options.password = "secret";
    CHECK_INT(greet(&self, false, server_port(node), NULL), RC_IO_FAILED);
    CHECK_STATUS(self.error.status, status);
    CHECK_HAS(self.error.message, text);
    CHECK(!rc_connection_reusable(self.connection));
    end(&self);
    server_stop(node);
}

/* Credentials are told from all else that may go wrong, and the server's words are kept. */
static void refusals_are_told_apart(void)
{
    refused("-WRONGPASS invalid username-password pair\r\n", THEN_GO_ON, RC_AUTH, "WRONGPASS");
    refused("-ERR invalid password\r\n", THEN_GO_ON, RC_AUTH, "invalid password");
    refused("-ERR Client sent AUTH, but no password is set\r\n", THEN_GO_ON, RC_AUTH,
            "no password");
    refused("-ERR AUTH <password> called without any password configured for the default user. "
            "Are you sure your configuration is correct?\r\n",
            THEN_GO_ON, RC_AUTH, "without any password");
    refused("-NOPERM this user has no permissions\r\n", THEN_GO_ON, RC_AUTH, "NOPERM");
    refused(":0\r\n", THEN_GO_ON, RC_PROTOCOL, "AUTH was answered with an integer");
    refused("$2\r\nOK\r\n", THEN_GO_ON, RC_PROTOCOL, "AUTH was answered with a string");
    refused("-ERR max number of clients reached\r\n", THEN_CLOSE, RC_CONNECT, "max number");
    refused("-LOADING in memory\r\n", THEN_GO_ON, RC_CONNECT, "LOADING");
    refused("HTTP/1.1 400 Bad Request\r\n", THEN_GO_ON, RC_PROTOCOL, "");
    refused(NULL, THEN_CLOSE, RC_CLOSED, "closed");
    refused("+O", THEN_CLOSE, RC_CLOSED, "closed");
    refused(NULL, THEN_RESET, RC_CLOSED, "");
}

/* A reply that nobody asked for must not become the reply to the first command. */
static void a_reply_too_many_is_refused(void)
{
    refused("+OK\r\n+unasked\r\n", THEN_GO_ON, RC_PROTOCOL, "");
    refused("+OK\r\n+un", THEN_GO_ON, RC_PROTOCOL, "");
}

/* A handshake is answered with a few words; whoever says more is not listened to for long. */
static void endless_answers_to_the_handshake_are_refused(void)
{
    static const char *const replies[] = {"*2147483647\r\n:1\r\n", "*100\r\n:1\r\n",
                                          "$536870912\r\nx", "$9223372036854775807\r\n",
                                          "*1\r\n*1\r\n*1\r\n*2147483647\r\n"};
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        server *node = server_start();
        server_rule(node,
                    (rule){.request = "AUTH secret", .reply = replies[i], .then = THEN_CLOSE});
        talker self;
        make(&self);
        self.options.password = "secret";
        CHECK_INT(greet(&self, false, server_port(node), NULL), RC_IO_FAILED);
        CHECK_STATUS(self.error.status, i == 1 ? RC_CLOSED : RC_PROTOCOL);
        end(&self);
        server_stop(node);
    }
}

static void nobody_there_is_an_error(void)
{
    talker self;
    make(&self);
    CHECK_INT(greet(&self, false, server_unused(), NULL), RC_IO_FAILED);
    CHECK_STATUS(self.error.status, RC_CONNECT);
    end(&self);
}

static void only_a_clean_one_is_reusable(void)
{
    server *node = pinging();
    server_on(node, "TWICE", "+one\r\n+two\r\n");
    server_on(node, "HALF", "+one\r\n$5\r\nab");
    server_rule(node, (rule){.request = "BYE", .reply = "+bye\r\n", .then = THEN_CLOSE});
    static const char *const requests[] = {"*1\r\n$5\r\nTWICE\r\n", "*1\r\n$4\r\nHALF\r\n",
                                           "*1\r\n$3\r\nBYE\r\n"};
    for (int i = 0; i < 3; i++) {
        talker self;
        make(&self);
        CHECK_INT(greet(&self, false, server_port(node), NULL), RC_IO_OK);
        CHECK(rc_connection_reusable(self.connection));
        say(&self, requests[i]);
        hear(&self);
        for (int j = 0; j < 5000 && rc_connection_reusable(self.connection); j++) {
            poll(NULL, 0, 1);
        }
        CHECK(!rc_connection_reusable(self.connection));
        end(&self);
    }
    server_stop(node);
}

static void the_child_must_not_use_it(void *context)
{
    talker *self = context;
    if (rc_connection_reusable(self->connection)) {
        _exit(3);
    }
    end(self);
}

/* The parent goes on talking on the stream that its child has closed, under TLS too. */
static void a_fork_leaves_it_to_the_parent(server *node, rc_tls *tls)
{
    rc_fork_lock lock;
    CHECK_STATUS(rc_fork_lock_init(&lock), RC_OK); /* forks are watched from here on */
    server_on(node, "PING", "+PONG\r\n");
    talker self;
    make(&self);
    CHECK_INT(greet(&self, false, server_port(node), tls), RC_IO_OK);
    say(&self, PING);
    CHECK_TEXT(hear(&self), "+PONG");
    in_child(the_child_must_not_use_it, &self);
    CHECK(rc_connection_reusable(self.connection));
    say(&self, PING);
    CHECK_TEXT(hear(&self), "+PONG");
    end(&self);
    server_stop(node);
    rc_fork_lock_destroy(&lock);
}

static void a_child_closes_only_its_own_end(void)
{
    a_fork_leaves_it_to_the_parent(server_start(), NULL);
}

static void a_child_says_no_good_bye(void)
{
    certificate cert;
    certificate_make(&cert, "IP:127.0.0.1");
    rc_tls_options options = {.on = true, .verify = true, .ca_file = cert.cert_file};
    rc_error error;
    rc_tls *tls = rc_tls_new(&options, &error);
    CHECK(tls != NULL);
    a_fork_leaves_it_to_the_parent(server_start_tls(certificate_server(&cert, false)), tls);
    rc_tls_free(tls);
    certificate_remove(&cert);
}

static server *shared_node;

static void without_memory_it_fails_and_says_why(void)
{
    talker self;
    make(&self);
    self.options.password = "secret";
    self.options.client_name = "name";
    fail_begin();
    rc_io io = greet(&self, true, server_port(shared_node), NULL);
    bool failed = fail_end();
    CHECK_INT(io, failed ? RC_IO_FAILED : RC_IO_OK);
    CHECK_STATUS(self.error.status, failed ? RC_NOMEM : RC_OK);
    end(&self);
}

int main(void)
{
    RUN(without_a_handshake_it_is_ready_at_once);
    RUN(the_handshake_comes_first_and_in_order);
    RUN(a_handshake_may_be_answered_byte_by_byte);
    RUN(refusals_are_told_apart);
    RUN(a_reply_too_many_is_refused);
    RUN(endless_answers_to_the_handshake_are_refused);
    RUN(nobody_there_is_an_error);
    RUN(only_a_clean_one_is_reusable);
    RUN(a_child_closes_only_its_own_end);
    RUN(a_child_says_no_good_bye);
    shared_node = pinging();
    FAIL_EACH(without_memory_it_fails_and_says_why);
    server_stop(shared_node);
    return 0;
}
