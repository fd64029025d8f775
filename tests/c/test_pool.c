/* test_pool: numbers that stay, limits that hold, waits that end, and nothing of a parent in its
 * child.
 */
#include "check.h"
#include "nodes.h"
#include "text.h"

#include <pthread.h>
#include <unistd.h>

static void open_pool(nodes *self, int count)
{
    nodes_start_bare(self, count);
    for (int i = 0; i < count; i++) {
        server_on(self->server[i], "PING", "+PONG\r\n");
        server_on(self->server[i], "READONLY", "+OK\r\n");
        server_on(self->server[i], "TWICE", "+one\r\n+two\r\n");
        server_rule(self->server[i],
                    (rule){.request = "BYE", .reply = "+bye\r\n", .then = THEN_CLOSE});
    }
    nodes_open(self);
}

static void close_pool(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

static void give(nodes *self, rc_connection *connection)
{
    rc_pool_give(&self->pool, connection, true);
}

static rc_status try_take(nodes *self, int number, bool readonly, rc_call *call, rc_msec until,
                          rc_connection **connection)
{
    rc_error error;
    rc_error_clear(&error);
    rc_node_id node = rc_pool_node(&self->pool, "127.0.0.1", nodes_port(self, number));
    rc_status status = rc_pool_take(&self->pool, node, readonly, call, until, connection, &error);
    CHECK_STATUS(error.status, status);
    return status;
}

static void full(nodes *self, int number, bool readonly)
{
    rc_connection *connection;
    CHECK_STATUS(try_take(self, number, readonly, &no_end, 0, &connection), RC_POOL_FULL);
}

/* ---- nodes ---- */

static void a_node_keeps_its_number_and_its_address(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    nodes_open(&self);
    CHECK_INT(rc_pool_node_count(&self.pool), 0);
    CHECK(rc_pool_at(&self.pool, 0) == NULL && rc_pool_at(&self.pool, RC_NO_NODE) == NULL);
    rc_node_id first = rc_pool_node(&self.pool, "host", 1);
    const rc_node *node = rc_pool_at(&self.pool, first);
    for (int i = 2; i < 500; i++) {
        CHECK_INT(rc_pool_node(&self.pool, "host", i), first + i - 1);
    }
    CHECK_INT(rc_pool_node(&self.pool, "another", 1), first + 499);
    CHECK_INT(rc_pool_node(&self.pool, "host", 1), first);
    CHECK_INT(rc_pool_node(&self.pool, "host", 77), first + 76);
    CHECK_INT(rc_pool_node_count(&self.pool), 500);
    CHECK(rc_pool_at(&self.pool, first) == node);
    CHECK_TEXT(node->host, "host");
    CHECK_INT(node->port, 1);
    close_pool(&self);
}

/* ---- taking and giving ---- */

static void a_clean_connection_is_used_again(void)
{
    nodes self;
    open_pool(&self, 1);
    rc_connection *first = nodes_take(&self, 0, false);
    CHECK_TEXT(nodes_ask(first, "PING"), "+PONG");
    give(&self, first);
    for (int i = 0; i < 3; i++) {
        rc_connection *again = nodes_take(&self, 0, false);
        CHECK(again == first && again->ready);
        CHECK_TEXT(nodes_ask(again, "PING"), "+PONG");
        give(&self, again);
    }
    rc_connection *one = nodes_take(&self, 0, false);
    rc_connection *two = nodes_take(&self, 0, false);
    CHECK(one != two);
    CHECK_TEXT(nodes_ask(two, "PING"), "+PONG");
    give(&self, one);
    give(&self, two);
    CHECK_INT(server_accepted(self.server[0]), 2);
    close_pool(&self);
}

static void nothing_is_kept(const nodes *self)
{
    CHECK_INT(self->pool.nodes[0]->idle_count, 0);
    CHECK_INT(self->pool.nodes[0]->taken, 0);
    CHECK_INT(self->pool.connections, 0);
}

/* What still owes a reply, or has one too many, would mix up the next conversation. */
static void an_unclean_connection_is_closed(void)
{
    nodes self;
    open_pool(&self, 1);
    rc_pool_give(&self.pool, nodes_take(&self, 0, false), false);
    server_wait_ended(self.server[0], 1);
    nothing_is_kept(&self);
    rc_connection *talkative = nodes_take(&self, 0, false);
    CHECK_TEXT(nodes_ask(talkative, "TWICE"), "+one");
    give(&self, talkative);
    server_wait_ended(self.server[0], 2);
    nothing_is_kept(&self);
    rc_connection *unopened;
    CHECK_STATUS(try_take(&self, 0, false, &no_end, 0, &unopened), RC_OK);
    CHECK(!unopened->ready);
    give(&self, unopened);
    nothing_is_kept(&self); /* the server may not even have seen it */
    close_pool(&self);
}

static void what_the_server_closed_is_not_given(void)
{
    nodes self;
    open_pool(&self, 1);
    rc_connection *one = nodes_take(&self, 0, false);
    rc_connection *two = nodes_take(&self, 0, false);
    CHECK_TEXT(nodes_ask(one, "BYE"), "+bye");
    CHECK_TEXT(nodes_ask(two, "BYE"), "+bye");
    server_wait_ended(self.server[0], 2);
    give(&self, one);
    give(&self, two);
    rc_connection *fresh = nodes_take(&self, 0, false);
    CHECK_TEXT(nodes_ask(fresh, "PING"), "+PONG");
    CHECK_INT(server_accepted(self.server[0]), 3);
    give(&self, fresh);
    CHECK_INT(self.pool.connections, 1);
    close_pool(&self);
}

static void readonly_connections_are_another_kind(void)
{
    nodes self;
    open_pool(&self, 1);
    give(&self, nodes_take(&self, 0, true));
    rc_connection *plain = nodes_take(&self, 0, false);
    CHECK(!plain->readonly);
    rc_connection *readonly = nodes_take(&self, 0, true);
    CHECK(readonly->readonly && readonly->ready);
    CHECK_INT(server_seen(self.server[0], "READONLY"), 1);
    give(&self, plain);
    give(&self, readonly);
    close_pool(&self);
}

/* ---- limits ---- */

static void a_node_has_its_limit(void)
{
    nodes self;
    open_pool(&self, 2);
    self.options.max_connections_per_node = 2;
    rc_connection *one = nodes_take(&self, 0, false);
    rc_connection *two = nodes_take(&self, 0, false);
    full(&self, 0, false);
    full(&self, 0, true);
    rc_connection *elsewhere = nodes_take(&self, 1, false);
    give(&self, one);
    CHECK(nodes_take(&self, 0, false) == one);
    full(&self, 0, false);
    rc_pool_give(&self.pool, two, false); /* closed: its place is free too */
    give(&self, nodes_take(&self, 0, false));
    give(&self, one);
    give(&self, elsewhere);
    close_pool(&self);
}

static void all_nodes_have_a_limit(void)
{
    nodes self;
    open_pool(&self, 2);
    self.options.max_connections = 2;
    rc_connection *one = nodes_take(&self, 0, false);
    rc_connection *two = nodes_take(&self, 1, false);
    full(&self, 0, false);
    full(&self, 1, false);
    give(&self, one);
    rc_connection *three = nodes_take(&self, 1, false); /* in place of the idle one */
    server_wait_ended(self.server[0], 1);
    full(&self, 0, false);
    CHECK_INT(self.pool.connections, 2);
    give(&self, two);
    give(&self, three);
    close_pool(&self);
}

static void an_idle_one_of_the_other_kind_makes_room(void)
{
    nodes self;
    open_pool(&self, 1);
    self.options.max_connections_per_node = 1;
    give(&self, nodes_take(&self, 0, true));
    rc_connection *plain = nodes_take(&self, 0, false);
    CHECK(!plain->readonly);
    server_wait_ended(self.server[0], 1);
    CHECK_INT(self.pool.connections, 1);
    give(&self, plain);
    close_pool(&self);
}

/* A connection that could not even begin does not count against the limit. */
static void failures_take_no_room(void)
{
    nodes self;
    open_pool(&self, 1);
    self.options.max_connections = 1;
    rc_node_id nowhere = rc_pool_node(&self.pool, "255.255.255.255", 1);
    for (int i = 0; i < 3; i++) {
        rc_connection *connection;
        rc_error error;
        CHECK_STATUS(rc_pool_take(&self.pool, nowhere, false, &no_end, 0, &connection, &error),
                     RC_CONNECT);
    }
    CHECK_INT(self.pool.connections, 0);
    give(&self, nodes_take(&self, 0, false));
    close_pool(&self);
}

/* ---- waits ---- */

typedef struct giver {
    nodes *owner;
    rc_connection *connection;
} giver;

static void *give_later(void *context)
{
    giver *self = context;
    rc_wait_sleep(&no_end, rc_now() + 60);
    give(self->owner, self->connection);
    return NULL;
}

static void who_waits_gets_what_is_given_back(void)
{
    nodes self;
    open_pool(&self, 1);
    self.options.max_connections_per_node = 1;
    giver giving = {&self, nodes_take(&self, 0, false)};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, give_later, &giving) == 0);
    rc_connection *connection = NULL;
    CHECK_STATUS(try_take(&self, 0, false, &no_end, rc_now() + 20000, &connection), RC_OK);
    CHECK(connection == giving.connection);
    pthread_join(thread, NULL);
    give(&self, connection);
    close_pool(&self);
}

static void waits_until(nodes *self, rc_call *call, rc_msec until, rc_msec expected)
{
    rc_connection *connection;
    rc_msec begun = rc_now();
    CHECK_STATUS(try_take(self, 0, false, call, until, &connection), RC_POOL_FULL);
    CHECK(rc_now() >= expected && rc_now() < begun + 10000);
}

static void a_wait_ends_with_its_time_or_the_calls(void)
{
    nodes self;
    open_pool(&self, 1);
    self.options.max_connections_per_node = 1;
    rc_connection *only = nodes_take(&self, 0, false);
    waits_until(&self, &no_end, rc_now() + 50, rc_now() + 50);
    rc_call call = {.deadline = rc_now() + 70};
    waits_until(&self, &call, RC_NEVER, call.deadline);
    give(&self, only);
    close_pool(&self);
}

static bool at_the_third_question(void *context)
{
    return ++*(int *)context == 3;
}

static void an_interruption_ends_a_wait(void)
{
    nodes self;
    open_pool(&self, 1);
    self.options.max_connections_per_node = 1;
    rc_connection *only = nodes_take(&self, 0, false);
    int questions = 0;
    rc_call call = {
        .deadline = RC_NEVER, .interrupted = at_the_third_question, .context = &questions};
    rc_connection *connection;
    CHECK_STATUS(try_take(&self, 0, false, &call, RC_NEVER, &connection), RC_INTERRUPTED);
    CHECK_INT(questions, 3);
    give(&self, only);
    give(&self, nodes_take(&self, 0, false)); /* nothing was taken by who gave up */
    close_pool(&self);
}

static void *take_and_give(void *context)
{
    nodes *self = context;
    for (int i = 0; i < 50; i++) {
        rc_connection *connection;
        CHECK_STATUS(try_take(self, 0, i % 2 == 0, &no_end, RC_NEVER, &connection), RC_OK);
        CHECK(connection->readonly == (i % 2 == 0));
        rc_pool_give(&self->pool, connection, i % 5 != 0);
    }
    return NULL;
}

/* Threads never have more than the limit together, and all come to their end. */
static void threads_share_the_limit(void)
{
    nodes self;
    open_pool(&self, 1);
    self.options.max_connections_per_node = 2;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, take_and_give, &self) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(self.pool.connections <= 2);
    CHECK_INT(rc_pool_at(&self.pool, 0)->taken, 0);
    CHECK_INT(rc_pool_at(&self.pool, 0)->idle_count, self.pool.connections);
    close_pool(&self);
}

/* ---- disconnecting and forks ---- */

static void disconnect_closes_what_is_idle(void)
{
    nodes self;
    open_pool(&self, 2);
    rc_connection *taken = nodes_take(&self, 0, false);
    give(&self, nodes_take(&self, 0, false));
    give(&self, nodes_take(&self, 1, false));
    rc_pool_disconnect(&self.pool);
    server_wait_ended(self.server[0], 1);
    server_wait_ended(self.server[1], 1);
    CHECK_INT(self.pool.connections, 1);
    CHECK_TEXT(nodes_ask(taken, "PING"), "+PONG");
    give(&self, taken);
    rc_pool_disconnect(&self.pool);
    server_wait_ended(self.server[0], 2);
    CHECK_INT(self.pool.connections, 0);
    close_pool(&self);
}

/* What is not in the set is left: its idle connections go, and those of the others stay. */
static void nodes_that_left_are_left(void)
{
    nodes self;
    open_pool(&self, 3);
    rc_connection *taken = nodes_take(&self, 0, false);
    for (int i = 0; i < 3; i++) {
        give(&self, nodes_take(&self, i, false));
    }
    uint8_t stay[RC_NODE_BITS] = {0};
    rc_set_bit(stay, 1);
    rc_set_bit(stay, 2);
    rc_pool_close_others(&self.pool, stay);
    server_wait_ended(self.server[0], 1);
    CHECK_INT(self.pool.connections, 3);
    CHECK_TEXT(nodes_ask(taken, "PING"), "+PONG");
    give(&self, taken);
    for (int i = 1; i < 3; i++) {
        CHECK_INT(self.pool.nodes[i]->idle_count, 1);
    }
    close_pool(&self);
}

typedef struct forked {
    nodes *owner;
    rc_connection *taken;
    int idle_fd;
} forked;

/* The child opens its own, up to the limit, and may give back what it holds of its parent's. */
static void begin_anew(void *context)
{
    forked *self = context;
    rc_connection *fresh[2];
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(try_take(self->owner, 0, false, &no_end, 0, &fresh[i]), RC_OK);
        CHECK(!fresh[i]->ready);
    }
    full(self->owner, 0, false);
    give(self->owner, self->taken);
    full(self->owner, 0, false);
    rc_pool_give(&self->owner->pool, fresh[0], false);
    rc_pool_give(&self->owner->pool, fresh[1], false);
    CHECK_INT(self->owner->pool.connections, 0);
    nodes_close(self->owner);
}

static void a_child_begins_anew(void)
{
    nodes self;
    open_pool(&self, 1);
    self.options.max_connections_per_node = 2;
    rc_connection *taken = nodes_take(&self, 0, false);
    rc_connection *idle = nodes_take(&self, 0, false);
    give(&self, idle);
    forked fork = {.owner = &self, .taken = taken};
    in_child(begin_anew, &fork);
    CHECK_TEXT(nodes_ask(taken, "PING"), "+PONG"); /* the parent's are the parent's still */
    CHECK(nodes_take(&self, 0, false) == idle);
    CHECK_TEXT(nodes_ask(idle, "PING"), "+PONG");
    give(&self, taken);
    give(&self, idle);
    close_pool(&self);
}

/* ---- memory ---- */

static nodes shared;

static void without_memory_nothing_is_counted(void)
{
    rc_error error;
    rc_connection *connection = NULL;
    fail_begin();
    rc_status status = nodes_try_open(&shared);
    if (status == RC_OK) {
        rc_node_id node = rc_pool_node(&shared.pool, "127.0.0.1", nodes_port(&shared, 0));
        status = node == RC_NO_NODE
                     ? RC_NOMEM
                     : rc_pool_take(&shared.pool, node, true, &no_end, 0, &connection, &error);
        bool failed = fail_end();
        CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
        CHECK_INT(shared.pool.connections, !failed);
        if (connection != NULL) {
            rc_pool_give(&shared.pool, connection, false);
        }
        give(&shared, nodes_take(&shared, 0, true)); /* and now it works */
        CHECK_INT(rc_pool_node_count(&shared.pool), 1);
        nodes_close(&shared);
    } else {
        CHECK(fail_end());
        CHECK_STATUS(status, RC_NOMEM);
    }
}

int main(void)
{
    RUN(a_node_keeps_its_number_and_its_address);
    RUN(a_clean_connection_is_used_again);
    RUN(an_unclean_connection_is_closed);
    RUN(what_the_server_closed_is_not_given);
    RUN(readonly_connections_are_another_kind);
    RUN(a_node_has_its_limit);
    RUN(all_nodes_have_a_limit);
    RUN(an_idle_one_of_the_other_kind_makes_room);
    RUN(failures_take_no_room);
    RUN(who_waits_gets_what_is_given_back);
    RUN(a_wait_ends_with_its_time_or_the_calls);
    RUN(an_interruption_ends_a_wait);
    RUN(threads_share_the_limit);
    RUN(disconnect_closes_what_is_idle);
    RUN(nodes_that_left_are_left);
    RUN(a_child_begins_anew);
    nodes_start_bare(&shared, 1);
    server_on(shared.server[0], "READONLY", "+OK\r\n");
    FAIL_EACH(without_memory_nothing_is_counted);
    nodes_stop(&shared);
    return 0;
}
