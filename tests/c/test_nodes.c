/* test_nodes: which node has which, how long, and when one is given to another. */
#include "check.h"
#include "nodes.h"
#include "text.h"

static void start(nodes *self)
{
    nodes_start_bare(self, 1);
    nodes_open(self);
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

static rc_epoch enter(nodes *self)
{
    rc_fork_lock_acquire(&self->lock);
    rc_epoch epoch = rc_pool_enter(&self->pool);
    rc_fork_lock_release(&self->lock);
    return epoch;
}

static void leave(nodes *self, rc_epoch epoch)
{
    rc_fork_lock_acquire(&self->lock);
    rc_pool_leave(&self->pool, epoch);
    rc_fork_lock_release(&self->lock);
}

static rc_node_id add(nodes *self, const char *host, int port)
{
    rc_node_id node;
    CHECK_STATUS(rc_pool_add(&self->pool, host, port, &node), RC_OK);
    return node;
}

/* list makes a table the fetched one: `count` nodes of this host. */
static void list(nodes *self, const char *host, int count)
{
    uint8_t named[RC_NODE_BITS] = {0};
    for (int i = 0; i < count; i++) {
        rc_set_bit(named, add(self, host, 1 + i));
    }
    rc_fork_lock_acquire(&self->lock);
    rc_pool_set_listed(&self->pool, named);
    rc_fork_lock_release(&self->lock);
}

/* churn has a cluster become another one so often, each time inside an epoch of its own. */
static void churn(nodes *self, int times, int count)
{
    for (int i = 0; i < times; i++) {
        rc_epoch epoch = enter(self);
        list(self, text_format("churn-%d", i), count);
        leave(self, epoch);
    }
}

static void expect_address(nodes *self, rc_node_id node, const char *expected)
{
    const rc_node *found = rc_pool_at(&self->pool, node);
    CHECK_TEXT(text_format("%s:%d", found->host, found->port), expected);
}

static void numbers_are_given_again(void)
{
    nodes self;
    start(&self);
    churn(&self, 200, 3000); /* 600,000 addresses */
    CHECK(rc_pool_node_count(&self.pool) < 15000);
    CHECK(rc_pool_find(&self.pool, "churn-199", 3000) != RC_NO_NODE);
    CHECK(rc_pool_find(&self.pool, "churn-100", 1) == RC_NO_NODE);
    stop(&self);
}

static void what_a_table_names_keeps_its_number(void)
{
    nodes self;
    start(&self);
    rc_node_id kept = add(&self, "kept", 7);
    rc_fork_lock_acquire(&self.lock);
    rc_pool_set_named(&self.pool, kept);
    rc_fork_lock_release(&self.lock);
    for (int i = 0; i < 20000; i++) {
        rc_epoch epoch = enter(&self);
        add(&self, "asked", 1 + i);
        leave(&self, epoch);
    }
    CHECK_INT(rc_pool_find(&self.pool, "kept", 7), kept);
    expect_address(&self, kept, "kept:7");
    CHECK(rc_pool_node_count(&self.pool) < 5000);
    stop(&self);
}

static void few_nodes_are_never_forgotten(void)
{
    nodes self;
    start(&self);
    rc_node_id first = add(&self, "once", 1);
    churn(&self, 50, 20);
    CHECK_INT(rc_pool_find(&self.pool, "once", 1), first);
    CHECK_INT(rc_pool_node_count(&self.pool), 1 + 50 * 20);
    stop(&self);
}

static void an_epoch_keeps_what_it_found(void)
{
    nodes self;
    start(&self);
    rc_epoch epoch = enter(&self);
    rc_node_id found = add(&self, "found", 1);
    churn(&self, 10, 3000);
    expect_address(&self, found, "found:1");
    CHECK(rc_pool_find(&self.pool, "found", 1) == RC_NO_NODE);
    leave(&self, epoch);
    churn(&self, 10, 3000);
    CHECK(rc_pool_node_count(&self.pool) < 40000);
    stop(&self);
}

static void what_is_held_stays_beyond_an_epoch(void)
{
    nodes self;
    start(&self);
    rc_node_id held = add(&self, "held", 1);
    rc_pool_hold(&self.pool, held);
    churn(&self, 20, 3000);
    expect_address(&self, held, "held:1");
    CHECK_INT(rc_pool_find(&self.pool, "held", 1), held);
    rc_pool_release(&self.pool, held);
    churn(&self, 20, 3000);
    CHECK(rc_pool_find(&self.pool, "held", 1) == RC_NO_NODE);
    stop(&self);
}

/* A number that was forgotten during an epoch may be named by it all the same. */
static void a_forgotten_number_can_be_named_again(void)
{
    nodes self;
    start(&self);
    rc_epoch epoch = enter(&self);
    rc_node_id node = add(&self, "again", 1);
    churn(&self, 3, 3000);
    CHECK(rc_pool_find(&self.pool, "again", 1) == RC_NO_NODE);
    rc_pool_hold(&self.pool, node);
    CHECK_INT(rc_pool_find(&self.pool, "again", 1), node);
    leave(&self, epoch);
    churn(&self, 20, 3000);
    expect_address(&self, node, "again:1");
    rc_pool_release(&self.pool, node);
    stop(&self);
}

static void a_connection_keeps_the_number(void)
{
    nodes self;
    start(&self);
    server_on(self.server[0], "PING", "+PONG\r\n");
    rc_connection *connection = nodes_take(&self, 0, false);
    churn(&self, 20, 3000);
    CHECK_INT(rc_pool_find(&self.pool, "127.0.0.1", nodes_port(&self, 0)), connection->node);
    CHECK_TEXT(nodes_ask(connection, "PING"), "+PONG");
    rc_pool_give(&self.pool, connection, true);
    stop(&self);
}

static void an_address_of_before_is_told_from_one_of_now(void)
{
    nodes self;
    char host[RC_HOST_MAX];
    int port;
    start(&self);
    rc_node_id node = add(&self, "before", 1);
    uint16_t age = rc_pool_at(&self.pool, node)->age;
    CHECK(rc_pool_address(&self.pool, node, age, host, &port));
    CHECK_TEXT(host, "before");
    churn(&self, 20, 3000);
    CHECK(!rc_pool_address(&self.pool, node, age, host, &port));
    CHECK(!rc_pool_address(&self.pool, RC_NO_NODE, 0, host, &port));
    stop(&self);
}

/* While one thread stays in its epoch all numbers may be used up; then adding a node fails. */
static void a_full_table_says_so(void)
{
    nodes self;
    start(&self);
    rc_epoch epoch = enter(&self);
    rc_status status = RC_OK;
    rc_node_id node = 0;
    for (int i = 0; status == RC_OK; i++) {
        status = rc_pool_add(&self.pool, text_format("full-%d", i / 60000), 1 + i % 60000, &node);
        CHECK(i < 100000);
    }
    CHECK_STATUS(status, RC_NODES_FULL);
    CHECK_INT(node, RC_NO_NODE);
    CHECK_INT(rc_pool_node_count(&self.pool), RC_NO_NODE);
    leave(&self, epoch);
    for (int i = 0; i < 2; i++) {
        leave(&self, enter(&self));
    }
    add(&self, "at-last", 1);
    stop(&self);
}

static void churn_in_child(void *context)
{
    churn(context, 30, 3000);
    CHECK(rc_pool_node_count(&((nodes *)context)->pool) < 15000);
}

/* The parent's threads never leave their epochs in the child. */
static void a_child_is_in_no_epoch_of_its_parent(void)
{
    nodes self;
    start(&self);
    rc_epoch epoch = enter(&self);
    in_child(churn_in_child, &self);
    leave(&self, epoch);
    stop(&self);
}

static void a_node_that_cannot_be_made_leaves_no_trace(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    nodes_open(&self);
    add(&self, "first", 1);
    fail_begin();
    rc_status status = RC_OK;
    rc_node_id node;
    for (int i = 0; i < 100 && status == RC_OK; i++) {
        status = rc_pool_add(&self.pool, "node", 1 + i, &node);
    }
    bool failed = fail_end();
    CHECK(status == RC_OK || (failed && status == RC_NOMEM));
    for (int i = 0; i < 100; i++) {
        rc_node_id one = add(&self, "node", 1 + i);
        expect_address(&self, one, text_format("node:%d", 1 + i));
    }
    CHECK_INT(rc_pool_node_count(&self.pool), 101);
    stop(&self);
}

int main(void)
{
    RUN(numbers_are_given_again);
    RUN(what_a_table_names_keeps_its_number);
    RUN(few_nodes_are_never_forgotten);
    RUN(an_epoch_keeps_what_it_found);
    RUN(what_is_held_stays_beyond_an_epoch);
    RUN(a_forgotten_number_can_be_named_again);
    RUN(a_connection_keeps_the_number);
    RUN(an_address_of_before_is_told_from_one_of_now);
    RUN(a_full_table_says_so);
    RUN(a_child_is_in_no_epoch_of_its_parent);
    FAIL_EACH(a_node_that_cannot_be_made_leaves_no_trace);
    return 0;
}
