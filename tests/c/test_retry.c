/* test_retry: what goes out again after a refusal, and in which order, on made-up conversations. */
#include "check.h"
#include "dry_run.h"
#include "text.h"

#define MOVED_B "-MOVED 3300 node:2\r\n"
#define ASK_B "-ASK 3300 node:2\r\n"
#define OK "+OK\r\n"

static int flags_of(const dry_run *self, size_t index)
{
    return self->batch.commands[index].flags;
}

/* ---- replies ---- */

static void replies_are_final(void)
{
    static const char *const replies[] = {OK,
                                          ":1\r\n",
                                          "$-1\r\n",
                                          "*1\r\n-MOVED 1 x:1\r\n",
                                          "$5\r\nMOVED\r\n",
                                          "-ERR no\r\n",
                                          "-WRONGTYPE no\r\n",
                                          "-MOVED nonsense\r\n"};
    enum { COUNT = sizeof replies / sizeof *replies };
    dry_run self;
    dry_run_writes(&self, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        dry_run_answer(&self, i, replies[i]);
    }
    dry_run_expect_again(&self, "");
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
    }
    CHECK(!self.execution->refresh && self.execution->delay == 0);
    dry_run_close(&self);
}

/* ---- redirects ---- */

static void moved_goes_there_and_is_learned(void)
{
    dry_run self;
    dry_run_writes(&self, 3);
    dry_run_answer(&self, 0, OK);
    dry_run_answer(&self, 1, MOVED_B);
    dry_run_answer(&self, 2, MOVED_B);
    dry_run_expect_again(&self, "1 2");
    CHECK_INT(self.execution->delay, 0);
    CHECK_INT(self.batch.commands[1].node, 1);
    CHECK_INT(flags_of(&self, 1), RC_COMMAND_MOVED);
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_B), 1);
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_C), 0);
    dry_run_expect(&self, 0, "+OK");
    dry_run_close(&self);
}

static void ask_goes_there_and_is_not_learned(void)
{
    dry_run self;
    dry_run_writes(&self, 2);
    dry_run_answer(&self, 0, ASK_B);
    dry_run_answer(&self, 1, "-ASK 3300 new:9\r\n");
    dry_run_expect_again(&self, "0 1");
    CHECK_INT(flags_of(&self, 0), RC_COMMAND_ASKING);
    CHECK_INT(self.batch.commands[0].node, 1);
    CHECK_INT(self.batch.commands[1].node, 3); /* a node that was not known */
    CHECK_TEXT(rc_pool_at(&self.nodes.pool, 3)->host, "new");
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_B), 0);
    dry_run_close(&self);
}

/* An empty host is the host of the node that answered, and here that is "node". */
static void a_redirect_without_host_is_to_the_same_host(void)
{
    dry_run self;
    dry_run_writes(&self, 1);
    dry_run_answer(&self, 0, "-MOVED 3300 :2\r\n");
    dry_run_expect_again(&self, "0");
    CHECK_INT(self.batch.commands[0].node, 1);
    dry_run_close(&self);
}

/* What an earlier round said of the way is forgotten when a later one says something else. */
static void the_last_word_counts(void)
{
    dry_run self;
    dry_run_writes(&self, 1);
    dry_run_answer(&self, 0, MOVED_B);
    dry_run_expect_again(&self, "0");
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-ASK 3300 node:3\r\n");
    dry_run_expect_again(&self, "0");
    CHECK_INT(flags_of(&self, 0), RC_COMMAND_ASKING);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    CHECK_INT(dry_run_stream(&self, 0)->node, 2);
    dry_run_answer(&self, 0, "-TRYAGAIN\r\n");
    dry_run_expect_again(&self, "0");
    CHECK_INT(flags_of(&self, 0), 0); /* by the map again */
    dry_run_close(&self);
}

/* A fresh table may name the address, so the command waits for one. */
static void a_redirect_that_is_not_followed_waits_for_a_table(void)
{
    dry_run self;
    dry_run_writes(&self, 1);
    self.nodes.options.redirect_only_to_known = true;
    dry_run_answer(&self, 0, "-MOVED 3300 new:9\r\n");
    dry_run_expect_again(&self, "0");
    CHECK(self.execution->refresh && self.execution->delay > 0);
    CHECK_INT(flags_of(&self, 0), 0);
    CHECK_INT(rc_pool_find(&self.nodes.pool, "new", 9), RC_NO_NODE);
    dry_run_close(&self);
}

static void redirects_have_an_end_and_a_trail(void)
{
    dry_run self;
    dry_run_writes(&self, 1);
    int rounds = 0;
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_answer(&self, 0,
                       dry_run_stream(&self, 0)->node == 0 ? MOVED_B : "-MOVED 3300 node:1\r\n");
        left = dry_run_retry(&self);
    }
    CHECK_INT(rounds, self.nodes.options.retry.rounds + 1);
    dry_run_expect(&self, 0, "REFUSED REDIRECTS");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message,
              "node:1 -> node:2 -> node:1 -> ");
    dry_run_close(&self);
}

/* Who asks one node wants to know what that node says. */
static void a_pinned_command_is_not_redirected(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "GET b", RC_COMMAND_PINNED);
    dry_run_queue(&self, "GET b", RC_COMMAND_PINNED);
    dry_run_queue(&self, "SET b 1", RC_COMMAND_PINNED);
    dry_run_queue(&self, "GET b", RC_COMMAND_PINNED);
    for (size_t i = 0; i < 4; i++) {
        self.batch.commands[i].node = 1;
    }
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-MOVED 3300 node:1\r\n");
    dry_run_answer(&self, 1, "-ASK 3300 node:1\r\n");
    dry_run_answer(&self, 2, "-READONLY\r\n");
    dry_run_answer(&self, 3, "-LOADING\r\n");
    dry_run_expect_again(&self, "3");
    dry_run_expect(&self, 2, "-READONLY");
    dry_run_expect(&self, 0, "-MOVED 3300 node:1");
    dry_run_expect(&self, 1, "-ASK 3300 node:1");
    CHECK_INT(flags_of(&self, 3), RC_COMMAND_PINNED);
    dry_run_close(&self);
}

/* ---- other refusals ---- */

static void refused(const char *reply, bool refresh, rc_msec least)
{
    dry_run self;
    dry_run_writes(&self, 1);
    dry_run_answer(&self, 0, reply);
    dry_run_expect_again(&self, "0");
    CHECK_INT(self.execution->refresh, refresh);
    CHECK(self.execution->delay >= least);
    dry_run_close(&self);
}

static void refusals_go_out_again_after_a_wait(void)
{
    refused("-TRYAGAIN\r\n", false, 1);
    refused("-LOADING\r\n", false, 1);
    refused("-READONLY\r\n", true, 1);
    refused("-CLUSTERDOWN\r\n", true, 2);
    refused("-MASTERDOWN\r\n", true, 2);
}

/* Waiting for one kind of refusal does not use up the tries of another. */
static void each_kind_of_refusal_has_its_tries(void)
{
    static const char *const kinds[] = {MOVED_B, "-TRYAGAIN\r\n", "-CLUSTERDOWN\r\n"};
    dry_run self;
    dry_run_open(&self);
    self.nodes.options.retry.rounds = 2;
    self.nodes.options.retry.down_rounds = 2;
    dry_run_queue(&self, "SET b 1", 0);
    for (int i = 0; i < 6; i++) {
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_answer(&self, 0, kinds[i % 3]);
        dry_run_expect_again(&self, "0");
    }
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, kinds[1]);
    dry_run_expect_again(&self, "");
    dry_run_expect(&self, 0, "REFUSED -TRYAGAIN");
    dry_run_close(&self);
}

static void refusals_without_end_are_the_reply(void)
{
    dry_run self;
    dry_run_writes(&self, 1);
    int rounds = 0;
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_answer(&self, 0, "-TRYAGAIN later\r\n");
        left = dry_run_retry(&self);
    }
    CHECK_INT(rounds, self.nodes.options.retry.rounds + 1);
    dry_run_expect(&self, 0, "REFUSED -TRYAGAIN later");
    dry_run_close(&self);
}

/* A script may have run before it said so; what the node has proved, it refuses. */
static void an_opaque_command_is_refused_if_that_is_proved(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "EVAL b", RC_COMMAND_OPAQUE);
    dry_run_queue(&self, "EVAL c", RC_COMMAND_OPAQUE);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    dry_run_answer(&self, 1, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    self.batch.commands[1].state = RC_REFUSED; /* as rc_execution_check_refusals does */
    dry_run_expect_again(&self, "1");
    dry_run_expect(&self, 0, "-TRYAGAIN Multiple keys request during rehashing of slot");
    dry_run_close(&self);
}

/* Scripts may say anything; a command that is not known here leads where it belongs. */
static void what_needs_proof(void)
{
    static const struct {
        const char *text;
        uint8_t flags;
        bool moved, tryagain;
    } rows[] = {
        {"EVAL b", RC_COMMAND_OPAQUE, true, true},
        {"fCall b", RC_COMMAND_OPAQUE, true, true},
        {"EVALSHA_RO b", RC_COMMAND_OPAQUE | RC_COMMAND_READ, true, false},
        {"XREAD b", RC_COMMAND_OPAQUE | RC_COMMAND_READ, false, false},
        {"EVALUATE b", RC_COMMAND_OPAQUE, false, true},
        {"SET b", 0, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dry_run self;
        dry_run_open(&self);
        size_t index = dry_run_queue(&self, rows[i].text, rows[i].flags);
        CHECK_INT(rc_execution_must_check(self.execution, index, RC_REFUSAL_MOVED), rows[i].moved);
        CHECK_INT(rc_execution_must_check(self.execution, index, RC_REFUSAL_TRYAGAIN),
                  rows[i].tryagain);
        CHECK(!rc_execution_must_check(self.execution, index, RC_REFUSAL_NONE));
        dry_run_close(&self);
    }
}

/* ---- order ---- */

/* Refused for a while, and a later command on its slot has run: to run it now would be too late. */
static void an_overtaken_write_stays_refused(void)
{
    static const char *const refusals[] = {"-LOADING\r\n", "-CLUSTERDOWN\r\n", "-MASTERDOWN\r\n",
                                           "-READONLY\r\n", "-TRYAGAIN\r\n"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        dry_run self;
        dry_run_writes(&self, 4);
        dry_run_answer(&self, 0, refusals[i]);
        dry_run_answer(&self, 1, refusals[i]);
        dry_run_answer(&self, 2, OK);
        dry_run_answer(&self, 3, refusals[i]);
        dry_run_expect_again(&self, "3"); /* which nobody has overtaken */
        CHECK_INT(self.batch.commands[0].state, RC_REFUSED);
        CHECK_INT(self.batch.commands[1].state, RC_REFUSED);
        dry_run_expect(&self, 2, "+OK");
        dry_run_close(&self);
    }
}

/* A read is overtaken by a write, whose value it must not see; not by another read. */
static void a_read_is_overtaken_by_writes_alone(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-LOADING\r\n");
    dry_run_answer(&self, 1, OK);
    dry_run_answer(&self, 2, "-LOADING\r\n");
    dry_run_answer(&self, 3, "$1\r\nx\r\n");
    dry_run_expect_again(&self, "2");
    dry_run_expect(&self, 0, "REFUSED -LOADING");
    dry_run_close(&self);
}

static void only_the_same_slot_is_overtaken(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET c 1", 0);
    dry_run_queue(&self, "PING", 0);
    dry_run_queue(&self, "PING", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-LOADING\r\n");
    dry_run_answer(&self, 1, OK);
    dry_run_answer(&self, 2, "-LOADING\r\n");
    dry_run_answer(&self, 3, OK);
    dry_run_expect_again(&self, "0 2");
    dry_run_close(&self);
}

/* A slot that went away and came back within the round answers MOVED first and then as before. */
static void a_slot_that_came_back_has_overtaken(void)
{
    dry_run self;
    dry_run_writes(&self, 3);
    dry_run_answer(&self, 0, MOVED_B);
    dry_run_answer(&self, 1, OK);
    dry_run_answer(&self, 2, MOVED_B);
    dry_run_expect_again(&self, "2");
    dry_run_expect(&self, 0, "REFUSED -MOVED 3300 node:2");
    dry_run_close(&self);
}

/* An ASK speaks of its key alone: the slot's others are where they were. */
static void ask_is_overtaken_by_its_own_key_alone(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET {b}1 x", 0);
    dry_run_queue(&self, "SET {b}2 x", 0);
    dry_run_queue(&self, "DEL {b}3 {b}4", 0);
    dry_run_queue(&self, "GET {b}4", RC_COMMAND_READ);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, ASK_B);
    dry_run_answer(&self, 1, OK);
    dry_run_answer(&self, 2, ASK_B);
    dry_run_answer(&self, 3, "$1\r\nx\r\n");
    dry_run_expect_again(&self, "0");
    dry_run_expect(&self, 2, "REFUSED -ASK 3300 node:2");
    dry_run_close(&self);
}

/* Whoever reads from replicas has asked for no order between writes and reads. */
static void a_read_that_may_go_to_a_replica_overtakes_nothing(void)
{
    dry_run self;
    dry_run_open(&self);
    self.batch.read_policy = RC_READ_REPLICA;
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, MOVED_B);
    dry_run_answer(&self, 1, "$1\r\nx\r\n");
    dry_run_expect_again(&self, "0");
    dry_run_close(&self);
}

/* What was asked of that very node tells nothing of the slot's owner. */
static void a_read_of_some_other_node_overtakes_nothing(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ | RC_COMMAND_PINNED);
    self.batch.commands[1].node = 1;
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, MOVED_B);
    dry_run_answer(&self, 1, "$1\r\nx\r\n");
    dry_run_expect_again(&self, "0");
    dry_run_close(&self);
}

static void a_read_without_a_reply_overtakes_nothing(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-LOADING\r\n");
    dry_run_lose(&self, 1, RC_UNKNOWN, RC_CLOSED);
    dry_run_expect_again(&self, "0 1");
    dry_run_close(&self);
}

static void a_write_that_may_have_run_overtakes_too(void)
{
    dry_run self;
    dry_run_writes(&self, 2);
    dry_run_answer(&self, 0, "-LOADING\r\n");
    dry_run_lose(&self, 1, RC_UNKNOWN, RC_CLOSED);
    dry_run_expect_again(&self, "");
    dry_run_expect(&self, 0, "REFUSED -LOADING");
    dry_run_expect(&self, 1, "UNKNOWN CLOSED");
    dry_run_close(&self);
}

int main(void)
{
    RUN(replies_are_final);
    RUN(moved_goes_there_and_is_learned);
    RUN(ask_goes_there_and_is_not_learned);
    RUN(a_redirect_without_host_is_to_the_same_host);
    RUN(the_last_word_counts);
    RUN(a_redirect_that_is_not_followed_waits_for_a_table);
    RUN(redirects_have_an_end_and_a_trail);
    RUN(a_pinned_command_is_not_redirected);
    RUN(refusals_go_out_again_after_a_wait);
    RUN(each_kind_of_refusal_has_its_tries);
    RUN(refusals_without_end_are_the_reply);
    RUN(an_opaque_command_is_refused_if_that_is_proved);
    RUN(what_needs_proof);
    RUN(an_overtaken_write_stays_refused);
    RUN(a_read_is_overtaken_by_writes_alone);
    RUN(only_the_same_slot_is_overtaken);
    RUN(a_slot_that_came_back_has_overtaken);
    RUN(ask_is_overtaken_by_its_own_key_alone);
    RUN(a_read_that_may_go_to_a_replica_overtakes_nothing);
    RUN(a_read_of_some_other_node_overtakes_nothing);
    RUN(a_read_without_a_reply_overtakes_nothing);
    RUN(a_write_that_may_have_run_overtakes_too);
    return 0;
}
