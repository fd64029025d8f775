/* test_node_health: a node that cannot be connected to is left alone for a while, by all threads
 * together. */
#include "check.h"
#include "nodes.h"
#include "text.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

static void start(nodes *self)
{
    nodes_start_bare(self, 1);
    server_on(self->server[0], "PING", "+PONG\r\n");
    nodes_open(self);
    CHECK_INT(rc_pool_node(&self->pool, "127.0.0.1", nodes_port(self, 0)), 0);
    CHECK_INT(rc_pool_node(&self->pool, "127.0.0.1", server_unused()), 1);
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

/* attempt takes a connection, opens it and gives it back: clean, if it works. */
static rc_status attempt(nodes *self, rc_node_id node, rc_error *error)
{
    rc_connection *connection;
    rc_error_clear(error);
    rc_status status = rc_pool_take(&self->pool, node, false, &no_end, 0, &connection, error);
    if (status != RC_OK) {
        return status;
    }
    rc_io io = rc_pool_advance(&self->pool, connection, error);
    while (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        struct pollfd socket = {.fd = connection->transport.fd,
                                .events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN};
        CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + 10000), RC_OK);
        io = rc_pool_advance(&self->pool, connection, error);
    }
    rc_pool_give(&self->pool, connection, io == RC_IO_OK);
    return io == RC_IO_OK ? RC_OK : error->status;
}

static rc_status try_node(nodes *self, rc_node_id node)
{
    rc_error error;
    return attempt(self, node, &error);
}

static void fail_with(nodes *self, rc_node_id node, rc_status status, const char *why)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, status, "%s", why);
    rc_pool_connect_failed(&self->pool, node, &error);
}

/* rests keeps the node at rest however slow the test is; awake ends that. */
static void rests(nodes *self, rc_node_id node)
{
    self->pool.nodes[node]->health.next_attempt = RC_NEVER;
}

static void awake(nodes *self, rc_node_id node)
{
    self->pool.nodes[node]->health.next_attempt = 0;
}

static rc_node_report report_of(nodes *self, rc_node_id node)
{
    rc_node_report report;
    rc_pool_report(&self->pool, node, &report);
    return report;
}

static void a_node_that_is_down_is_not_tried_before_its_time(void)
{
    nodes self;
    start(&self);
    rc_error error;
    rc_error again;
    CHECK_STATUS(attempt(&self, 1, &error), RC_CONNECT);
    CHECK(report_of(&self, 1).down);
    rests(&self, 1);
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(attempt(&self, 1, &again), RC_CONNECT);
        CHECK_TEXT(again.message, text_format("%s (not tried again yet)", error.message));
    }
    CHECK_INT(report_of(&self, 1).stats.connect_failures, 1);
    CHECK_INT(self.pool.connections, 0); /* who was refused holds no place */
    awake(&self, 1);
    CHECK_STATUS(try_node(&self, 1), RC_CONNECT);
    CHECK_INT(report_of(&self, 1).stats.connect_failures, 2);
    CHECK(!report_of(&self, 0).down);
    stop(&self);
}

static void the_last_attempt_says_why(void)
{
    nodes self;
    start(&self);
    rc_error error;
    fail_with(&self, 0, RC_CONNECT, "refused");
    rests(&self, 0);
    CHECK_STATUS(attempt(&self, 0, &error), RC_CONNECT);
    CHECK_TEXT(error.message, "refused (not tried again yet)");
    fail_with(&self, 0, RC_TIMEOUT, "silent");
    rests(&self, 0);
    CHECK_STATUS(attempt(&self, 0, &error), RC_TIMEOUT);
    CHECK_TEXT(error.message, "silent (not tried again yet)");
    CHECK_INT(server_accepted(self.server[0]), 0);
    stop(&self);
}

static void idle_connections_are_used_even_then(void)
{
    nodes self;
    start(&self);
    rc_pool_give(&self.pool, nodes_take(&self, 0, false), true);
    fail_with(&self, 0, RC_CONNECT, "refused");
    rests(&self, 0);
    rc_connection *idle = nodes_take(&self, 0, false);
    CHECK(idle->ready);
    CHECK_STATUS(try_node(&self, 0), RC_CONNECT); /* there is no other */
    CHECK_TEXT(nodes_ask(idle, "PING"), "+PONG");
    rc_pool_give(&self.pool, idle, true);
    CHECK(report_of(&self, 0).down); /* an old connection says nothing of new ones */
    CHECK_INT(server_accepted(self.server[0]), 1);
    stop(&self);
}

/* A connection that is not made needs no room: nobody else's is closed for it. */
static void it_costs_no_other_node_a_connection(void)
{
    nodes self;
    start(&self);
    self.options.max_connections = 1;
    rc_connection *only = nodes_take(&self, 0, false);
    rc_pool_give(&self.pool, only, true);
    fail_with(&self, 1, RC_CONNECT, "refused");
    rests(&self, 1);
    CHECK_STATUS(try_node(&self, 1), RC_CONNECT);
    CHECK_INT(report_of(&self, 0).idle, 1);
    CHECK(nodes_take(&self, 0, false) == only);
    CHECK_STATUS(try_node(&self, 1), RC_CONNECT); /* nor does it wait for room */
    rc_pool_give(&self.pool, only, true);
    stop(&self);
}

static void a_success_ends_it(void)
{
    nodes self;
    start(&self);
    fail_with(&self, 0, RC_CONNECT, "refused");
    CHECK(!rc_pool_is_fit(&self.pool, 0, rc_now()));
    CHECK(rc_pool_is_fit(&self.pool, 1, rc_now()));
    rests(&self, 0);
    CHECK(rc_pool_retry_after(&self.pool, 0) > 0);
    awake(&self, 0);
    CHECK_INT(rc_pool_retry_after(&self.pool, 0), 0);
    CHECK_STATUS(try_node(&self, 0), RC_OK);
    CHECK(!report_of(&self, 0).down);
    CHECK(rc_pool_is_fit(&self.pool, 0, rc_now()));
    CHECK_INT(rc_pool_retry_after(&self.pool, 0), 0);
    CHECK_INT(report_of(&self, 0).stats.connects, 1);
    stop(&self);
}

/* A wrong password, too little memory, a signal: the node may be as well as ever. */
static void what_does_not_speak_of_the_node(void)
{
    static const rc_status others[] = {RC_AUTH, RC_NOMEM, RC_INTERRUPTED, RC_POOL_FULL};
    nodes self;
    start(&self);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        fail_with(&self, 0, others[i], "no");
    }
    rc_error error;
    rc_error_clear(&error);
    rc_error_errno(&error, RC_CONNECT, EMFILE, "cannot connect");
    rc_pool_connect_failed(&self.pool, 0, &error);
    CHECK(!report_of(&self, 0).down);
    CHECK_INT(report_of(&self, 0).stats.connect_failures, 0);
    CHECK(rc_pool_is_fit(&self.pool, 0, rc_now()));
    CHECK(!rc_event_queue_waiting(&self.pool.event_queue));
    stop(&self);
}

/* A call that has little time gives up an attempt before the node had a chance. */
static void an_attempt_has_a_fair_time(void)
{
    nodes self;
    start(&self);
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_TIMEOUT, "late");
    rc_connection *connection;
    CHECK_STATUS(rc_pool_take(&self.pool, 0, false, &no_end, 0, &connection, &error), RC_OK);
    rc_pool_note_late_attempt(&self.pool, connection, &error);
    CHECK(!report_of(&self, 0).down);
    connection->begun -= 1000;
    rc_pool_note_late_attempt(&self.pool, connection, &error);
    CHECK(report_of(&self, 0).down);
    rc_pool_give(&self.pool, connection, false);
    stop(&self);
}

/* ---- events ---- */

static void next_is(nodes *self, rc_event_kind kind, rc_node_id node, const char *text)
{
    rc_event event;
    CHECK(rc_event_queue_take(&self->pool.event_queue, &event));
    CHECK_INT(event.kind, kind);
    CHECK_INT(event.node, node);
    CHECK_TEXT(event.text, text);
}

static void each_change_is_told_once(void)
{
    nodes self;
    start(&self);
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < 3; i++) {
            fail_with(&self, 0, RC_CONNECT, text_format("refused %d", i));
            awake(&self, 0);
        }
        next_is(&self, RC_EVENT_NODE_DOWN, 0, "refused 0");
        CHECK(!rc_event_queue_waiting(&self.pool.event_queue));
        for (int i = 0; i < 3; i++) {
            CHECK_STATUS(try_node(&self, 0), RC_OK);
            rc_pool_disconnect(&self.pool);
        }
        next_is(&self, RC_EVENT_NODE_UP, 0, "");
        CHECK(!rc_event_queue_waiting(&self.pool.event_queue));
    }
    stop(&self);
}

/* ---- threads ---- */

enum { CROWD = 50, FLAPS = 100 * 1000 };

typedef struct member {
    pthread_t thread;
    nodes *owner;
    rc_connection *connection;
    rc_msec until;
    int number; /* of the listener: whether all others are done */
} member;

static void crowd(nodes *owner, member *members, int count, void *(*work)(void *))
{
    for (int i = 0; i < count; i++) {
        members[i].owner = owner;
        members[i].number = i;
        CHECK(pthread_create(&members[i].thread, NULL, work, &members[i]) == 0);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(members[i].thread, NULL);
    }
}

static void *insist(void *context)
{
    member *self = context;
    while (rc_now() < self->until) {
        CHECK_STATUS(try_node(self->owner, 1), RC_CONNECT);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return NULL;
}

/* In half a second one thread alone would have tried so often; there are fifty. */
static void a_crowd_makes_few_attempts(void)
{
    nodes self;
    start(&self);
    CHECK_STATUS(try_node(&self, 1), RC_CONNECT);
    member members[CROWD];
    for (int i = 0; i < CROWD; i++) {
        members[i].until = rc_now() + 500;
    }
    crowd(&self, members, CROWD, insist);
    uint64_t attempts = report_of(&self, 1).stats.connect_failures;
    CHECK(attempts >= 3 && attempts <= 20);
    next_is(&self, RC_EVENT_NODE_DOWN, 1, self.pool.nodes[1]->why);
    CHECK(!rc_event_queue_waiting(&self.pool.event_queue));
    CHECK_INT(report_of(&self, 1).taken, 0);
    stop(&self);
}

/* pace lets the listener come after, so that no event is dropped. */
static void pace(rc_event_queue *event_queue)
{
    while (__atomic_load_n(&event_queue->waiting, __ATOMIC_RELAXED) > RC_EVENT_QUEUE_ROOM / 2) {
        sched_yield();
    }
}

/* flap makes node 0 go down in one half of the threads, and come back in the other. */
static void *flap(void *context)
{
    member *self = context;
    rc_error error;
    for (int i = 0; i < FLAPS; i++) {
        pace(&self->owner->pool.event_queue);
        if (self->number % 2 == 0) {
            fail_with(self->owner, 0, RC_CONNECT, "refused");
        } else {
            self->connection->ready = false; /* as if it had been opened only now */
            CHECK_INT(rc_pool_advance(&self->owner->pool, self->connection, &error), RC_IO_OK);
        }
    }
    return NULL;
}

static void *take_turns(void *context)
{
    member *self = context;
    rc_event_queue *event_queue = &self->owner->pool.event_queue;
    rc_event event;
    rc_event_kind last = RC_EVENT_NODE_UP;
    while (!__atomic_load_n(&self->number, __ATOMIC_RELAXED) ||
           rc_event_queue_waiting(event_queue)) {
        if (rc_event_queue_waiting(event_queue) && rc_event_queue_take(event_queue, &event)) {
            CHECK(event.kind != last);
            last = event.kind;
        }
    }
    return NULL;
}

/* Down, up, down: whatever threads notice, it is told in the order in which it happened. */
static void changes_are_told_in_their_order(void)
{
    nodes self;
    start(&self);
    member members[4] = {0};
    for (int i = 1; i < 4; i += 2) {
        members[i].connection = nodes_take(&self, 0, false);
    }
    member listener = {.owner = &self};
    CHECK(pthread_create(&listener.thread, NULL, take_turns, &listener) == 0);
    crowd(&self, members, 4, flap);
    __atomic_store_n(&listener.number, 1, __ATOMIC_RELAXED);
    pthread_join(listener.thread, NULL);
    CHECK_INT(self.pool.event_queue.dropped, 0);
    rc_pool_give(&self.pool, members[1].connection, true);
    rc_pool_give(&self.pool, members[3].connection, true);
    stop(&self);
}

int main(void)
{
    RUN(a_node_that_is_down_is_not_tried_before_its_time);
    RUN(the_last_attempt_says_why);
    RUN(idle_connections_are_used_even_then);
    RUN(it_costs_no_other_node_a_connection);
    RUN(a_success_ends_it);
    RUN(what_does_not_speak_of_the_node);
    RUN(an_attempt_has_a_fair_time);
    RUN(each_change_is_told_once);
    RUN(a_crowd_makes_few_attempts);
    RUN(changes_are_told_in_their_order);
    return 0;
}
