/*
 * test_system_call_failures: each system call of a small conversation fails in turn, in each way
 * that it can.
 *
 * The linker puts the functions below in the place of the system's; the servers' threads pass
 * through them unharmed.
 */
#include "check.h"
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

typedef enum kind { SOCKET, CONNECT, GETSOCKOPT, SEND, RECV, POLL, KINDS } kind;

static _Thread_local struct {
    kind kind;
    int nth; /* 0: none fails */
    int reason;
    bool failed;
} fault;

static bool fails(kind called)
{
    if (fault.nth == 0 || called != fault.kind || --fault.nth > 0) {
        return false;
    }
    errno = fault.reason;
    fault.failed = true;
    return true;
}

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __real_recv(int fd, void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
int __real_poll(struct pollfd *sockets, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *sockets, nfds_t count, int timeout);

int __wrap_socket(int domain, int type, int protocol)
{
    return fails(SOCKET) ? -1 : __real_socket(domain, type, protocol);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    return fails(CONNECT) ? -1 : __real_connect(fd, address, size);
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    return fails(GETSOCKOPT) ? -1 : __real_getsockopt(fd, level, name, value, size);
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
    return fails(SEND) ? -1 : __real_send(fd, data, size, flags);
}

ssize_t __wrap_recv(int fd, void *data, size_t size, int flags)
{
    return fails(RECV) ? -1 : __real_recv(fd, data, size, flags);
}

int __wrap_poll(struct pollfd *sockets, nfds_t count, int timeout)
{
    return fails(POLL) ? -1 : __real_poll(sockets, count, timeout);
}

/* ---- the conversation ---- */

enum { COMMANDS = 4, MOST = 60 };

static const struct {
    const char *text;
    const char *reply;
    const char *outcome;
    int node;
    bool write;
} script[COMMANDS] = {
    {"INCR a", ":7\r\n", ":7", 1, true},
    {"GET b", "$1\r\nb\r\n", "$b", 0, false},
    {"SET c 1", "+OK\r\n", "+OK", 0, true},
    {"GET d", "$1\r\nd\r\n", "$d", 1, false},
};

static client shared;
static int call; /* its number is in each command, as a node may come to one of them late */

static const char *words_of(size_t index)
{
    return text_format("%s %d", script[index].text, call);
}

static void queue(void)
{
    call++;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (script[i].write) {
            client_write(&shared, words_of(i));
        } else {
            client_read(&shared, words_of(i));
        }
    }
}

static void check_command(size_t index, bool harmless)
{
    const rc_command *command = &shared.batch.commands[index];
    int seen = client_seen(&shared, script[index].node, words_of(index));
    if (command->state == RC_REPLIED) {
        client_expect_outcome(&shared, index, script[index].outcome);
        CHECK(seen >= 1);
    } else {
        CHECK(!harmless);
        CHECK(rc_batch_error(&shared.batch, command) != NULL);
        CHECK(command->state == RC_UNKNOWN || seen == 0);
    }
    CHECK(!script[index].write || seen <= 1);
}

static void check_connections(void)
{
    rc_topology_fetch_drop(&shared.nodes.executor.table_fetch);
    for (size_t i = 0; i < shared.nodes.pool.node_count; i++) {
        CHECK_INT(shared.nodes.pool.nodes[i]->taken, 0);
    }
}

/* begin makes a client that knows its nodes, and has talked to one of them. */
static void begin(void)
{
    rc_error error;
    nodes_open(&shared.nodes);
    CHECK_STATUS(rc_topology_refresh(&shared.nodes.topology, 0, &no_end, &error), RC_OK);
}

/* works makes the same call once more, and nothing fails. */
static void works(void)
{
    rc_batch_clear(&shared.batch);
    queue();
    client_run(&shared);
    for (size_t i = 0; i < COMMANDS; i++) {
        client_expect_outcome(&shared, i, script[i].outcome);
    }
}

/* converse makes one call of a new client; false when it came to its end before the fault did. */
static bool converse(kind failing, int nth, int reason, bool harmless)
{
    begin();
    queue();
    fault.kind = failing;
    fault.nth = nth;
    fault.reason = reason;
    fault.failed = false;
    client_run(&shared);
    fault.nth = 0;
    for (size_t i = 0; i < COMMANDS; i++) {
        check_command(i, harmless || !fault.failed);
    }
    check_connections();
    works();
    nodes_close(&shared.nodes);
    rc_batch_free(&shared.batch);
    return fault.failed;
}

static void fail_each_call(kind failing, int reason, bool harmless)
{
    int nth = 1;
    while (converse(failing, nth, reason, harmless)) {
        nth++;
        CHECK(nth < MOST);
    }
    CHECK(nth > 1); /* there is such a call, and it has failed */
}

/* ---- tests ---- */

/* What has not been sent is sent again, so that a call succeeds after all. */
static void no_connection_comes_about(void)
{
    fail_each_call(CONNECT, ECONNREFUSED, true);
    fail_each_call(CONNECT, ENETUNREACH, true);
    fail_each_call(CONNECT, EINTR, true);
}

/* Another try would lack it as well. */
static void what_this_process_lacks_is_told_at_once(void)
{
    fail_each_call(SOCKET, EMFILE, false);
    fail_each_call(GETSOCKOPT, ENOBUFS, false);
}

static void nothing_can_be_sent(void)
{
    fail_each_call(SEND, EPIPE, true);
    fail_each_call(SEND, ECONNRESET, true);
}

static void nothing_can_be_received(void)
{
    fail_each_call(RECV, ECONNRESET, false);
    fail_each_call(RECV, ETIMEDOUT, false);
}

static void it_has_to_be_tried_again(void)
{
    fail_each_call(SEND, EINTR, true);
    fail_each_call(SEND, EAGAIN, true);
    fail_each_call(RECV, EINTR, true);
    fail_each_call(RECV, EAGAIN, true);
    fail_each_call(POLL, EINTR, true);
    fail_each_call(POLL, EAGAIN, true);
}

static void nobody_can_be_waited_for(void)
{
    fail_each_call(POLL, ENOMEM, false);
}

int main(void)
{
    client_start_bare(&shared);
    nodes_close(&shared.nodes);
    for (int i = 0; i < 2; i++) {
        client_answer(&shared, i, CLUSTER_SLOTS, nodes_table(&shared.nodes, 0, 2));
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        client_answer(&shared, script[i].node, text_format("%s *", script[i].text),
                      script[i].reply);
    }
    RUN(no_connection_comes_about);
    RUN(what_this_process_lacks_is_told_at_once);
    RUN(nothing_can_be_sent);
    RUN(nothing_can_be_received);
    RUN(it_has_to_be_tried_again);
    RUN(nobody_can_be_waited_for);
    nodes_stop(&shared.nodes);
    return 0;
}
