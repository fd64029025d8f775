/* test_slot_discovery_sources: which nodes are asked for the slot table, and what is said when none
 * of them tells. */
#include "check.h"
#include "nodes.h"
#include "text.h"

#include <stdio.h>
#include <unistd.h>

static void start(nodes *self, int count)
{
    nodes_start(self, count);
    nodes_open(self);
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

static rc_status refresh(nodes *self, rc_call *call, rc_error *error)
{
    uint64_t seen;
    rc_slotmap_drop(rc_topology_map(&self->topology, &seen));
    return rc_topology_refresh(&self->topology, seen, call, error);
}

static void refreshed(nodes *self)
{
    rc_error error;
    CHECK_STATUS(refresh(self, &no_end, &error), RC_OK);
}

static size_t covered(nodes *self)
{
    uint64_t version;
    rc_slotmap *map = rc_topology_map(&self->topology, &version);
    size_t count = map->covered;
    rc_slotmap_drop(map);
    return count;
}

/* owner writes "host:port" of a slot's primary. */
static const char *owner(nodes *self, int slot)
{
    uint64_t version;
    rc_slotmap *map = rc_topology_map(&self->topology, &version);
    const rc_node *node = rc_pool_at(&self->pool, rc_slotmap_owner(map, slot));
    rc_slotmap_drop(map);
    return node == NULL ? "nobody" : text_format("%s:%d", node->host, node->port);
}

static void dead_startup_nodes_are_passed_over(void)
{
    nodes self;
    nodes_start(&self, 2);
    self.startup[0].port = server_unused();
    self.options.startup_count = 2;
    nodes_open(&self);
    refreshed(&self);
    CHECK_INT(covered(&self), RC_SLOTS);
    server_expect(self.server[0], "");
    server_expect(self.server[1], "1:CLUSTER SLOTS\n");
    stop(&self);
}

static void the_error_lists_whom_was_asked_and_why_not(void)
{
    nodes self;
    nodes_start_bare(&self, 3);
    self.startup[0].port = server_unused();
    self.options.startup_count = 3;
    server_rule(self.server[1], (rule){.request = CLUSTER_SLOTS, .then = THEN_CLOSE});
    server_on(self.server[2], CLUSTER_SLOTS, "-NOPERM not you\r\n");
    nodes_open(&self);
    rc_error error;
    CHECK_STATUS(refresh(&self, &no_end, &error), RC_UNREACHABLE);
    CHECK_HAS(error.message, text_format("127.0.0.1:%d (cannot connect", self.startup[0].port));
    CHECK_HAS(error.message, text_format("127.0.0.1:%d (the server closed", nodes_port(&self, 1)));
    CHECK_HAS(error.message, text_format("127.0.0.1:%d (NOPERM not you", nodes_port(&self, 2)));
    CHECK_INT(covered(&self), 0);
    stop(&self);
}

static void without_any_node_it_says_so(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    self.options.startup_count = 0;
    nodes_open(&self);
    rc_error error;
    CHECK_STATUS(refresh(&self, &no_end, &error), RC_UNREACHABLE);
    CHECK(error.message[0] != '\0');
    stop(&self);
}

static void a_server_without_cluster_mode_is_named(void)
{
    nodes self;
    nodes_start_bare(&self, 2);
    self.options.startup_count = 2;
    self.startup[1].port = server_unused();
    server_on(self.server[0], CLUSTER_SLOTS, "-ERR This instance has cluster support disabled\r\n");
    nodes_open(&self);
    rc_error error;
    CHECK_STATUS(refresh(&self, &no_end, &error), RC_NOT_CLUSTER);
    stop(&self);
}

/* Nodes known since are asked when the startup node is gone, and it again when they are. */
static void known_nodes_and_startup_nodes_stand_in_for_each_other(void)
{
    nodes self;
    start(&self, 3);
    server_forget_rules(self.server[0]);
    server_rule(self.server[0], (rule){.request = CLUSTER_SLOTS,
                                       .reply = nodes_table(&self, 1, 2),
                                       .times = 1,
                                       .then = THEN_CLOSE});
    refreshed(&self); /* the startup node names the two others */
    refreshed(&self);
    CHECK_INT(server_seen(self.server[0], CLUSTER_SLOTS), 1);
    for (int i = 1; i < 3; i++) {
        server_forget_rules(self.server[i]);
        server_rule(self.server[i], (rule){.request = CLUSTER_SLOTS, .then = THEN_CLOSE});
    }
    server_on(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 0, 1));
    refreshed(&self);
    nodes_expect_owner(&self, SLOT_A, 0);
    stop(&self);
}

/* Replicas know the cluster as well as their primaries do. */
static void replicas_are_asked_too(void)
{
    nodes self;
    nodes_start_bare(&self, 2);
    server_rule(self.server[0],
                (rule){.request = CLUSTER_SLOTS,
                       .times = 1,
                       .then = THEN_CLOSE,
                       .reply = text_format("*1\r\n*4\r\n:0\r\n:16383\r\n"
                                            "*2\r\n$0\r\n\r\n:%d\r\n"
                                            "*2\r\n$0\r\n\r\n:%d\r\n",
                                            server_unused(), nodes_port(&self, 1))});
    server_rule(self.server[0], (rule){.request = CLUSTER_SLOTS, .then = THEN_CLOSE});
    server_on(self.server[1], CLUSTER_SLOTS, nodes_table(&self, 1, 1));
    nodes_open(&self);
    refreshed(&self);
    refreshed(&self);
    nodes_expect_owner(&self, SLOT_A, 1);
    /* At first, and again as the startup node, which stands before the replicas. */
    CHECK_INT(server_seen(self.server[0], CLUSTER_SLOTS), 2);
    stop(&self);
}

static void the_fullest_map_wins(void)
{
    nodes self;
    nodes_start_bare(&self, 3);
    self.options.startup_count = 3;
    const char *range = "*1\r\n*3\r\n:0\r\n:%d\r\n*2\r\n$1\r\na\r\n:%d\r\n";
    server_on(self.server[0], CLUSTER_SLOTS, text_format(range, 100, 1));
    server_on(self.server[1], CLUSTER_SLOTS, text_format(range, 5000, 2));
    server_on(self.server[2], CLUSTER_SLOTS, text_format(range, 300, 3));
    nodes_open(&self);
    refreshed(&self);
    CHECK_INT(covered(&self), 5001);
    CHECK_TEXT(owner(&self, 0), "a:2");
    stop(&self);
}

/* A node that has just been reset is in no cluster: what it says is no map. */
static void a_node_that_knows_no_slots_is_passed_over(void)
{
    nodes self;
    nodes_start_bare(&self, 2);
    server_on(self.server[0], CLUSTER_SLOTS, "*0\r\n");
    server_on(self.server[1], CLUSTER_SLOTS, nodes_table(&self, 0, 2));
    nodes_open(&self);
    rc_error error;
    CHECK_STATUS(refresh(&self, &no_end, &error), RC_UNREACHABLE);
    CHECK_HAS(error.message, "no slots");
    self.options.startup_count = 2;
    refreshed(&self);
    CHECK_INT(covered(&self), RC_SLOTS);
    stop(&self);
}

/* A list of nodes that is too long for the message ends between two of them, and says so. */
static void a_long_list_of_failures_is_cut_cleanly(void)
{
    enum { MANY = 80 };
    static rc_address many[MANY];
    static char names[MANY][RC_HOST_MAX];
    int port = server_unused();
    for (int i = 0; i < MANY; i++) {
        strcpy(names[i], text_format("%0*o.0.0.1", 5 + i, 127u)); /* all the same address */
        many[i] = (rc_address){.host = names[i], .port = port};
    }
    nodes self;
    nodes_start_bare(&self, 1);
    self.options.startup = many;
    self.options.startup_count = MANY;
    nodes_open(&self);
    rc_error error;
    CHECK_STATUS(refresh(&self, &no_end, &error), RC_UNREACHABLE);
    CHECK_HAS(error.message, text_format("%s:%d (cannot connect", names[5], port));
    static const char end[] = "), and more";
    CHECK_TEXT(error.message + strlen(error.message) - strlen(end), end);
    stop(&self);
}

/* Known nodes that have all fallen silent are not waited for one by one: the user's are asked. */
static void many_silent_nodes_do_not_hide_the_startup_node(void)
{
    enum { MANY = 12 };
    int port;
    int listener = server_deaf(&port);
    char table[4096];
    int length = sprintf(table, "*%d\r\n", MANY);
    for (int i = 0; i < MANY; i++) {
        length += sprintf(table + length, "*3\r\n:%d\r\n:%d\r\n*2\r\n$%d\r\n%0*o.0.0.1\r\n:%d\r\n",
                          i * 1000, i * 1000 + 999, 11 + i, 5 + i, 127u, port);
    }
    nodes self;
    nodes_start_bare(&self, 1);
    server_once(self.server[0], CLUSTER_SLOTS, table);
    server_on(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 0, 1));
    nodes_open(&self);
    refreshed(&self);
    CHECK_INT(covered(&self), MANY * 1000);
    rc_msec begun = rc_now();
    refreshed(&self);
    CHECK(rc_now() - begun < 12000); /* each silent one alone may take two seconds */
    nodes_expect_owner(&self, SLOT_A, 0);
    close(listener);
    stop(&self);
}

/* ---- the call's end ---- */

static bool yes(void *context)
{
    (void)context;
    return true;
}

static void a_fetch_ends_with_its_call(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    server_rule(self.server[0], (rule){.request = CLUSTER_SLOTS});
    nodes_open(&self);
    rc_error error;
    rc_msec begun = rc_now();
    rc_call short_call = {.deadline = begun + 80};
    CHECK_STATUS(refresh(&self, &short_call, &error), RC_UNREACHABLE);
    CHECK(rc_now() - begun < 1500);
    rc_call interrupted = {.deadline = RC_NEVER, .interrupted = yes};
    CHECK_STATUS(refresh(&self, &interrupted, &error), RC_INTERRUPTED);
    CHECK(rc_now() - begun < 3000);
    stop(&self);
}

int main(void)
{
    RUN(dead_startup_nodes_are_passed_over);
    RUN(the_error_lists_whom_was_asked_and_why_not);
    RUN(without_any_node_it_says_so);
    RUN(a_server_without_cluster_mode_is_named);
    RUN(known_nodes_and_startup_nodes_stand_in_for_each_other);
    RUN(the_fullest_map_wins);
    RUN(a_node_that_knows_no_slots_is_passed_over);
    RUN(a_long_list_of_failures_is_cut_cleanly);
    RUN(many_silent_nodes_do_not_hide_the_startup_node);
    RUN(a_fetch_ends_with_its_call);
    RUN(replicas_are_asked_too);
    return 0;
}
