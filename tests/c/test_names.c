/* names: a host's addresses are asked for at each connection, and each is tried in turn. */
#include "check.h"
#include "nodes.h"

#include "core/inquiry.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>

/* ---- the answers of the tests, which stand before those of the C library ---- */

enum { ADDRESSES_MAX = 4 };

static struct sockaddr_in answers[ADDRESSES_MAX];
static int answer_count; /* 0: the name is not known */
static int questions;

static void answer(const int *ports, int count)
{
    questions = 0;
    answer_count = count;
    for (int i = 0; i < count; i++) {
        answers[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                          .sin_port = htons((uint16_t)ports[i]),
                                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    }
}

static void answer_one(int port)
{
    answer(&port, 1);
}

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    CHECK_TEXT(host, "node.example");
    CHECK_TEXT(service, "7000");
    CHECK_INT(hints->ai_socktype, SOCK_STREAM);
    questions++;
    *result = NULL;
    for (int i = answer_count; i-- > 0;) {
        struct addrinfo *entry = calloc(1, sizeof *entry);
        CHECK(entry != NULL);
        *entry = (struct addrinfo){.ai_family = AF_INET,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_addr = (struct sockaddr *)&answers[i],
                                   .ai_addrlen = sizeof answers[i],
                                   .ai_next = *result};
        *result = entry;
    }
    return answer_count == 0 ? EAI_NONAME : 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

/* ---- one node by that name ---- */

static rc_status ask(nodes *self, rc_error *error)
{
    const rc_buffer request = {.data = (char[]){"*1\r\n$4\r\nPING\r\n"}, .length = 14};
    rc_tape tape = {0};
    rc_node_id node = rc_pool_node(&self->pool, "node.example", 7000);
    rc_status status =
        rc_inquire(&self->pool, node, &request, &no_end, rc_now() + 10000, &tape, error);
    rc_tape_free(&tape);
    return status;
}

static void answered_by(nodes *self, int number)
{
    rc_error error;
    int before = server_seen(self->server[number], "PING");
    CHECK_STATUS(ask(self, &error), RC_OK);
    CHECK_INT(server_seen(self->server[number], "PING"), before + 1);
}

static void start(nodes *self)
{
    nodes_start_bare(self, 2);
    nodes_open(self);
    for (int i = 0; i < 2; i++) {
        server_on(self->server[i], "PING", "+PONG\r\n");
    }
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

static void a_new_connection_asks_anew(void)
{
    nodes self;
    start(&self);
    answer_one(nodes_port(&self, 0));
    answered_by(&self, 0);
    answered_by(&self, 0);
    CHECK_INT(questions, 1); /* but not for each command */
    answer_one(nodes_port(&self, 1));
    answered_by(&self, 0); /* that connection works still */
    CHECK_INT(questions, 0);
    rc_pool_disconnect(&self.pool);
    answered_by(&self, 1);
    CHECK_INT(questions, 1);
    stop(&self);
}

/* A host that moves takes its name along: the address of before answers no more. */
static void a_lost_connection_asks_anew(void)
{
    nodes self;
    start(&self);
    server_rule(self.server[0], (rule){.request = "BYE", .then = THEN_CLOSE});
    answer_one(nodes_port(&self, 0));
    answered_by(&self, 0);
    rc_connection *idle = self.pool.nodes[0]->idle;
    size_t done;
    rc_error error;
    CHECK_INT(rc_transport_write(&idle->transport, "*1\r\n$3\r\nBYE\r\n", 13, &done, &error),
              RC_IO_OK);
    server_wait_ended(self.server[0], 1);
    answer_one(nodes_port(&self, 1));
    answered_by(&self, 1);
    CHECK_INT(self.pool.connections, 1);
    stop(&self);
}

static void addresses_are_tried_in_turn(void)
{
    nodes self;
    start(&self);
    const int ports[] = {server_unused(), server_unused(), nodes_port(&self, 1)};
    answer(ports, 3);
    answered_by(&self, 1);
    CHECK_INT(questions, 1);
    rc_pool_disconnect(&self.pool);
    const int others[] = {server_unused(), nodes_port(&self, 0), nodes_port(&self, 1)};
    answer(others, 3);
    answered_by(&self, 0); /* the first that accepts will do */
    CHECK_INT(server_accepted(self.server[1]), 1);
    stop(&self);
}

static void rest(nodes *self)
{
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_deadline(rc_pool_rest(&self->pool, 0))), RC_OK);
}

/* What failed once is not remembered, but for the pause before the next attempt: neither an unknown
 * name, nor addresses that all refuse. */
static void failures_are_not_remembered(void)
{
    nodes self;
    start(&self);
    rc_error error;
    answer(NULL, 0);
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    CHECK_HAS(error.message, "resolve");
    CHECK_TEXT(error.host, "node.example");
    const int ports[] = {server_unused(), server_unused()};
    answer(ports, 2);
    rest(&self);
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    CHECK_INT(error.sys_errno, ECONNREFUSED);
    CHECK_INT(self.pool.connections, 0);
    answer_one(nodes_port(&self, 0));
    rest(&self);
    answered_by(&self, 0);
    stop(&self);
}

int main(void)
{
    RUN(a_new_connection_asks_anew);
    RUN(a_lost_connection_asks_anew);
    RUN(addresses_are_tried_in_turn);
    RUN(failures_are_not_remembered);
    return 0;
}
