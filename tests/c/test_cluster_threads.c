/* test_cluster_threads: one client in many of them, each doing something else, on nodes that
 * redirect and break.
 */
#include "check.h"
#include "nodes.h"
#include "text.h"

#include "core/cluster.h"

#include <pthread.h>

enum { COMMANDS = 8, MEMBERS_MAX = 10 };

typedef struct crowd crowd;
typedef struct member member;
typedef void (*step)(member *self, int round);

struct member {
    pthread_t thread;
    crowd *crowd;
    step step;
    int number;
    int rounds;
    rc_call call;
    rc_batch batch;
};

struct crowd {
    nodes nodes;
    rc_cluster *cluster;
    rc_session *session; /* that all share */
    member members[MEMBERS_MAX];
    int count;
};

/* ---- a crowd ---- */

static void answer_all(crowd *self)
{
    for (int i = 0; i < self->nodes.count; i++) {
        server_on(self->nodes.server[i], "GET a", "$1\r\na\r\n");
        server_on(self->nodes.server[i], "GET b", "$1\r\nb\r\n");
        server_on(self->nodes.server[i], "GET c", "$1\r\nc\r\n");
        server_on(self->nodes.server[i], "GET d", "$1\r\nd\r\n");
    }
}

static void begin(crowd *self)
{
    rc_error error;
    self->cluster = rc_cluster_new(&self->nodes.options, &error);
    CHECK(self->cluster != NULL);
    CHECK_STATUS(rc_cluster_open(self->cluster, &no_end, &error), RC_OK);
}

/* interrupted says no; but it is asked, in the thread of the call. */
static bool interrupted(void *context)
{
    const member *self = context;
    return self->crowd == NULL;
}

static void *live(void *context)
{
    member *self = context;
    self->call =
        (rc_call){.deadline = rc_now() + 50000, .interrupted = interrupted, .context = self};
    for (int i = 0; i < self->rounds; i++) {
        self->step(self, i);
    }
    rc_batch_free(&self->batch);
    return NULL;
}

static void add(crowd *self, step taken, int members, int rounds)
{
    for (int i = 0; i < members; i++) {
        CHECK(self->count < MEMBERS_MAX);
        self->members[self->count] =
            (member){.crowd = self, .step = taken, .number = i, .rounds = rounds};
        self->count++;
    }
}

/* let_go lets all members do their steps at once, and waits for them. */
static void let_go(crowd *self)
{
    for (int i = 0; i < self->count; i++) {
        member *each = &self->members[i];
        CHECK_INT(pthread_create(&each->thread, NULL, live, each), 0);
    }
    for (int i = 0; i < self->count; i++) {
        CHECK_INT(pthread_join(self->members[i].thread, NULL), 0);
    }
    self->count = 0;
}

static void end(crowd *self)
{
    const rc_node *node;
    rc_cluster_disconnect(self->cluster); /* a question about the slots may be left over */
    for (rc_node_id i = 0; (node = rc_cluster_node(self->cluster, i)) != NULL; i++) {
        CHECK_INT(node->taken, 0);
    }
    rc_cluster_free(self->cluster);
    nodes_stop(&self->nodes);
}

/* ---- what members do ---- */

static char key_of(const member *self, int place)
{
    return "abcd"[(self->number + place) % 4];
}

/* execute reads keys of both nodes; each reply must be the one to its own request. */
static void execute(member *self, int round)
{
    (void)round;
    rc_batch_clear(&self->batch);
    for (int i = 0; i < COMMANDS; i++) {
        char request[] = "GET ?";
        request[4] = key_of(self, i);
        text_queue(&self->batch, request, RC_COMMAND_READ);
    }
    CHECK_STATUS(rc_cluster_execute(self->crowd->cluster, &self->batch, &self->call), RC_OK);
    for (int i = 0; i < COMMANDS; i++) {
        const rc_command *command = &self->batch.commands[i];
        CHECK_INT(command->state, RC_REPLIED);
        const rc_reply_tree *tree = rc_batch_reply(&self->batch, command);
        CHECK_INT(rc_reply_tree_text(tree, rc_reply_tree_item(tree, command->reply))[0],
                  key_of(self, i));
    }
}

static void refresh(member *self, int round)
{
    rc_error error;
    (void)round;
    CHECK_STATUS(rc_cluster_refresh(self->crowd->cluster, &self->call, &error), RC_OK);
}

static void disconnect(member *self, int round)
{
    rc_cluster_disconnect(self->crowd->cluster);
    CHECK_STATUS(rc_wait_sleep(&self->call, rc_now() + 1 + round % 3), RC_OK);
}

/* look asks what can be asked, and makes nodes that nobody will talk to. */
static void look(member *self, int round)
{
    rc_cluster *cluster = self->crowd->cluster;
    rc_slotmap *map = rc_cluster_map(cluster);
    const rc_node *owner = rc_cluster_node(cluster, rc_slotmap_owner(map, SLOT_A));
    CHECK_TEXT(owner->host, "127.0.0.1");
    rc_slotmap_drop(map);
    int port = 1 + round % 100;
    rc_node_id made;
    CHECK_STATUS(rc_cluster_hold_address(cluster, "127.0.0.1", port, &made), RC_OK);
    CHECK_INT(rc_cluster_node(cluster, made)->port, port);
    CHECK_INT(rc_cluster_find(cluster, "127.0.0.1", port), made);
    rc_cluster_release(cluster, made);
}

/* count does nothing else, as each other use of the client would order it among the threads. */
static void count(member *self, int round)
{
    uint64_t changes;
    int moved;
    rc_cluster_changes(self->crowd->cluster, &changes, &moved);
    CHECK(changes > 0 && moved >= 0);
    if (round % 100 == 0) {
        CHECK_STATUS(rc_wait_sleep(&self->call, rc_now() + 1), RC_OK);
    }
}

static void exchange_on(member *self, rc_session *session)
{
    static const char request[] = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    rc_error error;
    rc_reply_tree tree = {0};
    rc_exchange x = {.data = request,
                     .length = sizeof request - 1,
                     .requests = 1,
                     .replies = 1,
                     .tree = &tree,
                     .until = RC_NEVER,
                     .patience = -1};
    CHECK_STATUS(rc_session_exchange(session, &x, &self->call, &error), RC_OK);
    CHECK_TEXT(rc_reply_tree_text(&tree, rc_reply_tree_item(&tree, 0)), "a");
    rc_reply_tree_free(&tree);
}

static void exchange(member *self, int round)
{
    rc_error error;
    rc_session *session = NULL;
    int port = nodes_port(&self->crowd->nodes, round % 2);
    CHECK_STATUS(rc_cluster_session(self->crowd->cluster, "127.0.0.1", port, false, &self->call,
                                    &session, &error),
                 RC_OK);
    exchange_on(self, session);
    rc_session_close(session, round % 3 != 0);
}

static void converse_together(member *self, int round)
{
    (void)round;
    exchange_on(self, self->crowd->session);
}

/* ---- tests ---- */

static void each_does_something_else(void)
{
    crowd self = {0};
    nodes_start(&self.nodes, 2);
    answer_all(&self);
    begin(&self);
    add(&self, execute, 3, 40);
    add(&self, refresh, 2, 25);
    add(&self, disconnect, 1, 40);
    add(&self, look, 1, 2000);
    add(&self, count, 1, 10000);
    add(&self, exchange, 2, 25);
    let_go(&self);
    end(&self);
}

/* The limits hold at any time, and nobody who waits for a connection is forgotten. */
static void more_threads_than_connections(void)
{
    crowd self = {0};
    nodes_start(&self.nodes, 2);
    answer_all(&self);
    self.nodes.options.max_connections = 3;
    self.nodes.options.max_connections_per_node = 2;
    self.nodes.options.pool_timeout = -1;
    begin(&self);
    add(&self, execute, 6, 30);
    add(&self, exchange, 2, 20);
    add(&self, disconnect, 1, 20);
    let_go(&self);
    end(&self);
}

/* All slots have moved to the second node, and only MOVED tells; who asks for the table, shares. */
static void all_are_redirected_together(void)
{
    crowd self = {0};
    nodes_start_bare(&self.nodes, 2);
    server_once(self.nodes.server[0], CLUSTER_SLOTS, nodes_table(&self.nodes, 0, 2));
    for (int i = 0; i < 2; i++) {
        server_on(self.nodes.server[i], CLUSTER_SLOTS, nodes_table(&self.nodes, 1, 1));
    }
    server_on(self.nodes.server[0], "GET b", nodes_redirect(&self.nodes, "MOVED", SLOT_B, 1));
    server_on(self.nodes.server[0], "GET c", nodes_redirect(&self.nodes, "MOVED", SLOT_C, 1));
    answer_all(&self);
    self.nodes.options.refresh_after_moved = 3;
    begin(&self);
    add(&self, execute, MEMBERS_MAX, 20);
    let_go(&self);
    int fetched = server_seen(self.nodes.server[0], CLUSTER_SLOTS) +
                  server_seen(self.nodes.server[1], CLUSTER_SLOTS);
    CHECK(fetched <= 1 + MEMBERS_MAX);
    rc_slotmap *map = rc_cluster_map(self.cluster);
    const rc_node *owner = rc_cluster_node(self.cluster, rc_slotmap_owner(map, SLOT_B));
    CHECK_INT(owner->port, nodes_port(&self.nodes, 1));
    rc_slotmap_drop(map);
    end(&self);
}

/* Reads are asked again when their connection breaks, whoever else uses the node meanwhile. */
static void connections_break_under_all(void)
{
    crowd self = {0};
    nodes_start(&self.nodes, 2);
    for (int i = 0; i < 2; i++) {
        server_rule(self.nodes.server[i],
                    (rule){.request = "GET *", .times = 6, .then = THEN_RESET});
    }
    answer_all(&self);
    self.nodes.options.lost_rounds = 20;
    begin(&self);
    add(&self, execute, 6, 20);
    add(&self, refresh, 1, 20);
    let_go(&self);
    end(&self);
}

static void one_session_in_all_threads(void)
{
    crowd self = {0};
    rc_error error;
    nodes_start(&self.nodes, 2);
    answer_all(&self);
    begin(&self);
    CHECK_STATUS(rc_cluster_session(self.cluster, "127.0.0.1", nodes_port(&self.nodes, 0), false,
                                    &no_end, &self.session, &error),
                 RC_OK);
    add(&self, converse_together, 5, 30);
    add(&self, execute, 2, 30);
    let_go(&self);
    rc_session_close(self.session, true);
    end(&self);
}

int main(void)
{
    RUN(each_does_something_else);
    RUN(more_threads_than_connections);
    RUN(all_are_redirected_together);
    RUN(connections_break_under_all);
    RUN(one_session_in_all_threads);
    return 0;
}
