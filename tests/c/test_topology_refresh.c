/* test_topology_refresh: many threads need a map, one fetches it; forks and lack of memory leave no
 * one waiting.
 */
#include "check.h"
#include "nodes.h"
#include "text.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 6 };

typedef struct waiter {
    pthread_t thread;
    nodes *owner;
    uint64_t seen;
    rc_call call;
    rc_status status;
    rc_error error;
} waiter;

static void *refresh(void *context)
{
    waiter *self = context;
    self->status =
        rc_topology_refresh(&self->owner->topology, self->seen, &self->call, &self->error);
    return NULL;
}

static void start_waiter(waiter *self, nodes *owner, rc_call call)
{
    *self = (waiter){.owner = owner, .call = call};
    rc_slotmap_drop(rc_topology_map(&owner->topology, &self->seen));
    CHECK(pthread_create(&self->thread, NULL, refresh, self) == 0);
}

static rc_status end_of(waiter *self)
{
    pthread_join(self->thread, NULL);
    return self->status;
}

/* Each slow to answer, so that all threads come while the first one fetches. */
static void start_slow(nodes *self, const char *reply, server_then then)
{
    nodes_start_bare(self, 1);
    server_rule(self->server[0],
                (rule){.request = CLUSTER_SLOTS, .reply = reply, .delay = 300, .then = then});
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

static void one_fetch_serves_all(void)
{
    nodes self;
    start_slow(&self, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:7\r\n", THEN_GO_ON);
    nodes_open(&self);
    waiter waiters[THREADS];
    for (int i = 0; i < THREADS; i++) {
        start_waiter(&waiters[i], &self, no_end);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_STATUS(end_of(&waiters[i]), RC_OK);
    }
    server_expect(self.server[0], "1:CLUSTER SLOTS\n");
    CHECK_INT(self.topology.version, 1);
    stop(&self);
}

/* Who has seen an older map than the present one has nothing to fetch. */
static void a_newer_map_is_not_fetched_again(void)
{
    nodes self;
    nodes_start(&self, 1);
    nodes_open(&self);
    rc_error error;
    uint64_t seen;
    rc_slotmap_drop(rc_topology_map(&self.topology, &seen));
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(rc_topology_refresh(&self.topology, seen, &no_end, &error), RC_OK);
    }
    server_expect(self.server[0], "1:CLUSTER SLOTS\n");
    stop(&self);
}

static void a_failed_fetch_is_shared_too(void)
{
    nodes self;
    start_slow(&self, NULL, THEN_CLOSE);
    nodes_open(&self);
    waiter waiters[THREADS];
    rc_msec begun = rc_now();
    for (int i = 0; i < THREADS; i++) {
        start_waiter(&waiters[i], &self, no_end);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_STATUS(end_of(&waiters[i]), RC_UNREACHABLE);
        CHECK_HAS(waiters[i].error.message, "closed");
    }
    CHECK(rc_now() - begun < 300 * THREADS);
    CHECK(server_accepted(self.server[0]) < THREADS);
    stop(&self);
}

static bool yes(void *context)
{
    (void)context;
    return true;
}

/* Who waits for another's fetch has its own end. */
static void waiting_ends_with_the_call(void)
{
    nodes self;
    start_slow(&self, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:7\r\n", THEN_GO_ON);
    nodes_open(&self);
    waiter waiters[3];
    start_waiter(&waiters[0], &self, no_end);
    server_wait_seen(self.server[0], CLUSTER_SLOTS, 1);
    rc_msec begun = rc_now();
    start_waiter(&waiters[1], &self, (rc_call){.deadline = begun + 50});
    start_waiter(&waiters[2], &self, (rc_call){.deadline = RC_NEVER, .interrupted = yes});
    CHECK_STATUS(end_of(&waiters[1]), RC_TIMEOUT);
    CHECK_STATUS(end_of(&waiters[2]), RC_INTERRUPTED);
    CHECK_STATUS(end_of(&waiters[0]), RC_OK);
    server_expect(self.server[0], "1:CLUSTER SLOTS\n");
    stop(&self);
}

/* start_silent: the first question for the table gets no answer, the next one does. */
static void start_silent(nodes *self)
{
    nodes_start_bare(self, 1);
    server_rule(self->server[0], (rule){.request = CLUSTER_SLOTS, .times = 1});
    server_on(self->server[0], CLUSTER_SLOTS, nodes_table(self, 0, 1));
    nodes_open(self);
}

/* An interrupted fetch is nobody else's failure: the next thread fetches. */
static void an_interrupted_fetch_is_taken_over(void)
{
    nodes self;
    start_silent(&self);
    waiter first;
    waiter second;
    start_waiter(&first, &self, (rc_call){.deadline = RC_NEVER, .interrupted = yes});
    server_wait_seen(self.server[0], CLUSTER_SLOTS, 1);
    start_waiter(&second, &self, no_end);
    CHECK_STATUS(end_of(&first), RC_INTERRUPTED);
    CHECK_STATUS(end_of(&second), RC_OK);
    CHECK_INT(self.topology.version, 1);
    stop(&self);
}

/* Nor is one that had no time left: whoever has more of it fetches. */
static void a_fetch_that_was_late_is_taken_over(void)
{
    nodes self;
    start_silent(&self);
    waiter first;
    waiter second;
    start_waiter(&first, &self, (rc_call){.deadline = rc_now() + 500});
    server_wait_seen(self.server[0], CLUSTER_SLOTS, 1);
    start_waiter(&second, &self, no_end);
    CHECK_STATUS(end_of(&first), RC_UNREACHABLE);
    CHECK_STATUS(end_of(&second), RC_OK);
    CHECK_INT(self.topology.version, 1);
    stop(&self);
}

static void fetch_for_itself(void *context)
{
    nodes *self = context;
    waiter child = {.owner = self, .call = no_end};
    refresh(&child);
    if (child.status != RC_OK || self->topology.version != 1) {
        _exit(3);
    }
    nodes_close(self);
}

/* The thread that fetches is not in the child, which must not wait for it. */
static void a_child_fetches_for_itself(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    server_rule(self.server[0], (rule){.request = CLUSTER_SLOTS,
                                       .reply = nodes_table(&self, 0, 1),
                                       .times = 1,
                                       .delay = 1000});
    server_on(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 0, 1));
    nodes_open(&self);
    waiter fetcher;
    start_waiter(&fetcher, &self, no_end);
    server_wait_seen(self.server[0], CLUSTER_SLOTS, 1);
    in_child(fetch_for_itself, &self);
    CHECK_STATUS(end_of(&fetcher), RC_OK);
    CHECK_INT(self.topology.version, 1);
    stop(&self);
}

static nodes shared;

static void without_memory_the_old_map_stays(void)
{
    rc_error error;
    uint64_t seen;
    fail_begin();
    rc_status status = nodes_try_open(&shared);
    if (status != RC_OK) {
        CHECK(fail_end());
        CHECK_STATUS(status, RC_NOMEM);
        return;
    }
    rc_slotmap_drop(rc_topology_map(&shared.topology, &seen));
    status = rc_topology_refresh(&shared.topology, seen, &no_end, &error);
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    if (failed) {
        CHECK_STATUS(error.status, RC_NOMEM);
        CHECK_INT(shared.topology.version, seen);
        CHECK_STATUS(rc_topology_refresh(&shared.topology, seen, &no_end, &error), RC_OK);
    }
    nodes_expect_owner(&shared, SLOT_A, 1);
    nodes_close(&shared);
}

/* A MOVED that cannot be learned changes nothing. */
static void without_memory_moved_is_not_learned(void)
{
    rc_error error;
    nodes_open(&shared);
    CHECK_STATUS(rc_topology_refresh(&shared.topology, 0, &no_end, &error), RC_OK);
    rc_node_id second = rc_pool_node(&shared.pool, "127.0.0.1", nodes_port(&shared, 1));
    fail_begin();
    nodes_moved(&shared, SLOT_B, second);
    bool failed = fail_end();
    nodes_expect_owner(&shared, SLOT_B, failed ? 0 : 1);
    nodes_expect_owner(&shared, SLOT_C, 0);
    nodes_close(&shared);
}

static nodes partial;

/* A lack of memory is no answer to the question whether gaps matter. */
static void without_memory_coverage_is_not_judged(void)
{
    rc_error error;
    nodes_open(&partial);
    CHECK_STATUS(rc_topology_refresh(&partial.topology, 0, &no_end, &error), RC_OK);
    rc_pool_disconnect(&partial.pool);
    fail_begin();
    rc_status status = rc_topology_check_coverage(&partial.topology, &no_end, &error);
    CHECK_STATUS(status, fail_end() ? RC_NOMEM : RC_OK);
    nodes_close(&partial);
}

int main(void)
{
    RUN(one_fetch_serves_all);
    RUN(a_newer_map_is_not_fetched_again);
    RUN(a_failed_fetch_is_shared_too);
    RUN(waiting_ends_with_the_call);
    RUN(an_interrupted_fetch_is_taken_over);
    RUN(a_fetch_that_was_late_is_taken_over);
    RUN(a_child_fetches_for_itself);
    nodes_start(&shared, 2);
    FAIL_EACH(without_memory_the_old_map_stays);
    FAIL_EACH(without_memory_moved_is_not_learned);
    nodes_stop(&shared);
    nodes_start_bare(&partial, 1);
    server_on(
        partial.server[0], CLUSTER_SLOTS,
        text_format("*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n$0\r\n\r\n:%d\r\n", nodes_port(&partial, 0)));
    server_on(partial.server[0], "CONFIG *", "*2\r\n$1\r\nx\r\n$2\r\nno\r\n");
    FAIL_EACH(without_memory_coverage_is_not_judged);
    nodes_stop(&partial);
    return 0;
}
