#include "core/topology/reachability.h"

#include <stdio.h>

enum {
    TRIED_MOST = 16,  /* nodes; the rest of the table is taken to be like them */
    NEXT_AFTER = 150, /* milliseconds without an answer, until the next node is tried as well */
    PATIENCE = 3000   /* milliseconds for all of them */
};

static const char ping[] = "*1\r\n$4\r\nPING\r\n";

typedef struct attempt {
    rc_probe probe;
    rc_reply_tree answer;
    bool active;
} attempt;

typedef struct search {
    rc_pool *pool;
    rc_call *call;
    rc_buffer request;
    rc_msec deadline;
    rc_node_id nodes[TRIED_MOST];
    size_t count; /* of nodes */
    size_t begun; /* those of them that have been tried */
    rc_msec next; /* the next one is tried then */
    attempt attempts[TRIED_MOST];
    bool over;    /* one has answered, or nobody can tell */
    rc_error why; /* the last failure */
} search;

static bool was_reached(rc_pool *pool, rc_node_id node)
{
    rc_node_report report;
    return rc_pool_report(pool, node, &report) && report.stats.connects > 0;
}

bool rc_reach_is_doubtful(rc_pool *pool, const rc_slotmap *map)
{
    if (!map->from_outside) {
        return false;
    }
    for (size_t i = 0; i < map->shard_count; i++) {
        const rc_shard *shard = &map->shards[i];
        bool reached = was_reached(pool, shard->primary);
        for (size_t j = 0; j < shard->replica_count && !reached; j++) {
            reached = was_reached(pool, shard->replicas[j]);
        }
        if (reached) {
            return false;
        }
    }
    return map->shard_count > 0;
}

static void choose(search *self, rc_node_id node)
{
    if (self->count < TRIED_MOST) {
        self->nodes[self->count++] = node;
    }
}

/* choose_nodes takes a primary and a replica of each shard, as all primaries may have failed. */
static void choose_nodes(search *self, const rc_slotmap *map)
{
    size_t first = rc_random((uint32_t)map->shard_count);
    for (size_t i = 0; i < map->shard_count; i++) {
        const rc_shard *shard = &map->shards[(first + i) % map->shard_count];
        if (shard->slot_count > 0) {
            choose(self, shard->primary);
        }
        if (shard->slot_count > 0 && shard->replica_count > 0) {
            choose(self, shard->replicas[rc_random(shard->replica_count)]);
        }
    }
}

/* failed notes an attempt that failed. A node that refuses the login was reached,
 * and a limit of the pool proves nothing. */
static void failed(search *self, const rc_error *error)
{
    self->over |= error->status == RC_AUTH || rc_pool_is_at_limit(error->status);
    self->why = *error;
}

static rc_status begin_next(search *self)
{
    attempt *next = &self->attempts[self->begun];
    rc_error error;
    next->probe = (rc_probe){.pool = self->pool,
                             .request = &self->request,
                             .answer = &next->answer,
                             .deadline = self->deadline};
    rc_status status =
        rc_probe_begin(&next->probe, self->nodes[self->begun], self->call, 0, &error);
    next->active = status == RC_OK;
    self->begun++;
    self->next = rc_deadline(NEXT_AFTER);
    if (!next->active) {
        failed(self, &error);
        self->next = 0;
    }
    return status == RC_INTERRUPTED ? status : RC_OK;
}

static void step(search *self, attempt *one)
{
    rc_error error;
    rc_io io = rc_probe_step(&one->probe, &error);
    if (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        return;
    }
    one->active = false;
    self->over |= io == RC_IO_OK;
    if (io == RC_IO_FAILED) {
        failed(self, &error);
        self->next = 0;
    }
}

/* watch fills the poll set with the probes that are under way; how many these are. */
static size_t watch(search *self, struct pollfd *sockets, rc_msec *until)
{
    size_t count = 0;
    *until = self->begun < self->count ? self->next : RC_NEVER;
    for (size_t i = 0; i < self->begun; i++) {
        const rc_probe *probe = &self->attempts[i].probe;
        if (self->attempts[i].active) {
            sockets[count++] =
                (struct pollfd){.fd = probe->connection->transport.fd, .events = probe->events};
            *until = rc_sooner(*until, probe->due);
        }
    }
    return count;
}

static void step_ready(search *self, const struct pollfd *sockets)
{
    for (size_t i = 0; i < self->begun; i++) {
        attempt *one = &self->attempts[i];
        if (one->active && ((sockets++)->revents != 0 || rc_until(one->probe.due) == 0)) {
            step(self, one);
        }
    }
}

/* try_all returns when a node has answered, or all have failed. */
static rc_status try_all(search *self)
{
    for (;;) {
        struct pollfd sockets[TRIED_MOST];
        rc_msec until;
        if (self->begun < self->count && rc_until(self->next) == 0 && begin_next(self) != RC_OK) {
            return RC_INTERRUPTED;
        }
        size_t active = watch(self, sockets, &until);
        if (self->over || (active == 0 && self->begun == self->count)) {
            return RC_OK;
        }
        if (rc_wait(self->call, sockets, active, until) == RC_INTERRUPTED) {
            return RC_INTERRUPTED;
        }
        step_ready(self, sockets);
    }
}

static void end(search *self)
{
    for (size_t i = 0; i < self->begun; i++) {
        rc_probe_end(&self->attempts[i].probe);
        rc_reply_tree_free(&self->attempts[i].answer);
    }
}

/* list_addresses writes those that were tried, as many as fit. */
static void list_addresses(const search *self, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < self->count && used < size; i++) {
        const rc_node *node = rc_pool_at(self->pool, self->nodes[i]);
        used += (size_t)snprintf(text + used, size - used, "%s%s:%d", i == 0 ? "" : ", ",
                                 node->host, node->port);
    }
}

static rc_status unreachable(const search *self, rc_error *error)
{
    char addresses[RC_MESSAGE_MAX / 2];
    list_addresses(self, addresses, sizeof addresses);
    rc_error_clear(error);
    return rc_error_set(
        error, RC_UNREACHABLE,
        "The cluster announces the addresses %s, and none of them can be reached from here "
        "(%s:%d: %.200s). If its nodes have other addresses for this client, as behind NAT or the "
        "published ports of containers, name those with address_remap",
        addresses, self->why.host, self->why.port, self->why.message);
}

rc_status rc_reach_check(rc_pool *pool, const rc_slotmap *map, rc_call *call, rc_error *error)
{
    search self = {
        .pool = pool,
        .call = call,
        .request = {.data = (char *)(uintptr_t)ping, .length = sizeof ping - 1},
        .deadline = rc_sooner(rc_deadline(PATIENCE), call->deadline),
    };
    choose_nodes(&self, map);
    rc_status status = try_all(&self);
    end(&self);
    if (status != RC_OK) {
        return rc_error_of(error, status);
    }
    bool no_time = rc_until(call->deadline) == 0;
    return self.over || no_time || self.count == 0 ? RC_OK : unreachable(&self, error);
}
