/* lane: each reply goes to its command, and a broken conversation leaves each what it was. */
#include "certificate.h"
#include "check.h"
#include "nodes.h"
#include "words.h"

#include "core/lane.h"

#include <stdlib.h>

typedef struct rig {
    nodes nodes;
    rc_batch batch;
    rc_lane lane;
} rig;

static char scratch[RC_SCRATCH];

static void start(rig *self)
{
    *self = (rig){0};
    nodes_start_bare(&self->nodes, 1);
    nodes_open(&self->nodes);
    rc_pool_node(&self->nodes.pool, "127.0.0.1", nodes_port(&self->nodes, 0));
}

static void stop(rig *self)
{
    rc_batch_free(&self->batch);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

static server *node_of(rig *self)
{
    return self->nodes.server[0];
}

static void queue(rig *self, const char *words)
{
    words_queue(&self->batch, words, 0);
}

/* queue_long queues "SET key xxx..." with so many bytes. */
static void queue_long(rig *self, const char *key, size_t size)
{
    char *words = malloc(size + 100);
    CHECK(words != NULL);
    size_t length = strlen(strcpy(words, words_format("SET %s ", key)));
    memset(words + length, 'x', size);
    words[length + size] = '\0';
    queue(self, words);
    free(words);
}

static void begin(rig *self, const uint32_t *commands, size_t count)
{
    self->lane = (rc_lane){.batch = &self->batch, .node = 0, .commands = commands, .count = count};
    for (size_t i = 0; i < count; i++) {
        self->lane.asks |= (self->batch.commands[commands[i]].flags & RC_COMMAND_ASKING) != 0;
    }
    rc_lane_start(&self->lane, &self->nodes.pool, &no_end, 0);
}

/* converse steps the lane until it is over or nothing has happened for so long. */
static void converse(rig *self, rc_msec patience)
{
    rc_lane *lane = &self->lane;
    for (short revents = POLLOUT; lane->events != 0 && revents != 0;) {
        rc_lane_step(lane, &self->nodes.pool, revents, scratch);
        if (lane->events != 0) {
            struct pollfd socket = {.fd = lane->connection->transport.fd, .events = lane->events};
            CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + patience), RC_OK);
            revents = socket.revents;
        }
    }
}

static void run(rig *self, const uint32_t *commands, size_t count)
{
    begin(self, commands, count);
    converse(self, 20000);
    CHECK_INT(self->lane.events, 0);
    CHECK(self->lane.connection == NULL);
}

static const uint32_t first_hundred[] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
    40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,
    60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79,
    80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99};

static void run_all(rig *self)
{
    run(self, first_hundred, self->batch.count);
}

static void became(const rig *self, size_t index, const char *outcome)
{
    CHECK_TEXT(words_outcome(&self->batch, index), outcome);
}

static size_t idle(rig *self)
{
    CHECK_INT(rc_pool_at(&self->nodes.pool, 0)->taken, 0);
    return rc_pool_at(&self->nodes.pool, 0)->idle_count;
}

/* ---- replies ---- */

static void replies_go_to_their_commands(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "GET a", "$1\r\nA\r\n");
    server_on(node_of(&self), "GET b", "$-1\r\n");
    server_on(node_of(&self), "LRANGE c", "*2\r\n:1\r\n$1\r\nC\r\n");
    queue(&self, "GET a");
    queue(&self, "GET b");
    queue(&self, "LRANGE c");
    queue(&self, "NONSENSE");
    queue(&self, "GET a");
    run_all(&self);
    became(&self, 0, "$A");
    became(&self, 1, "nil");
    became(&self, 2, "[:1 $C]");
    became(&self, 3, "-ERR not in the script");
    became(&self, 4, "$A");
    CHECK(self.lane.errors && !self.lane.lost);
    CHECK_INT(idle(&self), 1); /* the connection is there for the next one */
    stop(&self);
}

/* A share with gaps is gathered, one without is sent from where it lies; others are not touched. */
static void a_lane_sends_its_share_alone(void)
{
    static const uint32_t shares[][3] = {{0, 2, 5}, {2, 3, 4}, {1, 2, 3}, {3, 4, 5}, {0, 1, 5}};
    for (size_t i = 0; i < 5; i++) {
        rig self;
        start(&self);
        for (int j = 0; j < 6; j++) {
            queue(&self, words_format("GET %d", j));
            server_on(node_of(&self), words_format("GET %d", j), words_format(":%d\r\n", j));
        }
        run(&self, shares[i], 3);
        server_expect(node_of(&self), words_format("1:GET %u\n1:GET %u\n1:GET %u\n", shares[i][0],
                                                   shares[i][1], shares[i][2]));
        for (uint32_t j = 0; j < 6; j++) {
            bool mine = j == shares[i][0] || j == shares[i][1] || j == shares[i][2];
            CHECK_INT(self.batch.commands[j].state, mine ? RC_REPLIED : RC_NOT_SENT);
            if (mine) {
                became(&self, j, words_format(":%u", j));
            }
        }
        stop(&self);
    }
}

static void two_lanes_one_after_the_other_use_one_connection(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "GET *", ":1\r\n");
    queue(&self, "GET a");
    queue(&self, "GET b");
    run(&self, first_hundred, 1);
    run(&self, first_hundred + 1, 1);
    server_expect(node_of(&self), "1:GET a\n1:GET b\n");
    became(&self, 0, ":1");
    became(&self, 1, ":1");
    CHECK_INT(self.batch.tape_count, 2);
    stop(&self);
}

/* ASKING holds for one command, so each that was asked for has one of its own. */
static void asking_goes_before_its_command(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "ASKING", "+OK\r\n");
    server_on(node_of(&self), "GET *", "$1\r\nx\r\n");
    words_queue(&self.batch, "GET a", RC_COMMAND_ASKING);
    words_queue(&self.batch, "GET b", 0);
    words_queue(&self.batch, "GET c", RC_COMMAND_ASKING);
    words_queue(&self.batch, "GET d", RC_COMMAND_ASKING);
    run_all(&self);
    server_expect(node_of(&self),
                  "1:ASKING\n1:GET a\n1:GET b\n1:ASKING\n1:GET c\n1:ASKING\n1:GET d\n");
    for (size_t i = 0; i < 4; i++) {
        became(&self, i, "$x");
    }
    stop(&self);
}

/* Where ASKING itself is refused, the reply behind it is the command's all the same. */
static void a_refused_asking_shifts_no_reply(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "ASKING", "-ERR no cluster\r\n");
    server_on(node_of(&self), "GET a", "-MOVED 1 x:1\r\n");
    server_on(node_of(&self), "GET b", "$1\r\nB\r\n");
    words_queue(&self.batch, "GET a", RC_COMMAND_ASKING);
    words_queue(&self.batch, "GET b", RC_COMMAND_ASKING);
    run_all(&self);
    became(&self, 0, "-MOVED 1 x:1");
    became(&self, 1, "$B");
    stop(&self);
}

/* ---- sizes and speeds ---- */

static void replies_may_come_in_drops(void)
{
    rig self;
    start(&self);
    server_rule(node_of(&self), (rule){.request = "GET a", .reply = "$3\r\nabc\r\n", .slice = 1});
    server_rule(node_of(&self),
                (rule){.request = "GET b", .reply = "*2\r\n+x\r\n$1\r\ny\r\n", .slice = 2});
    for (int i = 0; i < 3; i++) {
        queue(&self, "GET a");
        queue(&self, "GET b");
    }
    run_all(&self);
    for (size_t i = 0; i < 6; i++) {
        became(&self, i, i % 2 == 0 ? "$abc" : "[+x $y]");
    }
    stop(&self);
}

static char *bulk_of(size_t size)
{
    char *reply = malloc(size + 40);
    CHECK(reply != NULL);
    size_t length = strlen(strcpy(reply, words_format("$%zu\r\n", size)));
    memset(reply + length, 'r', size);
    memcpy(reply + length + size, "\r\n", 3);
    return reply;
}

/* The server reads nothing while it answers: who wrote all before reading would wait for ever. */
static void neither_side_waits_for_the_other(void)
{
    enum { COMMANDS = 80, SIZE = 150 * 1000 };
    rig self;
    start(&self);
    char *reply = bulk_of(SIZE);
    server_on(node_of(&self), "SET *", reply);
    free(reply);
    for (int i = 0; i < COMMANDS; i++) {
        queue_long(&self, "k", SIZE);
    }
    run_all(&self);
    for (int i = 0; i < COMMANDS; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
        const rc_tape *tape = rc_batch_reply(&self.batch, &self.batch.commands[i]);
        CHECK_INT(rc_tape_item(tape, self.batch.commands[i].reply)->size, SIZE);
    }
    stop(&self);
}

static void gathered_commands_may_be_larger_than_the_scratch(void)
{
    static const uint32_t share[] = {0, 2, 4, 6};
    static const size_t sizes[] = {RC_SCRATCH - 30, RC_SCRATCH - 26, RC_SCRATCH, 3 * RC_SCRATCH};
    rig self;
    start(&self);
    server_on(node_of(&self), "ASKING", "+OK\r\n");
    server_on(node_of(&self), "SET *", "+OK\r\n");
    for (int i = 0; i < 4; i++) {
        queue_long(&self, words_format("%d", i), sizes[i]);
        queue(&self, "GET between");
        self.batch.commands[2 * i].flags = i % 2 == 0 ? RC_COMMAND_ASKING : 0;
    }
    run(&self, share, 4);
    for (int i = 0; i < 4; i++) {
        became(&self, share[i], "+OK");
        CHECK_INT(server_seen(node_of(&self), words_format("SET %d *", i)), 1);
    }
    CHECK_INT(server_seen(node_of(&self), "ASKING"), 2);
    CHECK_INT(server_seen(node_of(&self), "GET between"), 0);
    stop(&self);
}

/* ---- losses ---- */

/* Answered, sent without an answer, not sent whole: three kinds, told apart by the last byte. */
static void a_lost_peer_leaves_each_what_it_was(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "GET *", "$1\r\nx\r\n");
    server_rule(node_of(&self), (rule){.request = "SET b 1", .then = THEN_CLOSE});
    queue(&self, "GET a");
    queue(&self, "GET a");
    queue(&self, "SET b 1");
    queue(&self, "SET b 2");
    queue_long(&self, "c", 40 * 1000 * 1000);
    queue(&self, "SET d 1");
    run_all(&self);
    became(&self, 0, "$x"); /* which arrived before the writing failed */
    became(&self, 1, "$x");
    became(&self, 2, "UNKNOWN CLOSED");
    became(&self, 3, "UNKNOWN CLOSED");
    became(&self, 4, "NOT_SENT CLOSED");
    became(&self, 5, "NOT_SENT CLOSED");
    CHECK(self.lane.lost);
    CHECK_INT(idle(&self), 0);
    const rc_error *error = rc_batch_error(&self.batch, &self.batch.commands[2]);
    CHECK_TEXT(error->host, "127.0.0.1");
    CHECK_INT(error->port, nodes_port(&self.nodes, 0));
    stop(&self);
}

static void loses(const char *reply, server_then then, const char *outcome)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "GET a", "+fine\r\n");
    server_rule(node_of(&self), (rule){.request = "GET b", .reply = reply, .then = then});
    queue(&self, "GET a");
    queue(&self, "GET b");
    queue(&self, "GET a");
    begin(&self, first_hundred, 3);
    converse(&self, 20000);
    became(&self, 0, "+fine");
    became(&self, 1, outcome);
    became(&self, 2, outcome);
    CHECK(self.lane.lost && self.lane.connection == NULL);
    CHECK_INT(idle(&self), 0);
    stop(&self);
}

static void a_broken_conversation_is_told(void)
{
    loses(NULL, THEN_CLOSE, "UNKNOWN CLOSED");
    loses(NULL, THEN_RESET, "UNKNOWN CLOSED");
    loses("$10\r\nabc", THEN_CLOSE, "UNKNOWN CLOSED");
    loses("*2\r\n:1\r\n", THEN_CLOSE, "UNKNOWN CLOSED");
    loses("HTTP/1.1 200 OK\r\n", THEN_GO_ON, "UNKNOWN PROTOCOL");
    loses("*1\r\n?\r\n", THEN_GO_ON, "UNKNOWN PROTOCOL");
}

/* The last reply has its command; what follows has none, and spoils the connection. */
static void a_reply_too_many_costs_the_connection(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "GET a", "+one\r\n+two\r\n");
    queue(&self, "GET a");
    run_all(&self);
    became(&self, 0, "+one");
    CHECK_INT(idle(&self), 0);
    server_wait_ended(node_of(&self), 1);
    stop(&self);
}

/* What comes before anything was asked is no command's reply. */
static void a_reply_to_nothing_is_told(void)
{
    rig self;
    start(&self);
    server_rule(node_of(&self),
                (rule){.request = ON_CONNECT, .reply = "-ERR max number of clients reached\r\n"});
    queue_long(&self, "c", 40 * 1000 * 1000);
    begin(&self, first_hundred, 1);
    rc_lane_step(&self.lane, &self.nodes.pool, POLLOUT, scratch);
    converse(&self, 20000);
    became(&self, 0, "NOT_SENT PROTOCOL");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message, "max number");
    stop(&self);
}

/* ---- ends that the caller makes ---- */

static void the_caller_can_end_it(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "GET a", "+fine\r\n");
    server_rule(node_of(&self), (rule){.request = "GET b"});
    queue(&self, "GET a");
    queue(&self, "GET b");
    queue(&self, "GET b");
    begin(&self, first_hundred, 3);
    converse(&self, 100);
    CHECK(self.lane.events != 0);
    rc_lane_fail(&self.lane, &self.nodes.pool, RC_TIMEOUT, "too slow");
    CHECK_INT(self.lane.events, 0);
    became(&self, 0, "+fine");
    became(&self, 1, "UNKNOWN TIMEOUT");
    became(&self, 2, "UNKNOWN TIMEOUT");
    CHECK_TEXT(rc_batch_error(&self.batch, &self.batch.commands[1])->message, "too slow");
    CHECK_INT(idle(&self), 0);
    stop(&self);
}

static void the_deadline_moves_with_progress(void)
{
    rig self;
    start(&self);
    self.nodes.options.socket_timeout = 500;
    self.nodes.options.connect_timeout = 7000;
    server_rule(node_of(&self), (rule){.request = "GET a", .reply = "+fine\r\n", .delay = 50});
    queue(&self, "GET a");
    queue(&self, "GET a");
    begin(&self, first_hundred, 2);
    CHECK(self.lane.deadline > rc_now() + 5000); /* it is connecting */
    rc_msec last = 0;
    while (self.lane.events != 0) {
        struct pollfd socket = {.fd = self.lane.connection->transport.fd,
                                .events = self.lane.events};
        rc_wait(&no_end, &socket, 1, rc_now() + 20000);
        size_t before = self.lane.received;
        rc_lane_step(&self.lane, &self.nodes.pool, socket.revents, scratch);
        if (self.lane.received > before) {
            CHECK(self.lane.deadline > last && self.lane.deadline <= rc_now() + 500);
            last = self.lane.deadline;
        }
    }
    became(&self, 1, "+fine");
    stop(&self);
}

/* ---- beginnings that fail ---- */

static void without_a_connection_nothing_is_sent(void)
{
    rig self;
    start(&self);
    queue(&self, "SET a 1");
    self.nodes.options.max_connections = 1;
    rc_connection *only = nodes_take(&self.nodes, 0, false);
    run_all(&self);
    became(&self, 0, "NOT_SENT POOL_FULL");
    rc_pool_give(&self.nodes.pool, only, true);
    self.nodes.options.password = "wrong";
    rc_pool_disconnect(&self.nodes.pool);
    server_on(node_of(&self), "AUTH wrong", "-WRONGPASS no\r\n");
    run_all(&self);
    became(&self, 0, "NOT_SENT AUTH");
    rc_node_id nowhere = rc_pool_node(&self.nodes.pool, "127.0.0.1", server_unused());
    self.lane =
        (rc_lane){.batch = &self.batch, .node = nowhere, .commands = first_hundred, .count = 1};
    rc_lane_start(&self.lane, &self.nodes.pool, &no_end, 0);
    converse(&self, 20000);
    became(&self, 0, "NOT_SENT CONNECT");
    CHECK_INT(self.nodes.pool.connections, 0);
    stop(&self);
}

static void a_readonly_lane_greets_so(void)
{
    rig self;
    start(&self);
    server_on(node_of(&self), "READONLY", "+OK\r\n");
    server_on(node_of(&self), "GET a", "+fine\r\n");
    queue(&self, "GET a");
    self.lane =
        (rc_lane){.batch = &self.batch, .readonly = true, .commands = first_hundred, .count = 1};
    rc_lane_start(&self.lane, &self.nodes.pool, &no_end, 0);
    converse(&self, 20000);
    became(&self, 0, "+fine");
    server_expect(node_of(&self), "1:READONLY\n1:GET a\n");
    stop(&self);
}

/* ---- under TLS ---- */

static void start_tls(rig *self, const certificate *cert)
{
    *self = (rig){0};
    nodes_start_bare(&self->nodes, 1);
    server_stop(self->nodes.server[0]);
    self->nodes.server[0] = server_start_tls(certificate_server(cert, false));
    self->nodes.options.tls.on = true;
    self->nodes.options.tls.ca_file = (char *)cert->cert_file;
    nodes_open(&self->nodes);
    rc_pool_node(&self->nodes.pool, "127.0.0.1", nodes_port(&self->nodes, 0));
}

static void tls_is_the_same_conversation(void)
{
    certificate cert;
    certificate_make(&cert, "IP:127.0.0.1");
    rig self;
    start_tls(&self, &cert);
    char *reply = bulk_of(150 * 1000);
    server_on(node_of(&self), "SET k *", reply);
    free(reply);
    for (int i = 0; i < 20; i++) {
        queue_long(&self, "k", 150 * 1000);
    }
    run_all(&self);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
    }
    CHECK_INT(idle(&self), 1);
    stop(&self);
    certificate_remove(&cert);
}

static void tls_is_lost_in_the_same_way(void)
{
    certificate cert;
    certificate_make(&cert, "IP:127.0.0.1");
    rig self;
    start_tls(&self, &cert);
    server_on(node_of(&self), "GET *", "$1\r\nx\r\n");
    server_rule(node_of(&self), (rule){.request = "SET b 1", .then = THEN_CLOSE});
    queue(&self, "GET a");
    queue(&self, "SET b 1");
    queue(&self, "SET b 2");
    queue_long(&self, "c", 40 * 1000 * 1000);
    run_all(&self);
    became(&self, 0, "$x");
    became(&self, 1, "UNKNOWN CLOSED");
    became(&self, 2, "UNKNOWN CLOSED");
    became(&self, 3, "NOT_SENT CLOSED");
    CHECK_INT(idle(&self), 0);
    stop(&self);
    certificate_remove(&cert);
}

/* ---- memory ---- */

static rig shared;

static void without_memory_nothing_is_taken_for_a_reply(void)
{
    queue(&shared, "GET a");
    queue(&shared, "GET b");
    queue(&shared, "GET a");
    fail_begin();
    begin(&shared, first_hundred, 3);
    converse(&shared, 20000);
    bool failed = fail_end();
    bool all = true;
    for (size_t i = 0; i < 3; i++) {
        const rc_command *command = &shared.batch.commands[i];
        if (command->state == RC_REPLIED) {
            became(&shared, i, i == 1 ? "[$some :1]" : "$text");
        } else {
            CHECK_STATUS(rc_batch_error(&shared.batch, command)->status, RC_NOMEM);
            all = false;
        }
    }
    CHECK_INT(all, !failed);
    CHECK_INT(idle(&shared), all ? 1 : 0);
    rc_pool_disconnect(&shared.nodes.pool);
    rc_batch_free(&shared.batch);
}

int main(void)
{
    RUN(replies_go_to_their_commands);
    RUN(a_lane_sends_its_share_alone);
    RUN(two_lanes_one_after_the_other_use_one_connection);
    RUN(asking_goes_before_its_command);
    RUN(a_refused_asking_shifts_no_reply);
    RUN(replies_may_come_in_drops);
    RUN(neither_side_waits_for_the_other);
    RUN(gathered_commands_may_be_larger_than_the_scratch);
    RUN(a_lost_peer_leaves_each_what_it_was);
    RUN(a_broken_conversation_is_told);
    RUN(a_reply_too_many_costs_the_connection);
    RUN(a_reply_to_nothing_is_told);
    RUN(the_caller_can_end_it);
    RUN(the_deadline_moves_with_progress);
    RUN(without_a_connection_nothing_is_sent);
    RUN(a_readonly_lane_greets_so);
    RUN(tls_is_the_same_conversation);
    RUN(tls_is_lost_in_the_same_way);
    start(&shared);
    shared.nodes.options.password = "secret";
    server_on(node_of(&shared), "AUTH secret", "+OK\r\n");
    server_on(node_of(&shared), "GET a", "$4\r\ntext\r\n");
    server_on(node_of(&shared), "GET b", "*2\r\n$4\r\nsome\r\n:1\r\n");
    FAIL_EACH(without_memory_nothing_is_taken_for_a_reply);
    stop(&shared);
    return 0;
}
