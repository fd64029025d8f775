/*
 * fuzz_topology: any reply to CLUSTER SLOTS makes a sound map, or none.
 *
 * The reply waits in a socket pair before the question is asked, so no server and no wait is
 * needed. An input that begins with 'T' is a recipe for a nearly right table, any other one is the
 * reply itself, for few random bytes are a table at all.
 */
#include "core/topology/topology.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* ---- a table from a recipe ---- */

typedef struct cook {
    const uint8_t *data;
    size_t left;
    rc_buffer reply;
} cook;

static unsigned next(cook *self)
{
    if (self->left == 0) {
        return 0;
    }
    self->left--;
    return *self->data++;
}

static unsigned next_pair(cook *self)
{
    unsigned high = next(self);
    return high << 8 | next(self);
}

static void write_number(cook *self, char kind, long long value)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%c%lld\r\n", kind, value);
    demand(rc_buffer_append(&self->reply, text, (size_t)length) == RC_OK);
}

static void write_host(cook *self)
{
    static const char *const hosts[] = {"$0\r\n\r\n",          "$1\r\n?\r\n",  "$-1\r\n",
                                        "$9\r\n127.0.0.1\r\n", "$1\r\nb\r\n",  "*0\r\n",
                                        "+status\r\n",         "$3\r\n::1\r\n"};
    const char *host = hosts[next(self) % 8];
    demand(rc_buffer_append(&self->reply, host, strlen(host)) == RC_OK);
}

/* Pairs of texts mostly; a list of anything else is what a parser may stumble over. */
static void write_metadata(cook *self)
{
    static const char *const names[] = {"$8\r\nhostname\r\n", "$2\r\nip\r\n", "*1\r\n:1\r\n",
                                        ":1\r\n"};
    unsigned count = next(self) % 6;
    write_number(self, '*', count);
    for (unsigned i = 0; i < count; i++) {
        const char *name = names[next(self) % 4];
        if (i % 2 == 0) {
            demand(rc_buffer_append(&self->reply, name, strlen(name)) == RC_OK);
        } else {
            write_host(self);
        }
    }
}

static void write_node(cook *self)
{
    unsigned shape = next(self);
    unsigned extra = shape % 16 == 15 ? 2 : shape % 3;
    write_number(self, '*', shape % 32 == 31 ? 1 : 2 + extra);
    write_host(self);
    if (shape % 32 == 31) {
        return;
    }
    write_number(self, shape % 64 == 63 ? '*' : ':', shape % 64 == 63 ? 0 : next_pair(self));
    for (unsigned i = 0; i < extra; i++) {
        if (i == 0 && shape % 16 != 15) {
            write_host(self); /* an id, at least no list */
        } else {
            write_metadata(self);
        }
    }
}

static void write_range(cook *self)
{
    unsigned nodes = next(self) % 40;
    unsigned first = next_pair(self) % 16400;
    write_number(self, '*', 2 + nodes);
    write_number(self, ':', (long long)first - (first == 16399));
    write_number(self, ':', first + next_pair(self) % 200);
    for (unsigned i = 0; i < nodes; i++) {
        write_node(self);
    }
}

static void cook_table(cook *self)
{
    unsigned ranges = next(self);
    write_number(self, '*', ranges);
    for (unsigned i = 0; i < ranges && self->reply.length < 20000; i++) {
        write_range(self);
    }
}

/* ---- a client whose only connection has its answer already ---- */

typedef struct rig {
    rc_fork_lock lock;
    rc_options options;
    rc_address startup;
    rc_pool pool;
    rc_topology topology;
    int far_end;
} rig;

/* fill makes the pair; a look at it (MSG_PEEK) begins far behind the answer and sees nothing. */
static int fill(rig *self, const char *reply, size_t length)
{
    int ends[2];
    int behind_all = 1 << 30;
    demand(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    for (int i = 0; i < 2; i++) {
        demand(fcntl(ends[i], F_SETFL, O_NONBLOCK) == 0);
    }
    demand(setsockopt(ends[0], SOL_SOCKET, SO_PEEK_OFF, &behind_all, sizeof behind_all) == 0);
    demand(length == 0 || write(ends[1], reply, length) >= 0);
    self->far_end = ends[1];
    return ends[0];
}

static void open_rig(rig *self, const char *reply, size_t length)
{
    rc_error error;
    rc_options_default(&self->options);
    self->startup = (rc_address){.host = "127.0.0.1", .port = 1};
    self->options.startup = &self->startup;
    self->options.startup_count = 1;
    demand(rc_fork_lock_init(&self->lock) == RC_OK);
    demand(rc_pool_init(&self->pool, &self->lock, &self->options, &error) == RC_OK);
    demand(rc_topology_init(&self->topology, &self->lock, &self->pool, &self->options) == RC_OK);
    rc_node_id node = rc_pool_node(&self->pool, self->startup.host, self->startup.port);
    rc_connection *connection = rc_connection_new(node, false);
    demand(connection != NULL);
    connection->transport.fd = fill(self, reply, length);
    connection->ready = true;
    self->pool.nodes[node]->taken = 1;
    self->pool.connections = 1;
    rc_pool_give(&self->pool, connection, true);
    demand(self->pool.nodes[node]->idle_count == 1);
}

static void close_rig(rig *self)
{
    rc_topology_free(&self->topology);
    rc_pool_free(&self->pool);
    rc_fork_lock_destroy(&self->lock);
    close(self->far_end);
}

/* ---- what must hold ---- */

static void check_node(rig *self, rc_node_id id)
{
    const rc_node *node = rc_pool_at(&self->pool, id);
    demand(node != NULL && node->host[0] != '\0' && node->port >= 1 && node->port <= 65535);
}

/* A loop over all slots teaches the fuzzer nothing and would take most of its time. */
__attribute__((no_sanitize("coverage"))) static bool slots_are_sound(const rc_slotmap *map)
{
    size_t covered = 0;
    for (int slot = 0; slot < RC_SLOTS; slot++) {
        uint16_t shard = map->shard_of[slot];
        if (shard != RC_NO_SHARD && shard >= map->shard_count) {
            return false;
        }
        covered += shard != RC_NO_SHARD;
    }
    return map->covered == covered;
}

static void check_map(rig *self)
{
    const rc_slotmap *map = self->topology.map;
    demand(slots_are_sound(map));
    for (size_t i = 0; i < map->shard_count; i++) {
        check_node(self, map->shards[i].primary);
        demand(map->shards[i].replica_count <= RC_REPLICAS_MAX);
        for (size_t j = 0; j < map->shards[i].replica_count; j++) {
            check_node(self, map->shards[i].replicas[j]);
        }
    }
}

static void try_reply(const char *reply, size_t length)
{
    rig self;
    rc_error error;
    open_rig(&self, reply, length);
    rc_call call = {.deadline =
                        rc_now() - 1}; /* what is there can be read; nothing else will come */
    rc_status status = rc_topology_refresh(&self.topology, 0, &call, &error);
    demand((status == RC_OK) == (self.topology.version == 1));
    demand(status == RC_OK || (self.topology.map->covered == 0 && error.message[0] != '\0'));
    check_map(&self);
    close_rig(&self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'T') {
        cook self = {.data = data + 1, .left = size - 1};
        cook_table(&self);
        try_reply(self.reply.data, self.reply.length);
        rc_buffer_free(&self.reply);
    } else {
        try_reply((const char *)data, size);
    }
    return 0;
}
