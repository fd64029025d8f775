#include "nodes.h"

#include "check.h"
#include "text.h"

#include <stdio.h>

_Thread_local rc_call no_end = {.deadline = RC_NEVER};

int nodes_port(const nodes *self, int number)
{
    return server_port(self->server[number]);
}

static const char *table(const nodes *self, int first, int count, const char *id)
{
    char text[1024];
    int length = snprintf(text, sizeof text, "*%d\r\n", count);
    for (int i = 0; i < count; i++) {
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "*3\r\n:%d\r\n:%d\r\n*3\r\n$9\r\n127.0.0.1\r\n:%d\r\n$2\r\n%s\r\n",
                           RC_SLOTS / count * i,
                           i + 1 == count ? RC_SLOTS - 1 : RC_SLOTS / count * (i + 1) - 1,
                           nodes_port(self, first + i), id);
    }
    return text_format("%s", text);
}

const char *nodes_table(const nodes *self, int first, int count)
{
    return table(self, first, count, "id");
}

const char *nodes_foreign_table(const nodes *self, int first, int count)
{
    return table(self, first, count, "di");
}

void nodes_start_bare(nodes *self, int count)
{
    *self = (nodes){.count = count};
    for (int i = 0; i < count; i++) {
        self->server[i] = server_start();
        self->startup[i] = (rc_address){.host = "127.0.0.1", .port = nodes_port(self, i)};
    }
    rc_options_default(&self->options);
    self->options.startup = self->startup;
    self->options.startup_count = 1;
    self->options.retry.delay = 2;
    self->options.retry.down_delay = 4;
    self->options.retry.delay_max = 16;
    self->options.failover_timeout = 0;
}

void nodes_start(nodes *self, int count)
{
    nodes_start_bare(self, count);
    for (int i = 0; i < count; i++) {
        server_on(self->server[i], CLUSTER_SLOTS, nodes_table(self, 0, count));
    }
}

void nodes_stop(nodes *self)
{
    for (int i = 0; i < self->count; i++) {
        server_stop(self->server[i]);
    }
}

rc_status nodes_try_open(nodes *self)
{
    rc_error error;
    CHECK_STATUS(rc_fork_lock_init(&self->lock), RC_OK);
    rc_status status = rc_pool_init(&self->pool, &self->lock, &self->options, &error);
    if (status == RC_OK) {
        status = rc_topology_init(&self->topology, &self->lock, &self->pool, &self->options);
    }
    rc_executor_init(&self->executor, &self->lock, &self->pool, &self->topology, &self->options);
    if (status != RC_OK) {
        rc_pool_free(&self->pool);
        rc_fork_lock_destroy(&self->lock);
    }
    return status;
}

void nodes_open(nodes *self)
{
    CHECK_STATUS(nodes_try_open(self), RC_OK);
}

void nodes_close(nodes *self)
{
    rc_executor_free(&self->executor);
    rc_topology_free(&self->topology);
    rc_pool_free(&self->pool);
    rc_fork_lock_destroy(&self->lock);
}

static void wait_for(const rc_connection *connection, rc_io io)
{
    struct pollfd socket = {.fd = connection->transport.fd,
                            .events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN};
    CHECK(io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE);
    CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + 10000), RC_OK);
}

rc_connection *nodes_take(nodes *self, int number, bool readonly)
{
    rc_connection *connection = NULL;
    rc_error error;
    rc_node_id node = rc_pool_node(&self->pool, "127.0.0.1", nodes_port(self, number));
    CHECK_STATUS(rc_pool_take(&self->pool, node, readonly, &no_end, 0, &connection, &error), RC_OK);
    for (rc_io io; (io = rc_connection_advance(connection, &error)) != RC_IO_OK;) {
        wait_for(connection, io);
    }
    return connection;
}

const char *nodes_ask(rc_connection *connection, const char *word)
{
    char scratch[4096];
    size_t start;
    size_t done;
    rc_error error;
    rc_reply_tree tree = {0};
    const char *request = text_format("*1\r\n$%zu\r\n%s\r\n", strlen(word), word);
    CHECK_INT(rc_transport_write(&connection->transport, request, strlen(request), &done, &error),
              RC_IO_OK);
    rc_connection_record(connection, &tree);
    while (rc_reader_next(&connection->reader, &start) != RC_READING_REPLY) {
        rc_io io = rc_connection_receive(connection, scratch, sizeof scratch, &done, &error);
        if (io != RC_IO_OK) {
            wait_for(connection, io);
        }
    }
    const char *reply = text_reply(&tree, start);
    rc_reply_tree_free(&tree);
    return reply;
}

void nodes_run(nodes *self, rc_batch *batch)
{
    CHECK_STATUS(rc_executor_execute(&self->executor, batch, &no_end), RC_OK);
}

bool nodes_moved(nodes *self, int slot, rc_node_id node)
{
    const rc_move move = {(uint16_t)slot, node};
    return rc_topology_moved(&self->topology, &move, 1);
}

void nodes_expect_owner(nodes *self, int slot, int number)
{
    uint64_t version;
    rc_slotmap *map = rc_topology_map(&self->topology, &version);
    const rc_node *owner = rc_pool_at(&self->pool, rc_slotmap_owner(map, slot));
    CHECK(owner != NULL);
    CHECK_INT(owner->port, nodes_port(self, number));
    rc_slotmap_drop(map);
}

const char *nodes_redirect(const nodes *self, const char *word, int slot, int number)
{
    return text_format("-%s %d 127.0.0.1:%d\r\n", word, slot, nodes_port(self, number));
}
