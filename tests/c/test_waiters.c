/* test_waiters: who waits for a connection of a full pool gets it in turn, and nobody else wakes.
 */
#include "check.h"
#include "nodes.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAITERS = 4 };

static nodes self;

static void start(void)
{
    nodes_start_bare(&self, 1);
    server_on(self.server[0], "READONLY", "+OK\r\n");
    nodes_open(&self);
    self.options.max_connections_per_node = 1;
}

static void stop(void)
{
    CHECK(self.pool.waiters.first == NULL);
    CHECK_INT(rc_pool_at(&self.pool, 0)->taken, 0);
    CHECK_INT(self.pool.closing, 0);
    nodes_close(&self);
    nodes_stop(&self);
}

static rc_status take(bool readonly, rc_call *call, rc_msec until, rc_connection **connection)
{
    rc_error error;
    rc_error_clear(&error);
    rc_node_id node = rc_pool_node(&self.pool, "127.0.0.1", nodes_port(&self, 0));
    return rc_pool_take(&self.pool, node, readonly, call, until, connection, &error);
}

static void full(void)
{
    rc_connection *connection;
    CHECK_STATUS(take(false, &no_end, 0, &connection), RC_POOL_FULL);
}

static int queue_length(void)
{
    int length = 0;
    rc_fork_lock_acquire(self.pool.lock);
    for (const rc_waiter *waiter = self.pool.waiters.first; waiter != NULL; waiter = waiter->next) {
        length++;
    }
    rc_fork_lock_release(self.pool.lock);
    return length;
}

static void wait_for_queue(int length)
{
    while (queue_length() != length) {
        rc_wait_sleep(&no_end, rc_now() + 1);
    }
}

/* ---- those who wait ---- */

typedef struct waiter {
    pthread_t thread;
    rc_call call; /* without a deadline */
    bool readonly;
    bool clean;            /* how it gives back what it got */
    pthread_mutex_t *gate; /* what it waits for before it does */
    rc_status status;
    int turn;
} waiter;

static int turns;

static void *take_and_give(void *context)
{
    waiter *me = context;
    rc_connection *connection;
    me->status = take(me->readonly, &me->call, RC_NEVER, &connection);
    if (me->status == RC_OK) {
        me->turn = ++turns; /* one has the connection at a time */
        if (me->gate != NULL) {
            pthread_mutex_lock(me->gate);
            pthread_mutex_unlock(me->gate);
        }
        rc_pool_give(&self.pool, connection, me->clean);
    }
    return NULL;
}

static void send_off(waiter *one, int place)
{
    one->call.deadline = RC_NEVER;
    CHECK(pthread_create(&one->thread, NULL, take_and_give, one) == 0);
    wait_for_queue(place);
}

static void expect_turns(waiter *all, int count)
{
    for (int i = 0; i < count; i++) {
        pthread_join(all[i].thread, NULL);
        CHECK_STATUS(all[i].status, RC_OK);
        CHECK_INT(all[i].turn, i + 1);
    }
}

static void queue_up(waiter *all, int count)
{
    turns = 0;
    for (int i = 0; i < count; i++) {
        send_off(&all[i], i + 1);
    }
}

/* ---- turns ---- */

static void first_come_first_served(void)
{
    start();
    waiter all[WAITERS] = {{.clean = true}, {.clean = true}, {.clean = false}, {.clean = true}};
    rc_connection *only = nodes_take(&self, 0, false);
    queue_up(all, WAITERS);
    rc_pool_give(&self.pool, only, true);
    expect_turns(all, WAITERS);
    stop();
}

/* The place is the waiter's from the moment it is free, whether its thread has woken or not. */
static void nobody_overtakes(void)
{
    start();
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    waiter one = {.gate = &gate};
    for (int i = 0; i < 20; i++) {
        one.clean = i % 3 == 0;
        rc_connection *only = nodes_take(&self, 0, false);
        pthread_mutex_lock(&gate);
        queue_up(&one, 1);
        rc_pool_give(&self.pool, only, i % 2 == 0);
        full();
        pthread_mutex_unlock(&gate);
        expect_turns(&one, 1);
    }
    stop();
}

/* What is idle but greeted otherwise goes before the new one is opened, by whoever waited. */
static void the_other_kind_makes_room_for_who_waits(void)
{
    start();
    waiter all[2] = {{.readonly = true, .clean = true}, {.readonly = false, .clean = true}};
    rc_connection *only = nodes_take(&self, 0, false);
    queue_up(all, 2);
    rc_pool_give(&self.pool, only, true);
    expect_turns(all, 2);
    CHECK(self.pool.connections <= 1);
    stop();
}

/* Who waits for a node that stays full is passed over, not waited for. */
static void another_node_is_not_held_up(void)
{
    nodes_start_bare(&self, 2);
    nodes_open(&self);
    self.options.max_connections_per_node = 1;
    rc_connection *first = nodes_take(&self, 0, false);
    rc_connection *second = nodes_take(&self, 1, false);
    waiter one = {.clean = true};
    queue_up(&one, 1);
    rc_pool_give(&self.pool, second, true);
    CHECK(nodes_take(&self, 1, false) == second);
    rc_pool_give(&self.pool, second, true);
    rc_pool_give(&self.pool, first, true);
    expect_turns(&one, 1);
    stop();
}

static void expect_nothing_closing(void)
{
    rc_fork_lock_acquire(self.pool.lock);
    CHECK_INT(self.pool.closing, 0);
    rc_fork_lock_release(self.pool.lock);
}

/* Who gives back closes what is in the way: a sleeper might not wake for long. */
static void a_sleeper_has_nothing_to_close(void)
{
    nodes_start_bare(&self, 2);
    nodes_open(&self);
    self.options.max_connections = 1;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    for (int i = 0; i < 20; i++) {
        waiter one = {.clean = true, .gate = &gate};
        pthread_mutex_lock(&gate);
        rc_connection *other = nodes_take(&self, 1, false);
        queue_up(&one, 1);
        rc_pool_give(&self.pool, other, true);
        expect_nothing_closing();
        pthread_mutex_unlock(&gate);
        expect_turns(&one, 1);
    }
    stop();
}

/* ---- signal handlers ---- */

static rc_connection *held;

static void *give_soon(void *context)
{
    rc_wait_sleep(&no_end, rc_now() + 50);
    rc_pool_give(&self.pool, held, true);
    return context;
}

/* handle is a handler that uses the client while its thread waits for a connection. */
static bool handle(void *context)
{
    int *handled = context;
    if ((*handled)++ == 0) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, give_soon, NULL) == 0);
        rc_connection *connection;
        CHECK_STATUS(take(false, &no_end, rc_now() + 10000, &connection), RC_OK);
        rc_pool_give(&self.pool, connection, true);
        pthread_join(thread, NULL);
    }
    return false;
}

static void a_handler_does_not_wait_for_what_it_has_interrupted(void)
{
    start();
    int handled = 0;
    rc_call call = {.deadline = RC_NEVER, .interrupted = handle, .context = &handled};
    held = nodes_take(&self, 0, false);
    rc_connection *connection;
    CHECK_STATUS(take(false, &call, RC_NEVER, &connection), RC_OK);
    CHECK_INT(handled, 1);
    rc_pool_give(&self.pool, connection, true);
    stop();
}

/* ---- ends ---- */

static bool held_clean;

/* The place comes while the lock is given up for the question whose answer ends the call. */
static bool given_in_the_last_moment(void *context)
{
    (void)context;
    if (queue_length() < 2) {
        return false;
    }
    rc_pool_give(&self.pool, held, held_clean);
    CHECK_INT(queue_length(), 1);
    return true;
}

static void a_place_that_comes_too_late_goes_on(bool clean)
{
    start();
    waiter all[2] = {{.call = {.deadline = RC_NEVER, .interrupted = given_in_the_last_moment}},
                     {.call = {.deadline = RC_NEVER}, .clean = true}};
    held_clean = clean;
    held = nodes_take(&self, 0, false);
    turns = 0;
    send_off(&all[0], 1);
    CHECK(pthread_create(&all[1].thread, NULL, take_and_give, &all[1]) == 0);
    pthread_join(all[0].thread, NULL);
    CHECK_STATUS(all[0].status, RC_INTERRUPTED);
    expect_turns(&all[1], 1);
    stop();
}

static void an_idle_one_that_comes_too_late_goes_on(void)
{
    a_place_that_comes_too_late_goes_on(true);
}

static void an_empty_place_that_comes_too_late_goes_on(void)
{
    a_place_that_comes_too_late_goes_on(false);
}

/* ---- forks ---- */

static void use_own(void)
{
    rc_connection *own;
    CHECK_STATUS(take(false, &no_end, 0, &own), RC_OK);
    full();
    rc_pool_give(&self.pool, own, false);
    CHECK_INT(self.pool.connections, 0);
}

static void serve_nobody(void *context)
{
    rc_pool_give(&self.pool, context, true); /* the parent's: it frees nothing here */
    use_own();
    CHECK(rc_waiters_first(&self.pool.waiters) == NULL);
}

/* The parent's threads wait, and the child has none of them. */
static void a_child_serves_nobody_of_its_parent(void)
{
    start();
    waiter one = {.clean = true};
    rc_connection *only = nodes_take(&self, 0, false);
    queue_up(&one, 1);
    in_child(serve_nobody, only);
    rc_pool_give(&self.pool, only, true);
    expect_turns(&one, 1);
    stop();
}

/* A signal handler forks, and its child goes on with the client at once. */
static bool given_and_forked(void *context)
{
    rc_pool_give(&self.pool, held, held_clean);
    pid_t child = fork();
    CHECK(child >= 0);
    *(pid_t *)context = child;
    if (child == 0) {
        use_own();
        return true;
    }
    int end = -1;
    CHECK(waitpid(child, &end, 0) == child);
    CHECK_INT(end, 0);
    return true;
}

static void a_child_has_no_account_of_its_parents(void)
{
    start();
    for (int i = 0; i < 2; i++) {
        held_clean = i == 0;
        held = nodes_take(&self, 0, false);
        pid_t child = -1;
        rc_connection *connection;
        rc_call call = {.deadline = RC_NEVER, .interrupted = given_and_forked, .context = &child};
        CHECK_STATUS(take(false, &call, RC_NEVER, &connection), RC_INTERRUPTED);
        if (child == 0) {
            CHECK_INT(self.pool.connections, 0);
            CHECK_INT(rc_pool_at(&self.pool, 0)->taken, 0);
            use_own();
            _exit(0);
        }
    }
    stop();
}

int main(void)
{
    RUN(first_come_first_served);
    RUN(nobody_overtakes);
    RUN(the_other_kind_makes_room_for_who_waits);
    RUN(another_node_is_not_held_up);
    RUN(a_sleeper_has_nothing_to_close);
    RUN(a_handler_does_not_wait_for_what_it_has_interrupted);
    RUN(an_idle_one_that_comes_too_late_goes_on);
    RUN(an_empty_place_that_comes_too_late_goes_on);
    RUN(a_child_serves_nobody_of_its_parent);
    RUN(a_child_has_no_account_of_its_parents);
    return 0;
}
