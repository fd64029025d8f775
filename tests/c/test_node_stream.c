/* test_node_stream: each reply goes to its command, whatever the sizes, the speeds and the lack of
 * memory. */
#include "check.h"
#include "stream_fixture.h"
#include "text.h"

#include <stdlib.h>

/* ---- replies ---- */

static void replies_go_to_their_commands(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "GET a", "$1\r\nA\r\n");
    server_on(stream_fixture_server(&self), "GET b", "$-1\r\n");
    server_on(stream_fixture_server(&self), "LRANGE c", "*2\r\n:1\r\n$1\r\nC\r\n");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_queue(&self, "LRANGE c");
    stream_fixture_queue(&self, "NONSENSE");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "$A");
    stream_fixture_expect(&self, 1, "nil");
    stream_fixture_expect(&self, 2, "[:1 $C]");
    stream_fixture_expect(&self, 3, "-ERR not in the script");
    stream_fixture_expect(&self, 4, "$A");
    CHECK(self.stream.errors && !self.stream.lost);
    CHECK_INT(stream_fixture_idle(&self), 1); /* the connection is there for the next one */
    stream_fixture_stop(&self);
}

/* What is over a limit is that command's loss, and no other's, if its end can be read. */
static void a_reply_over_a_limit_is_dropped_alone(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    self.nodes.options.reply_limits = (rc_reply_limits){.bytes = 10, .items = 5};
    server_on(stream_fixture_server(&self), "GET a", "$1\r\nA\r\n");
    server_on(stream_fixture_server(&self), "GET b", "$11\r\n0123456789a\r\n");
    server_on(stream_fixture_server(&self), "GET c", "*2\r\n:1\r\n*3\r\n:1\r\n:2\r\n:3\r\n");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET c");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "!the reply has more bytes than max_reply_bytes=10 allows");
    stream_fixture_expect(&self, 1, "$A");
    stream_fixture_expect(&self, 2, "!the reply has more elements than max_reply_items=5 allows");
    stream_fixture_expect(&self, 3, "$A");
    CHECK(!self.stream.errors && !self.stream.lost);
    CHECK_INT(stream_fixture_idle(&self), 1);
    stream_fixture_stop(&self);
}

/* If its end is too far away, it costs the connection; it is a reply all the same. */
static void a_reply_that_cannot_be_read_to_its_end_ends_the_stream(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    self.nodes.options.reply_limits = (rc_reply_limits){.bytes = 10, .items = 5};
    server_on(stream_fixture_server(&self), "GET a", "$1\r\nA\r\n");
    server_on(stream_fixture_server(&self), "GET b", "$536870912\r\n0123456789a");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "$A");
    stream_fixture_expect(&self, 1, "!the reply has more bytes than max_reply_bytes=10 allows");
    stream_fixture_expect(&self, 2, "UNKNOWN CLOSED");
    CHECK(self.stream.lost);
    CHECK_INT(stream_fixture_idle(&self), 0);
    stream_fixture_stop(&self);
}

static void a_last_reply_without_an_end_costs_the_connection(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    self.nodes.options.reply_limits = (rc_reply_limits){.bytes = 10, .items = 5};
    server_on(stream_fixture_server(&self), "GET b", "*2147483647\r\n:1\r\n");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "!the reply has more elements than max_reply_items=5 allows");
    CHECK(!self.stream.lost);
    CHECK_INT(stream_fixture_idle(&self), 0);
    stream_fixture_stop(&self);
}

/* A share with gaps is gathered, one without is sent from where it lies; others are not touched. */
static void a_stream_sends_its_share_alone(void)
{
    static const uint32_t shares[][3] = {{0, 2, 5}, {2, 3, 4}, {1, 2, 3}, {3, 4, 5}, {0, 1, 5}};
    for (size_t i = 0; i < 5; i++) {
        stream_fixture self;
        stream_fixture_start(&self);
        for (int j = 0; j < 6; j++) {
            stream_fixture_queue(&self, text_format("GET %d", j));
            server_on(stream_fixture_server(&self), text_format("GET %d", j),
                      text_format(":%d\r\n", j));
        }
        stream_fixture_run(&self, shares[i], 3);
        server_expect(stream_fixture_server(&self),
                      text_format("1:GET %u\n1:GET %u\n1:GET %u\n", shares[i][0], shares[i][1],
                                  shares[i][2]));
        for (uint32_t j = 0; j < 6; j++) {
            bool mine = j == shares[i][0] || j == shares[i][1] || j == shares[i][2];
            CHECK_INT(self.batch.commands[j].state, mine ? RC_REPLIED : RC_NOT_SENT);
            if (mine) {
                stream_fixture_expect(&self, j, text_format(":%u", j));
            }
        }
        stream_fixture_stop(&self);
    }
}

static void two_streams_one_after_the_other_use_one_connection(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "GET *", ":1\r\n");
    stream_fixture_queue(&self, "GET a");
    stream_fixture_queue(&self, "GET b");
    stream_fixture_run(&self, self.in_order, 1);
    stream_fixture_run(&self, self.in_order + 1, 1);
    server_expect(stream_fixture_server(&self), "1:GET a\n1:GET b\n");
    stream_fixture_expect(&self, 0, ":1");
    stream_fixture_expect(&self, 1, ":1");
    CHECK_INT(self.batch.tree_count, 2);
    stream_fixture_stop(&self);
}

/* ASKING holds for one command, so each that was asked for has one of its own. */
static void asking_goes_before_its_command(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "ASKING", "+OK\r\n");
    server_on(stream_fixture_server(&self), "GET *", "$1\r\nx\r\n");
    text_queue(&self.batch, "GET a", RC_COMMAND_ASKING);
    text_queue(&self.batch, "GET b", 0);
    text_queue(&self.batch, "GET c", RC_COMMAND_ASKING);
    text_queue(&self.batch, "GET d", RC_COMMAND_ASKING);
    stream_fixture_run_all(&self);
    server_expect(stream_fixture_server(&self),
                  "1:ASKING\n1:GET a\n1:GET b\n1:ASKING\n1:GET c\n1:ASKING\n1:GET d\n");
    for (size_t i = 0; i < 4; i++) {
        stream_fixture_expect(&self, i, "$x");
    }
    stream_fixture_stop(&self);
}

/* Whoever answers ASKING with anything but +OK is no node of a cluster. */
static void another_answer_to_asking_ends_the_stream(void)
{
    static const char *const answers[] = {":0\r\n", "$-1\r\n", "*1\r\n$6\r\nASKING\r\n", "+NO\r\n",
                                          "$2\r\nOK\r\n"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        stream_fixture self;
        stream_fixture_start(&self);
        server_on(stream_fixture_server(&self), "ASKING", answers[i]);
        server_on(stream_fixture_server(&self), "GET *", "$1\r\nx\r\n");
        text_queue(&self.batch, "GET a", RC_COMMAND_ASKING);
        stream_fixture_run_all(&self);
        stream_fixture_expect(&self, 0, "UNKNOWN PROTOCOL");
        CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message,
                  "ASKING was answered with");
        CHECK_INT(stream_fixture_idle(&self), 0);
        stream_fixture_stop(&self);
    }
}

/* Where ASKING itself is refused, the reply behind it is the command's all the same. */
static void a_refused_asking_shifts_no_reply(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "ASKING", "-ERR no cluster\r\n");
    server_on(stream_fixture_server(&self), "GET a", "-MOVED 1 x:1\r\n");
    server_on(stream_fixture_server(&self), "GET b", "$1\r\nB\r\n");
    text_queue(&self.batch, "GET a", RC_COMMAND_ASKING);
    text_queue(&self.batch, "GET b", RC_COMMAND_ASKING);
    stream_fixture_run_all(&self);
    stream_fixture_expect(&self, 0, "-MOVED 1 x:1");
    stream_fixture_expect(&self, 1, "$B");
    stream_fixture_stop(&self);
}

static void a_readonly_stream_greets_so(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "READONLY", "+OK\r\n");
    server_on(stream_fixture_server(&self), "GET a", "+fine\r\n");
    stream_fixture_queue(&self, "GET a");
    self.stream = (rc_node_stream){
        .batch = &self.batch, .readonly = true, .commands = self.in_order, .count = 1};
    rc_node_stream_start(&self.stream, &self.nodes.pool, &no_end, 0);
    stream_fixture_step(&self, 20000);
    stream_fixture_expect(&self, 0, "+fine");
    server_expect(stream_fixture_server(&self), "1:READONLY\n1:GET a\n");
    stream_fixture_stop(&self);
}

/* ---- sizes and speeds ---- */

static void replies_may_come_in_drops(void)
{
    stream_fixture self;
    stream_fixture_start(&self);
    server_rule(stream_fixture_server(&self),
                (rule){.request = "GET a", .reply = "$3\r\nabc\r\n", .slice = 1});
    server_rule(stream_fixture_server(&self),
                (rule){.request = "GET b", .reply = "*2\r\n+x\r\n$1\r\ny\r\n", .slice = 2});
    for (int i = 0; i < 3; i++) {
        stream_fixture_queue(&self, "GET a");
        stream_fixture_queue(&self, "GET b");
    }
    stream_fixture_run_all(&self);
    for (size_t i = 0; i < 6; i++) {
        stream_fixture_expect(&self, i, i % 2 == 0 ? "$abc" : "[+x $y]");
    }
    stream_fixture_stop(&self);
}

static char *bulk_of(size_t size)
{
    char *reply = malloc(size + 40);
    CHECK(reply != NULL);
    size_t length = strlen(strcpy(reply, text_format("$%zu\r\n", size)));
    memset(reply + length, 'r', size);
    memcpy(reply + length + size, "\r\n", 3);
    return reply;
}

/* The server reads nothing while it answers: who wrote all before reading would wait for ever. */
static void neither_side_waits_for_the_other(void)
{
    enum { COMMANDS = 80, SIZE = 150 * 1000 };
    stream_fixture self;
    stream_fixture_start(&self);
    char *reply = bulk_of(SIZE);
    server_on(stream_fixture_server(&self), "SET *", reply);
    free(reply);
    for (int i = 0; i < COMMANDS; i++) {
        stream_fixture_queue_long(&self, "k", SIZE);
    }
    stream_fixture_run_all(&self);
    for (int i = 0; i < COMMANDS; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
        const rc_reply_tree *tree = rc_batch_reply(&self.batch, &self.batch.commands[i]);
        CHECK_INT(rc_reply_tree_item(tree, self.batch.commands[i].reply)->size, SIZE);
    }
    stream_fixture_stop(&self);
}

static void gathered_commands_may_be_larger_than_the_scratch(void)
{
    static const uint32_t share[] = {0, 2, 4, 6};
    static const size_t sizes[] = {RC_SCRATCH - 30, RC_SCRATCH - 26, RC_SCRATCH, 3 * RC_SCRATCH};
    stream_fixture self;
    stream_fixture_start(&self);
    server_on(stream_fixture_server(&self), "ASKING", "+OK\r\n");
    server_on(stream_fixture_server(&self), "SET *", "+OK\r\n");
    for (int i = 0; i < 4; i++) {
        stream_fixture_queue_long(&self, text_format("%d", i), sizes[i]);
        stream_fixture_queue(&self, "GET between");
        self.batch.commands[2 * i].flags = i % 2 == 0 ? RC_COMMAND_ASKING : 0;
    }
    stream_fixture_run(&self, share, 4);
    for (int i = 0; i < 4; i++) {
        stream_fixture_expect(&self, share[i], "+OK");
        CHECK_INT(server_seen(stream_fixture_server(&self), text_format("SET %d *", i)), 1);
    }
    CHECK_INT(server_seen(stream_fixture_server(&self), "ASKING"), 2);
    CHECK_INT(server_seen(stream_fixture_server(&self), "GET between"), 0);
    stream_fixture_stop(&self);
}

/* ---- under TLS ---- */

static void tls_is_the_same_conversation(void)
{
    certificate cert;
    certificate_make(&cert, "IP:127.0.0.1");
    stream_fixture self;
    stream_fixture_start_tls(&self, &cert);
    char *reply = bulk_of(150 * 1000);
    server_on(stream_fixture_server(&self), "SET k *", reply);
    free(reply);
    for (int i = 0; i < 20; i++) {
        stream_fixture_queue_long(&self, "k", 150 * 1000);
    }
    stream_fixture_run_all(&self);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
    }
    CHECK_INT(stream_fixture_idle(&self), 1);
    stream_fixture_stop(&self);
    certificate_remove(&cert);
}

/* ---- memory ---- */

static stream_fixture shared;

static void without_memory_nothing_is_taken_for_a_reply(void)
{
    stream_fixture_queue(&shared, "GET a");
    stream_fixture_queue(&shared, "GET b");
    stream_fixture_queue(&shared, "GET a");
    fail_begin();
    stream_fixture_begin(&shared, shared.in_order, 3);
    stream_fixture_step(&shared, 20000);
    bool failed = fail_end();
    bool all = true;
    for (size_t i = 0; i < 3; i++) {
        const rc_command *command = &shared.batch.commands[i];
        if (command->state == RC_REPLIED) {
            stream_fixture_expect(&shared, i, i == 1 ? "[$some :1]" : "$text");
        } else {
            CHECK_STATUS(rc_batch_error(&shared.batch, command)->status, RC_NOMEM);
            all = false;
        }
    }
    CHECK_INT(all, !failed);
    CHECK_INT(stream_fixture_idle(&shared), all ? 1 : 0);
    rc_pool_disconnect(&shared.nodes.pool);
    rc_batch_free(&shared.batch);
}

int main(void)
{
    RUN(replies_go_to_their_commands);
    RUN(a_reply_over_a_limit_is_dropped_alone);
    RUN(a_reply_that_cannot_be_read_to_its_end_ends_the_stream);
    RUN(a_last_reply_without_an_end_costs_the_connection);
    RUN(a_stream_sends_its_share_alone);
    RUN(two_streams_one_after_the_other_use_one_connection);
    RUN(asking_goes_before_its_command);
    RUN(another_answer_to_asking_ends_the_stream);
    RUN(a_refused_asking_shifts_no_reply);
    RUN(replies_may_come_in_drops);
    RUN(neither_side_waits_for_the_other);
    RUN(gathered_commands_may_be_larger_than_the_scratch);
    RUN(a_readonly_stream_greets_so);
    RUN(tls_is_the_same_conversation);
    stream_fixture_start(&shared);
    shared.nodes.options.password = "secret";
    server_on(stream_fixture_server(&shared), "AUTH secret", "+OK\r\n");
    server_on(stream_fixture_server(&shared), "GET a", "$4\r\ntext\r\n");
    server_on(stream_fixture_server(&shared), "GET b", "*2\r\n$4\r\nsome\r\n:1\r\n");
    FAIL_EACH(without_memory_nothing_is_taken_for_a_reply);
    stream_fixture_stop(&shared);
    return 0;
}
