/* test_transport: connections that come about, fail, stall and end, plain and under TLS. */
#include "certificate.h"
#include "check.h"
#include "nodes.h"
#include "server.h"

#include "core/net/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static const rc_keepalive no_keepalive;

static rc_status open_to(rc_transport *transport, const char *host, int port, const char *name,
                         const rc_keepalive *keepalive, rc_tls *tls, rc_error *error)
{
    rc_transport_init(transport);
    rc_resolver *resolver = rc_resolver_begin(NULL, host, port, error);
    if (resolver == NULL) {
        return error->status;
    }
    name = name[0] != '\0' ? name : host;
    return rc_transport_open(transport, resolver, name, keepalive, tls, error);
}

static void wait_for(const rc_transport *transport, rc_io io)
{
    struct pollfd socket = {.fd = transport->fd,
                            .events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN};
    CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + 10000), RC_OK);
}

static bool waits(rc_io io)
{
    return io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE;
}

static rc_io finish(rc_transport *transport, rc_error *error)
{
    rc_io io = rc_transport_connect(transport, error);
    for (; waits(io); io = rc_transport_connect(transport, error)) {
        wait_for(transport, io);
    }
    return io;
}

static void connect_tls(rc_transport *transport, const char *host, int port, rc_tls *tls)
{
    rc_error error;
    rc_error_clear(&error);
    CHECK_STATUS(open_to(transport, host, port, "", &no_keepalive, tls, &error), RC_OK);
    CHECK_INT(finish(transport, &error), RC_IO_OK);
    CHECK(transport->fd >= 0);
}

static void connect_to(rc_transport *transport, const char *host, int port)
{
    connect_tls(transport, host, port, NULL);
}

static void say(rc_transport *transport, const char *text)
{
    rc_error error;
    for (size_t length = strlen(text); length > 0;) {
        size_t done = 0;
        rc_io io = rc_transport_write(transport, text, length, &done, &error);
        if (waits(io)) {
            wait_for(transport, io);
            continue;
        }
        CHECK_INT(io, RC_IO_OK);
        CHECK(done > 0 && done <= length);
        text += done;
        length -= done;
    }
}

/* hear reads until something else than data or waiting comes, or `expected` is there. */
static rc_io hear(rc_transport *transport, const char *expected, rc_error *error)
{
    char data[256];
    size_t length = 0;
    rc_io io = RC_IO_OK;
    while ((io == RC_IO_OK || waits(io)) && length < strlen(expected)) {
        size_t done = 0;
        io = rc_transport_read(transport, data + length, sizeof data - length, &done, error);
        length += done;
        if (waits(io)) {
            wait_for(transport, io);
        }
    }
    CHECK(length <= strlen(expected) && memcmp(data, expected, length) == 0);
    return io;
}

#define PING "*1\r\n$4\r\nPING\r\n"

static void talk(rc_transport *transport)
{
    rc_error error;
    say(transport, PING);
    CHECK_INT(hear(transport, "+PONG\r\n", &error), RC_IO_OK);
}

static void bytes_go_both_ways(void)
{
    server *node = server_start();
    server_on(node, "PING", "+PONG\r\n");
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", server_port(node));
    size_t done;
    char byte;
    rc_error error;
    CHECK_INT(rc_transport_read(&transport, &byte, 1, &done, &error), RC_IO_WAIT_READ);
    talk(&transport);
    talk(&transport);
    CHECK(!rc_transport_pending(&transport));
    rc_transport_close(&transport, true);
    CHECK_INT(transport.fd, -1);
    rc_transport_close(&transport, true); /* once more does nothing */
    server_wait_ended(node, 1);
    server_expect(node, "1:PING\n1:PING\n");
    server_stop(node);
}

/* A name may stand for several addresses, of which only one accepts. */
static void a_stream_that_is_shut_has_ended_for_both(void)
{
    server *node = server_start();
    server_on(node, "PING", "+PONG\r\n");
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", server_port(node));
    talk(&transport);
    rc_transport_shut(&transport);
    size_t done;
    char byte;
    rc_error error;
    CHECK_INT(rc_transport_read(&transport, &byte, 1, &done, &error), RC_IO_CLOSED);
    CHECK_INT(rc_transport_write(&transport, "x", 1, &done, &error), RC_IO_FAILED);
    server_wait_ended(node, 1);
    rc_transport_close(&transport, true);
    server_stop(node);
}

static void every_address_of_a_name_is_tried(void)
{
    server *node = server_start();
    server_on(node, "PING", "+PONG\r\n");
    rc_transport transport;
    connect_to(&transport, "localhost", server_port(node));
    talk(&transport);
    rc_transport_close(&transport, false);
    server_stop(node);
}

static rc_status fail_to_connect(const char *host, int port, rc_error *error)
{
    rc_transport transport;
    rc_error_clear(error);
    rc_status status = open_to(&transport, host, port, "", &no_keepalive, NULL, error);
    if (status == RC_OK) {
        CHECK_INT(finish(&transport, error), RC_IO_FAILED);
        status = error->status;
        rc_transport_close(&transport, false);
    }
    CHECK_INT(transport.fd, -1);
    return status;
}

static void nobody_there_is_an_error(void)
{
    rc_error error;
    CHECK_STATUS(fail_to_connect("127.0.0.1", server_unused(), &error), RC_CONNECT);
    CHECK_INT(error.sys_errno, ECONNREFUSED);
    CHECK_HAS(error.message, "refused");
    CHECK_STATUS(fail_to_connect("localhost", server_unused(), &error), RC_CONNECT);
    CHECK_INT(error.sys_errno, ECONNREFUSED);
}

/* Some addresses the system refuses before anything is sent. */
static void an_impossible_address_is_an_error(void)
{
    rc_error error;
    CHECK_STATUS(fail_to_connect("255.255.255.255", 1, &error), RC_CONNECT);
    CHECK(error.sys_errno != 0);
}

static void an_unknown_name_is_an_error(void)
{
    rc_error error;
    CHECK_STATUS(fail_to_connect("no..name", 1, &error), RC_CONNECT);
    CHECK_HAS(error.message, "resolve");
}

/* A connect that neither comes about nor fails is the caller's to end, at any moment. */
static void a_stalled_connect_can_be_given_up(void)
{
    int port;
    int listener = server_full(&port);
    rc_transport transport;
    rc_error error;
    CHECK_STATUS(open_to(&transport, "127.0.0.1", port, "", &no_keepalive, NULL, &error), RC_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(rc_transport_connect(&transport, &error), RC_IO_WAIT_WRITE);
    }
    rc_transport_close(&transport, true);
    CHECK_INT(transport.fd, -1);
    close(listener);
}

static void ends(server_then then, rc_io expected)
{
    server *node = server_start();
    server_rule(node, (rule){.request = "PING", .reply = "+PONG\r\n", .then = then});
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", server_port(node));
    rc_error error;
    rc_error_clear(&error);
    say(&transport, PING);
    server_wait_ended(node, 1);
    rc_io io = hear(&transport, "+PONG\r\nand more", &error);
    CHECK_INT(io, expected);
    CHECK_STATUS(error.status, expected == RC_IO_FAILED ? RC_CLOSED : RC_OK);
    CHECK_INT(error.sys_errno, expected == RC_IO_FAILED ? ECONNRESET : 0);
    CHECK(!rc_transport_quiet(&transport));
    rc_transport_close(&transport, true);
    server_stop(node);
}

static void a_closed_peer_is_an_end(void)
{
    ends(THEN_CLOSE, RC_IO_CLOSED);
}

static void a_reset_is_a_failure(void)
{
    ends(THEN_RESET, RC_IO_FAILED);
}

/* Writing to a peer that is gone fails; it raises no signal. */
static void a_write_to_nobody_fails(void)
{
    server *node = server_start();
    server_rule(node, (rule){.request = "PING", .then = THEN_RESET});
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", server_port(node));
    say(&transport, PING);
    server_wait_ended(node, 1);
    rc_error error;
    rc_error_clear(&error);
    rc_io io = RC_IO_OK;
    for (int i = 0; i < 3 && io == RC_IO_OK; i++) {
        size_t done = 0;
        io = rc_transport_write(&transport, PING, strlen(PING), &done, &error);
    }
    CHECK_INT(io, RC_IO_FAILED);
    CHECK_STATUS(error.status, RC_CLOSED);
    rc_transport_close(&transport, true);
    server_stop(node);
}

/* A peer that reads nothing makes a write wait, and no byte is counted that is not taken. */
static void a_full_socket_makes_a_write_wait(void)
{
    int port;
    int listener = server_deaf(&port);
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", port);
    static char much[1000 * 1000];
    rc_error error;
    size_t total = 0;
    size_t done;
    rc_io io;
    while ((io = rc_transport_write(&transport, much, sizeof much, &done, &error)) == RC_IO_OK) {
        CHECK(done > 0 && done <= sizeof much);
        total += done;
        CHECK(total < 200 * sizeof much);
    }
    CHECK_INT(io, RC_IO_WAIT_WRITE);
    rc_transport_close(&transport, false);
    close(listener);
}

static void quiet_is_neither_data_nor_an_end(void)
{
    server *node = server_start();
    server_rule(node, (rule){.request = "TALK", .reply = "+unasked\r\n"});
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", server_port(node));
    CHECK(rc_transport_quiet(&transport));
    say(&transport, "*1\r\n$4\r\nTALK\r\n");
    wait_for(&transport, RC_IO_WAIT_READ);
    CHECK(!rc_transport_quiet(&transport));
    rc_error error;
    CHECK_INT(hear(&transport, "+unasked\r\n", &error), RC_IO_OK); /* a look takes nothing */
    CHECK(rc_transport_quiet(&transport));
    rc_transport_close(&transport, false);
    server_stop(node);
}

/* A patient read waits for the bytes itself, but not for ever; the read after it does not. */
static void a_patient_read_waits(void)
{
    server *node = server_start();
    server_rule(node, (rule){.request = "PING", .reply = "+PONG\r\n", .delay = 60, .times = 1});
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", server_port(node));
    say(&transport, PING);
    char data[16];
    size_t done = 0;
    rc_error error;
    transport.patient = true;
    CHECK_INT(rc_transport_read(&transport, data, sizeof data, &done, &error), RC_IO_OK);
    CHECK(done == 7 && !transport.in_vain);
    transport.patient = true;
    rc_msec begun = rc_now();
    CHECK_INT(rc_transport_read(&transport, data, sizeof data, &done, &error), RC_IO_WAIT_READ);
    CHECK(transport.in_vain);
    CHECK(rc_now() - begun >= RC_READ_WAIT / 2 && rc_now() - begun < 20 * RC_READ_WAIT);
    begun = rc_now();
    CHECK_INT(rc_transport_read(&transport, data, sizeof data, &done, &error), RC_IO_WAIT_READ);
    CHECK(rc_now() - begun < RC_READ_WAIT);
    CHECK(rc_transport_quiet(&transport));
    rc_transport_close(&transport, false);
    server_stop(node);
}

static int option(int fd, int level, int name)
{
    int value = 0;
    socklen_t size = sizeof value;
    CHECK(getsockopt(fd, level, name, &value, &size) == 0);
    return value;
}

static void socket_options_are_set(void)
{
    server *node = server_start();
    rc_transport transport;
    connect_to(&transport, "127.0.0.1", server_port(node));
    CHECK(option(transport.fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK_INT(option(transport.fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    rc_transport_close(&transport, false);
    rc_keepalive keepalive = {.on = true, .idle = 77, .interval = 7, .count = 3};
    rc_error error;
    CHECK_STATUS(open_to(&transport, "127.0.0.1", server_port(node), "", &keepalive, NULL, &error),
                 RC_OK);
    CHECK(option(transport.fd, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK_INT(option(transport.fd, IPPROTO_TCP, TCP_KEEPIDLE), 77);
    CHECK_INT(option(transport.fd, IPPROTO_TCP, TCP_KEEPINTVL), 7);
    CHECK_INT(option(transport.fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
    rc_transport_close(&transport, false);
    server_stop(node);
}

/* ---- under TLS ---- */

static certificate cert;

static rc_tls *trusting(void)
{
    rc_tls_options options = {
        .on = true, .verify = true, .check_hostname = true, .ca_file = cert.cert_file};
    rc_error error;
    rc_tls *tls = rc_tls_new(&options, &error);
    CHECK(tls != NULL);
    return tls;
}

static void tls_carries_the_same_bytes(void)
{
    server *node = server_start_tls(certificate_server(&cert, false));
    server_on(node, "PING", "+PONG\r\n");
    rc_tls *tls = trusting();
    rc_transport transport;
    connect_tls(&transport, "127.0.0.1", server_port(node), tls);
    talk(&transport);
    talk(&transport);
    CHECK(rc_transport_quiet(&transport));
    CHECK(!rc_transport_pending(&transport));
    rc_transport_close(&transport, true);
    server_wait_ended(node, 1);
    rc_tls_free(tls);
    server_stop(node);
}

static void pending_bytes_are_known(void)
{
    server *node = server_start_tls(certificate_server(&cert, false));
    server_on(node, "PING", "+PONG\r\n");
    rc_tls *tls = trusting();
    rc_transport transport;
    connect_tls(&transport, "127.0.0.1", server_port(node), tls);
    say(&transport, PING);
    char byte;
    size_t done;
    rc_error error;
    rc_io io;
    while (waits(io = rc_transport_read(&transport, &byte, 1, &done, &error))) {
        wait_for(&transport, io);
    }
    CHECK_INT(io, RC_IO_OK);
    CHECK(byte == '+' && rc_transport_pending(&transport));
    rc_transport_close(&transport, true);
    rc_tls_free(tls);
    server_stop(node);
}

static rc_io connect_by(const char *name)
{
    server *node = server_start_tls(certificate_server(&cert, false));
    rc_tls *tls = trusting();
    rc_transport transport;
    rc_error error;
    CHECK_STATUS(
        open_to(&transport, "127.0.0.1", server_port(node), name, &no_keepalive, tls, &error),
        RC_OK);
    rc_io io = finish(&transport, &error);
    rc_transport_close(&transport, true);
    rc_tls_free(tls);
    server_stop(node);
    return io;
}

static void the_certificate_is_held_against_the_name(void)
{
    CHECK_INT(connect_by(""), RC_IO_OK); /* the address is one of the certificate's */
    CHECK_INT(connect_by("localhost"), RC_IO_OK);
    CHECK_INT(connect_by("elsewhere.example"), RC_IO_FAILED);
}

static void a_server_without_tls_fails(void)
{
    server *node = server_start();
    server_rule(node, (rule){.request = ON_CONNECT, .reply = "-ERR plain text only\r\n"});
    rc_tls *tls = trusting();
    rc_transport transport;
    rc_error error;
    CHECK_STATUS(
        open_to(&transport, "127.0.0.1", server_port(node), "", &no_keepalive, tls, &error), RC_OK);
    CHECK_INT(finish(&transport, &error), RC_IO_FAILED);
    CHECK_STATUS(error.status, RC_TLS);
    CHECK_HAS(error.message, "what the server sends is not TLS");
    rc_transport_close(&transport, true);
    rc_tls_free(tls);
    server_stop(node);
}

static void without_memory_tls_does_not_begin(void)
{
    rc_tls *tls = trusting();
    server *node = server_start_tls(certificate_server(&cert, false));
    rc_transport transport;
    rc_error error;
    rc_error_clear(&error);
    fail_begin();
    rc_status status =
        open_to(&transport, "127.0.0.1", server_port(node), "", &no_keepalive, tls, &error);
    rc_io io = status == RC_OK ? finish(&transport, &error) : RC_IO_FAILED;
    bool failed = fail_end();
    CHECK_INT(io, failed ? RC_IO_FAILED : RC_IO_OK);
    CHECK_STATUS(error.status, failed ? RC_NOMEM : RC_OK);
    rc_transport_close(&transport, true);
    server_stop(node);
    rc_tls_free(tls);
}

int main(void)
{
    signal(SIGPIPE, SIG_DFL); /* nothing here may raise it, whatever the process does with it */
    certificate_make(&cert, "DNS:localhost,IP:127.0.0.1");
    RUN(bytes_go_both_ways);
    RUN(a_stream_that_is_shut_has_ended_for_both);
    RUN(every_address_of_a_name_is_tried);
    RUN(nobody_there_is_an_error);
    RUN(an_impossible_address_is_an_error);
    RUN(an_unknown_name_is_an_error);
    RUN(a_stalled_connect_can_be_given_up);
    RUN(a_closed_peer_is_an_end);
    RUN(a_reset_is_a_failure);
    RUN(a_write_to_nobody_fails);
    RUN(a_full_socket_makes_a_write_wait);
    RUN(quiet_is_neither_data_nor_an_end);
    RUN(a_patient_read_waits);
    RUN(socket_options_are_set);
    RUN(tls_carries_the_same_bytes);
    RUN(pending_bytes_are_known);
    RUN(the_certificate_is_held_against_the_name);
    RUN(a_server_without_tls_fails);
    FAIL_EACH(without_memory_tls_does_not_begin);
    certificate_remove(&cert);
    return 0;
}
