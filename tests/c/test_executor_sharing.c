/* test_executor_sharing: threads, processes and limits around one executor, and calls that run out
 * of memory. */
#include "check.h"
#include "client.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4 };

/* ---- threads ---- */

typedef struct worker {
    pthread_t thread;
    client *owner;
    int number;
    int calls;
} worker;

static void *work(void *context)
{
    worker *self = context;
    rc_batch batch = {0};
    const rc_command *command;
    char request[32];
    for (int i = 0; i < self->calls; i++) {
        static const char keys[] = "abcd";
        rc_batch_clear(&batch);
        for (int j = 0; j < 8; j++) {
            request[0] = '\0';
            strcat(request, "GET ?");
            request[4] = keys[(j + self->number) % 4];
            text_queue(&batch, request, RC_COMMAND_READ);
        }
        CHECK_STATUS(rc_executor_execute(&self->owner->nodes.executor, &batch, &no_end), RC_OK);
        for (size_t j = 0; j < 8; j++) {
            command = &batch.commands[j];
            CHECK_INT(command->state, RC_REPLIED);
            const rc_reply_tree *tree = rc_batch_reply(&batch, command);
            CHECK_INT(rc_reply_tree_text(tree, rc_reply_tree_item(tree, command->reply))[0],
                      keys[(j + (size_t)self->number) % 4]);
        }
    }
    rc_batch_free(&batch);
    return NULL;
}

/* run_threads lets all threads call at once; each reply must be the one to its own request. */
static void run_threads(client *self, int calls)
{
    worker workers[THREADS];
    for (int i = 0; i < 2; i++) {
        client_answer(self, i, "GET a", "$1\r\na\r\n");
        client_answer(self, i, "GET b", "$1\r\nb\r\n");
        client_answer(self, i, "GET c", "$1\r\nc\r\n");
        client_answer(self, i, "GET d", "$1\r\nd\r\n");
    }
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.owner = self, .number = i, .calls = calls};
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
}

static void threads_get_their_own_replies(void)
{
    client self;
    client_start(&self);
    run_threads(&self, 50);
    CHECK(server_accepted(self.nodes.server[0]) <= THREADS + 1);
    client_stop(&self);
}

/* The first calls of many threads fetch one map. */
static void threads_open_together(void)
{
    client self;
    client_start_new(&self);
    run_threads(&self, 3);
    CHECK(client_seen(&self, 0, CLUSTER_SLOTS) + client_seen(&self, 1, CLUSTER_SLOTS) < THREADS);
    client_stop(&self);
}

/* ---- limits ---- */

/* Each call needs both nodes, and there is one connection to each: nobody may wait in a circle. */
static void threads_do_not_wait_for_each_other(void)
{
    client self;
    client_start(&self);
    self.nodes.options.max_connections_per_node = 1;
    self.nodes.options.pool_timeout = -1;
    run_threads(&self, 30);
    CHECK(self.nodes.pool.connections <= 2);
    client_stop(&self);
}

static void one_connection_serves_two_nodes(void)
{
    client self;
    client_start(&self);
    self.nodes.options.max_connections = 1;
    client_answer(&self, 0, "SET *", "+zero\r\n");
    client_answer(&self, 1, "SET *", "+one\r\n");
    client_write(&self, "SET a 1");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "+one");
    client_expect_outcome(&self, 1, "+zero");
    client_stop(&self);
}

/* The connection that broke is free in the next round, as one is that has done its work. */
static void one_connection_serves_two_nodes_if_one_breaks_it(void)
{
    client self;
    client_start(&self);
    self.nodes.options.max_connections = 1;
    client_rule(&self, 1, (rule){.request = "SET *", .then = THEN_CLOSE});
    client_answer(&self, 0, "SET *", "+zero\r\n");
    client_write(&self, "SET a 1");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "UNKNOWN CLOSED");
    client_expect_outcome(&self, 1, "+zero");
    client_stop(&self);
}

static void a_full_pool_is_told(void)
{
    client self;
    client_start(&self);
    self.nodes.options.max_connections_per_node = 1;
    rc_connection *only = nodes_take(&self.nodes, 0, false);
    client_answer(&self, 1, "SET a 1", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "NOT_SENT POOL_FULL");
    self.nodes.options.pool_timeout = 60;
    rc_msec begun = rc_now();
    client_run(&self);
    client_expect_outcome(&self, 0, "NOT_SENT POOL_TIMEOUT");
    CHECK(rc_now() - begun >= 59 && rc_now() - begun < 5000);
    rc_pool_give(&self.nodes.pool, only, true);
    client_works(&self);
    client_stop(&self);
}

typedef struct holder {
    client *owner;
    rc_connection *connection;
} holder;

static void *give_when_the_other_node_was_asked(void *context)
{
    holder *self = context;
    server_wait_seen(self->owner->nodes.server[1], "SET a 1", 1);
    rc_pool_give(&self->owner->nodes.pool, self->connection, true);
    return NULL;
}

/* Nobody waits for a connection to one node while there is work for another that has one. */
static void a_full_node_keeps_no_other_waiting(void)
{
    client self;
    client_start(&self);
    self.nodes.options.max_connections_per_node = 1;
    self.nodes.options.pool_timeout = -1;
    client_answer(&self, 0, "SET b 1", "+zero\r\n");
    client_answer(&self, 1, "SET a 1", "+one\r\n");
    holder holding = {&self, nodes_take(&self.nodes, 0, false)};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, give_when_the_other_node_was_asked, &holding) == 0);
    client_write(&self, "SET b 1");
    client_write(&self, "SET a 1");
    client_run(&self);
    pthread_join(thread, NULL);
    client_expect_outcome(&self, 0, "+zero");
    client_expect_outcome(&self, 1, "+one");
    client_stop(&self);
}

/* The wait for two full nodes is one wait; what is free is used meanwhile. */
static void the_pools_timeout_is_paid_once(void)
{
    client self;
    client_start(&self);
    self.nodes.options.max_connections_per_node = 1;
    self.nodes.options.pool_timeout = 700;
    rc_connection *zero = nodes_take(&self.nodes, 0, false);
    rc_connection *one = nodes_take(&self.nodes, 1, false);
    client_write(&self, "SET b 1");
    client_write(&self, "SET a 1");
    rc_msec begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 699 && rc_now() - begun < 1390);
    client_expect_outcome(&self, 0, "NOT_SENT POOL_TIMEOUT");
    client_expect_outcome(&self, 1, "NOT_SENT POOL_TIMEOUT");
    rc_pool_give(&self.nodes.pool, one, true);
    client_answer(&self, 1, "SET a 1", "+one\r\n");
    begun = rc_now();
    client_run(&self);
    CHECK(rc_now() - begun >= 699 && rc_now() - begun < 1390);
    client_expect_outcome(&self, 0, "NOT_SENT POOL_TIMEOUT");
    client_expect_outcome(&self, 1, "+one");
    rc_pool_give(&self.nodes.pool, zero, true);
    client_stop(&self);
}

/* queue_pinned adds commands for so many nodes, each of another name for the same deaf port. */
static void queue_pinned(client *self, int count, int port)
{
    for (int i = 0; i < count; i++) {
        const char *name = text_format("%0*o.0.0.1", 5 + i, 127u);
        client_write(self, "PING");
        rc_command *command = &self->batch.commands[self->batch.count - 1];
        command->flags = RC_COMMAND_PINNED;
        command->node = rc_pool_node(&self->nodes.pool, name, port);
    }
}

/* Nodes that get no socket fail; those that have one talk on. */
static void more_nodes_than_files(void)
{
    enum { NODES = 60, FREE = 20 };
    client self;
    client_start(&self);
    client_answer(&self, 0, "GET b", "+x\r\n");
    client_read(&self, "GET b");
    client_run(&self); /* so that the connection is there */
    int port;
    int listener = server_deaf(&port);
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct rlimit few = {.rlim_cur = (rlim_t)listener + FREE, .rlim_max = before.rlim_max};
    self.nodes.options.socket_timeout = 200;
    self.nodes.options.lost_rounds = 0;
    self.nodes.options.timeout_rounds = 0;
    queue_pinned(&self, NODES, port);
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    client_run(&self);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    client_expect_outcome(&self, 0, "+x");
    int unknown = 0;
    for (size_t i = 1; i <= NODES; i++) {
        bool sent = self.batch.commands[i].state == RC_UNKNOWN;
        client_expect_outcome(&self, i, sent ? "UNKNOWN TIMEOUT" : "NOT_SENT CONNECT");
        unknown += sent;
    }
    CHECK(unknown > 0 && unknown <= FREE);
    close(listener);
    self.nodes.options.socket_timeout = -1;
    client_works(&self);
    client_stop(&self);
}

/* ---- replicas ---- */

static void reads_on_a_replica_say_so_first(void)
{
    client self;
    client_start_bare(&self);
    client_answer(&self, 0, CLUSTER_SLOTS,
                  text_format("*1\r\n*4\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:%d\r\n"
                              "*2\r\n$0\r\n\r\n:%d\r\n",
                              nodes_port(&self.nodes, 0), nodes_port(&self.nodes, 1)));
    client_answer(&self, 0, "GET *", "+primary\r\n");
    client_answer(&self, 0, "SET *", "+primary\r\n");
    client_answer(&self, 1, "READONLY", "+OK\r\n");
    client_answer(&self, 1, "GET *", "+replica\r\n");
    self.batch.read_policy = RC_READ_RANDOM;
    for (int i = 0; i < 60; i++) {
        client_read(&self, "GET a");
        client_write(&self, "SET a 1");
    }
    client_run(&self);
    CHECK_INT(client_seen(&self, 1, "READONLY"), 1);
    CHECK(client_seen(&self, 1, "GET a") > 0 && client_seen(&self, 0, "GET a") > 0);
    CHECK_INT(client_seen(&self, 1, "SET a 1"), 0);
    for (size_t i = 0; i < 120; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
    }
    client_stop(&self);
}

/* ---- processes ---- */

static void work_in_child(void *context)
{
    client *self = context;
    client_run(self);
    client_expect_outcome(self, 0, "+x");
    client_expect_outcome(self, 1, "+x");
    nodes_close(&self->nodes);
}

static void a_child_has_connections_of_its_own(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "GET *", "+x\r\n");
    client_answer(&self, 1, "GET *", "+x\r\n");
    client_read(&self, "GET a");
    client_read(&self, "GET b");
    client_run(&self);
    in_child(work_in_child, &self);
    client_run(&self);
    client_expect_outcome(&self, 0, "+x");
    client_expect(&self, 0, "1:GET b\n2:GET b\n1:GET b\n");
    client_expect(&self, 1, "1:GET a\n2:GET a\n1:GET a\n");
    client_stop(&self);
}

static void *run_slowly(void *context)
{
    client *self = context;
    rc_batch batch = {0};
    text_queue(&batch, "INCR b", 0);
    CHECK_STATUS(rc_executor_execute(&self->nodes.executor, &batch, &no_end), RC_OK);
    CHECK_INT(batch.commands[0].state, RC_REPLIED);
    rc_batch_free(&batch);
    return NULL;
}

/* A call that is under way in another thread stays in the parent, and gets its reply there. */
static void a_fork_in_the_middle_of_a_call(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "INCR b", .reply = ":1\r\n", .delay = 700});
    client_answer(&self, 0, "GET *", "+x\r\n");
    client_answer(&self, 1, "GET *", "+x\r\n");
    client_read(&self, "GET a");
    client_read(&self, "GET b");
    self.nodes.options.max_connections_per_node = 1;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run_slowly, &self) == 0);
    server_wait_seen(self.nodes.server[0], "INCR b", 1);
    in_child(work_in_child, &self);
    pthread_join(thread, NULL);
    CHECK_INT(client_seen(&self, 0, "INCR b"), 1);
    client_works(&self);
    client_stop(&self);
}

static bool fork_once(void *context)
{
    pid_t *child = context;
    if (*child < 0) {
        *child = fork();
    }
    return false;
}

/* A signal handler may fork: the call goes on in the parent alone. */
static void a_fork_in_a_signal_handler(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "INCR b", .reply = ":1\r\n", .delay = 700});
    client_write(&self, "INCR b");
    pid_t child = -1;
    rc_call call = {.deadline = RC_NEVER, .interrupted = fork_once, .context = &child};
    rc_status status = rc_executor_execute(&self.nodes.executor, &self.batch, &call);
    if (child == 0) {
        _exit(status == RC_INTERRUPTED ? 0 : 1);
    }
    CHECK_STATUS(status, RC_OK);
    client_expect_outcome(&self, 0, ":1");
    int result;
    CHECK(waitpid(child, &result, 0) == child);
    CHECK_INT(result, 0);
    client_stop(&self);
}

/* ---- memory ---- */

static client shared;

/* rules_for_memory: a call of which every part allocates - two nodes, MOVED to a third name, ASK.
 */
static void rules_for_memory(client *self)
{
    for (int i = 0; i < 2; i++) {
        client_answer(self, i, CLUSTER_SLOTS, nodes_table(&self->nodes, 0, 2));
        client_answer(self, i, "AUTH secret", "+OK\r\n");
        client_answer(self, i, "ASKING", "+OK\r\n");
    }
    client_answer(self, 0, "GET b", nodes_redirect(&self->nodes, "ASK", SLOT_B, 1));
    client_answer(self, 0, "GET c",
                  text_format("-MOVED %d localhost:%d\r\n", SLOT_C, nodes_port(&self->nodes, 1)));
    client_answer(self, 1, "GET *", "*2\r\n$5\r\nhello\r\n:7\r\n");
    client_answer(self, 1, "SET a 1", "+OK\r\n");
}

/* Every command has its reply, or an error that says that memory was short; never another. */
static void check_outcomes(const client *self, bool failed)
{
    size_t lacking = 0;
    for (size_t i = 0; i < self->batch.count; i++) {
        const rc_command *command = &self->batch.commands[i];
        if (command->state == RC_REPLIED) {
            client_expect_outcome(self, i, i == 3 ? "+OK" : "[$hello :7]");
            continue;
        }
        CHECK(rc_batch_reply(&self->batch, command) == NULL);
        rc_status status = rc_batch_error(&self->batch, command)->status;
        CHECK(status == RC_NOMEM || status == RC_BEHIND_UNKNOWN);
        lacking++;
    }
    CHECK(failed || lacking == 0);
}

static int requests(void)
{
    return client_seen(&shared, 0, "*") + client_seen(&shared, 1, "*");
}

static void a_whole_call_without_memory(void)
{
    int before = requests();
    nodes_open(&shared.nodes);
    client_read(&shared, "GET a");
    client_read(&shared, "GET b");
    client_read(&shared, "GET c");
    client_write(&shared, "SET a 1");
    fail_begin();
    rc_status status = rc_executor_execute(&shared.nodes.executor, &shared.batch, &no_end);
    bool failed = fail_end();
    if (status == RC_OK) {
        check_outcomes(&shared, failed);
    } else {
        CHECK_STATUS(status, RC_NOMEM);
        CHECK(failed);
        CHECK_INT(requests(), before);
    }
    rc_topology_fetch_drop(&shared.nodes.executor.table_fetch);
    for (size_t i = 0; i < shared.nodes.pool.node_count; i++) {
        CHECK_INT(shared.nodes.pool.nodes[i]->taken, 0);
    }
    rc_batch_clear(&shared.batch); /* the same client, with memory again */
    client_read(&shared, "GET c");
    client_run(&shared);
    client_expect_outcome(&shared, 0, "[$hello :7]");
    nodes_close(&shared.nodes);
    rc_batch_free(&shared.batch);
}

int main(void)
{
    RUN(threads_get_their_own_replies);
    RUN(threads_open_together);
    RUN(threads_do_not_wait_for_each_other);
    RUN(one_connection_serves_two_nodes);
    RUN(one_connection_serves_two_nodes_if_one_breaks_it);
    RUN(a_full_pool_is_told);
    RUN(a_full_node_keeps_no_other_waiting);
    RUN(the_pools_timeout_is_paid_once);
    RUN(more_nodes_than_files);
    RUN(reads_on_a_replica_say_so_first);
    RUN(a_child_has_connections_of_its_own);
    RUN(a_fork_in_the_middle_of_a_call);
    RUN(a_fork_in_a_signal_handler);
    nodes_start_bare(&shared.nodes, 2);
    shared.nodes.options.password = "secret";
    rules_for_memory(&shared);
    FAIL_EACH(a_whole_call_without_memory);
    nodes_stop(&shared.nodes);
    return 0;
}
