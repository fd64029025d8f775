/* test_slot_discovery: who is asked for the slot table, and who only when all others have failed.
 */
#include "check.h"
#include "nodes.h"
#include "text.h"

static void refresh(nodes *self)
{
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self->topology, self->topology.version, &no_end, &error),
                 RC_OK);
}

static rc_node_id node(nodes *self, int number)
{
    return rc_pool_node(&self->pool, "127.0.0.1", nodes_port(self, number));
}

static int asked(const nodes *self, int number)
{
    return server_seen(self->server[number], CLUSTER_SLOTS);
}

static void start(nodes *self, int count)
{
    nodes_start(self, count);
    nodes_open(self);
    refresh(self);
    server_expect(self->server[0], "1:CLUSTER SLOTS\n");
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

/* makes node 0's table one that names a replica as well. */
static void answer_with_replica(nodes *self)
{
    const char *address = "*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n";
    const char *primary = text_format(address, nodes_port(self, 0));
    const char *replica = text_format(address, nodes_port(self, 1));
    for (int i = 0; i < 2; i++) {
        server_on(self->server[i], CLUSTER_SLOTS,
                  text_format("*1\r\n*4\r\n:0\r\n:16383\r\n%s%s", primary, replica));
    }
}

enum { TURNS = 40 };

static void all_primaries_have_their_turn(void)
{
    nodes self;
    start(&self, 3);
    for (int i = 0; i < TURNS; i++) {
        refresh(&self);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(asked(&self, i) > 0);
    }
    CHECK_INT(asked(&self, 0) + asked(&self, 1) + asked(&self, 2), TURNS); /* one is enough */
    stop(&self);
}

static void the_unfit_are_asked_last(void)
{
    for (int unfit = 0; unfit < 3; unfit++) { /* 0 is the startup node as well */
        nodes self;
        start(&self, 3);
        rc_pool_mark_unfit(&self.pool, node(&self, unfit));
        self.pool.nodes[node(&self, unfit)]->health.unfit_until = RC_NEVER;
        self.pool.unfit_until = RC_NEVER;
        for (int i = 0; i < TURNS; i++) {
            refresh(&self);
        }
        CHECK_INT(asked(&self, unfit), 0);
        for (int i = 0; i < 3; i++) {
            if (i != unfit) {
                server_forget_rules(self.server[i]);
            }
        }
        refresh(&self); /* the others do not know any more */
        CHECK_INT(asked(&self, unfit), 1);
        stop(&self);
    }
}

/* When all are unfit they are asked as if none was. */
static void the_unfit_are_asked_all_the_same(void)
{
    nodes self;
    start(&self, 3);
    for (int i = 0; i < 3; i++) {
        rc_pool_mark_unfit(&self.pool, node(&self, i));
        if (i < 2) {
            server_forget_rules(self.server[i]);
        }
    }
    refresh(&self);
    CHECK_INT(asked(&self, 2), 1);
    stop(&self);
}

/* A replica knows the table as well, when no primary answers. */
static void replicas_are_asked_after_primaries(void)
{
    nodes self;
    nodes_start_bare(&self, 2);
    answer_with_replica(&self);
    nodes_open(&self);
    for (int i = 0; i < TURNS; i++) {
        refresh(&self);
    }
    CHECK_INT(asked(&self, 1), 0);
    server_forget_rules(self.server[0]);
    refresh(&self);
    CHECK_INT(asked(&self, 1), 1);
    stop(&self);
}

/* Who has no table at all waits until the only node may be tried again. */
static void the_first_table_is_waited_for(void)
{
    nodes self;
    nodes_start(&self, 1);
    nodes_open(&self);
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_CONNECT, "refused");
    rc_pool_connect_failed(&self.pool, node(&self, 0), &error);
    rc_msec begun = rc_now();
    self.pool.nodes[0]->health.next_attempt = begun + 200;
    refresh(&self);
    CHECK(rc_now() - begun >= 200 && rc_now() - begun < 5000);
    stop(&self);
}

/* Who has one goes on with it: the failure is told at once. */
static void another_table_is_not(void)
{
    nodes self;
    start(&self, 1);
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_CONNECT, "refused");
    rc_pool_connect_failed(&self.pool, 0, &error);
    rc_pool_disconnect(&self.pool);
    self.pool.nodes[0]->health.next_attempt = RC_NEVER;
    CHECK_STATUS(rc_topology_refresh(&self.topology, 1, &no_end, &error), RC_UNREACHABLE);
    CHECK_HAS(error.message, "refused (not tried again yet)");
    CHECK_INT(server_accepted(self.server[0]), 1);
    stop(&self);
}

/* hold takes all the connections that the client may have to its nodes. */
static void hold(nodes *self, rc_connection **held, int count)
{
    self->options.max_connections_per_node = 1;
    for (int i = 0; i < count; i++) {
        held[i] = nodes_take(self, (rc_node_id)i, false);
    }
}

static rc_status refresh_soon(nodes *self, rc_error *error)
{
    rc_call soon = {.deadline = rc_now() + 100};
    return rc_topology_refresh(&self->topology, self->topology.version, &soon, error);
}

/* A client that is busy with all nodes cannot ask them, and that says nothing of them. */
static void a_full_pool_is_no_dead_cluster(void)
{
    for (int waits = 0; waits < 2; waits++) {
        nodes self;
        rc_connection *held[2];
        start(&self, 2);
        hold(&self, held, 2);
        self.options.pool_timeout = waits ? 20 : 0;
        rc_error error;
        CHECK_STATUS(refresh_soon(&self, &error), waits ? RC_POOL_TIMEOUT : RC_POOL_FULL);
        CHECK_HAS(error.message, text_format("127.0.0.1:%d (", nodes_port(&self, 1)));
        rc_pool_give(&self.pool, held[0], true);
        rc_pool_give(&self.pool, held[1], true);
        refresh(&self);
        stop(&self);
    }
}

/* One node that could not be asked may be alive, whatever became of the others. */
static void one_that_could_not_be_asked_counts(void)
{
    nodes self;
    rc_connection *held[2];
    start(&self, 2);
    hold(&self, held, 2);
    rc_pool_give(&self.pool, held[1], false);
    server_forget_rules(self.server[1]);
    rc_error error;
    CHECK_STATUS(refresh_soon(&self, &error), RC_POOL_FULL);
    rc_pool_give(&self.pool, held[0], true);
    stop(&self);
}

int main(void)
{
    RUN(all_primaries_have_their_turn);
    RUN(the_unfit_are_asked_last);
    RUN(the_unfit_are_asked_all_the_same);
    RUN(replicas_are_asked_after_primaries);
    RUN(the_first_table_is_waited_for);
    RUN(another_table_is_not);
    RUN(a_full_pool_is_no_dead_cluster);
    RUN(one_that_could_not_be_asked_counts);
    return 0;
}
