/* test_socket_limits: how many sockets a pool has open at once, counted where the system is asked
 * for them. */
#include "check.h"
#include "nodes.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 1024, NODES = 3, THREADS = 8, TURNS = 250, PER_NODE = 2, ALL = 4 };

/* ---- counting: these two stand before the C library's ---- */

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static int port_of[FILES]; /* 0: not of the pool */
static int most_at_once;
static int most_of_one_node;

static void count(void)
{
    int all = 0;
    for (int i = 0; i < FILES; i++) {
        int same = 0;
        for (int j = 0; j < FILES && port_of[i] != 0; j++) {
            same += port_of[j] == port_of[i];
        }
        all += port_of[i] != 0;
        most_of_one_node = same > most_of_one_node ? same : most_of_one_node;
    }
    most_at_once = all > most_at_once ? all : most_at_once;
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    CHECK(fd >= 0 && fd < FILES);
    pthread_mutex_lock(&counting);
    port_of[fd] = ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
    count();
    pthread_mutex_unlock(&counting);
    return (int)syscall(SYS_connect, fd, address, size);
}

int close(int fd)
{
    pthread_mutex_lock(&counting);
    if (fd >= 0 && fd < FILES) {
        port_of[fd] = 0;
    }
    int result = (int)syscall(SYS_close, fd);
    pthread_mutex_unlock(&counting);
    return result;
}

/* ---- a crowd ---- */

typedef struct worker {
    pthread_t thread;
    nodes *owner;
    unsigned seed;
    rc_msec patience;
    const uint8_t *used; /* the nodes that are */
} worker;

static unsigned next(worker *self)
{
    self->seed = self->seed * 1103515245u + 12345u;
    return self->seed >> 16;
}

/* finish_opening: a connection that is not ready is not kept. */
static void finish_opening(rc_connection *connection)
{
    rc_error error;
    rc_io io = rc_connection_advance(connection, &error);
    while (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        struct pollfd socket = {.fd = connection->transport.fd,
                                .events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN};
        CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + 10000), RC_OK);
        io = rc_connection_advance(connection, &error);
    }
    CHECK_INT(io, RC_IO_OK);
}

static void *take_and_give(void *context)
{
    worker *self = context;
    for (int i = 0; i < TURNS; i++) {
        rc_connection *connection;
        rc_error error;
        rc_error_clear(&error);
        rc_status status =
            rc_pool_take(&self->owner->pool, next(self) % NODES, next(self) % 16 == 0, &no_end,
                         rc_deadline(self->patience), &connection, &error);
        CHECK_STATUS(status, RC_OK);
        bool opened = next(self) % 16 != 0;
        if (opened) {
            finish_opening(connection);
        }
        rc_pool_give(&self->owner->pool, connection, next(self) % 16 != 0);
        switch (next(self) % 64) {
        case 0:
            rc_pool_disconnect(&self->owner->pool);
            break;
        case 1:
            rc_pool_close_others(&self->owner->pool, self->used);
            break;
        default:
            break;
        }
    }
    return NULL;
}

static void start(nodes *self)
{
    nodes_start_bare(self, NODES);
    nodes_open(self);
    self->options.max_connections = ALL;
    for (int i = 0; i < NODES; i++) {
        server_on(self->server[i], "READONLY", "+OK\r\n");
        rc_pool_node(&self->pool, "127.0.0.1", nodes_port(self, i));
    }
    most_at_once = most_of_one_node = 0;
}

static void run_threads(nodes *self, int count, rc_msec patience)
{
    uint8_t used[RC_NODE_BITS] = {0};
    rc_set_bit(used, 0);
    worker workers[THREADS];
    for (int i = 0; i < count; i++) {
        workers[i] =
            (worker){.owner = self, .seed = (unsigned)i, .patience = patience, .used = used};
        CHECK(pthread_create(&workers[i].thread, NULL, take_and_give, &workers[i]) == 0);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
    }
}

static void stop(nodes *self)
{
    CHECK(self->pool.connections <= ALL);
    for (int i = 0; i < NODES; i++) {
        CHECK_INT(self->pool.nodes[i]->taken, 0);
    }
    rc_pool_disconnect(&self->pool);
    CHECK_INT(self->pool.connections, 0);
    nodes_close(self);
    nodes_stop(self);
}

/* What is given up is closed before its place is another's, whoever gives it up and why. */
static void no_limit_is_ever_passed(void)
{
    nodes self;
    start(&self);
    self.options.max_connections_per_node = PER_NODE;
    run_threads(&self, THREADS, 20000);
    CHECK_INT(most_at_once, ALL);
    CHECK_INT(most_of_one_node, PER_NODE);
    stop(&self);
}

/* A place whose idle connection is just being closed is no reason to refuse anybody. */
static void as_many_threads_as_connections_are_never_refused(void)
{
    nodes self;
    start(&self);
    run_threads(&self, ALL, 0);
    CHECK(most_at_once <= ALL);
    stop(&self);
}

int main(void)
{
    RUN(no_limit_is_ever_passed);
    RUN(as_many_threads_as_connections_are_never_refused);
    return 0;
}
