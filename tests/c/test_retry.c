/* settle: what goes out again after a refusal, and in which order, on made-up conversations. */
#include "check.h"
#include "dry_run.h"
#include "text.h"

#define MOVED_B "-MOVED 3300 node:2\r\n"
#define ASK_B "-ASK 3300 node:2\r\n"
#define OK "+OK\r\n"

static int flags_of(const round *self, size_t index)
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
    round self;
    round_writes(&self, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        round_answer(&self, i, replies[i]);
    }
    round_again(&self, "");
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
    }
    CHECK(!self.execution->refresh && self.execution->delay == 0);
    round_close(&self);
}

/* ---- redirects ---- */

static void moved_goes_there_and_is_learned(void)
{
    round self;
    round_writes(&self, 3);
    round_answer(&self, 0, OK);
    round_answer(&self, 1, MOVED_B);
    round_answer(&self, 2, MOVED_B);
    round_again(&self, "1 2");
    CHECK_INT(self.execution->delay, 0);
    CHECK_INT(self.batch.commands[1].node, 1);
    CHECK_INT(flags_of(&self, 1), RC_COMMAND_MOVED);
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_B), 1);
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_C), 0);
    round_became(&self, 0, "+OK");
    round_close(&self);
}

static void ask_goes_there_and_is_not_learned(void)
{
    round self;
    round_writes(&self, 2);
    round_answer(&self, 0, ASK_B);
    round_answer(&self, 1, "-ASK 3300 new:9\r\n");
    round_again(&self, "0 1");
    CHECK_INT(flags_of(&self, 0), RC_COMMAND_ASKING);
    CHECK_INT(self.batch.commands[0].node, 1);
    CHECK_INT(self.batch.commands[1].node, 3); /* a node that was not known */
    CHECK_TEXT(rc_pool_at(&self.nodes.pool, 3)->host, "new");
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_B), 0);
    round_close(&self);
}

/* An empty host is the host of the node that answered, and here that is "node". */
static void a_redirect_without_host_is_to_the_same_host(void)
{
    round self;
    round_writes(&self, 1);
    round_answer(&self, 0, "-MOVED 3300 :2\r\n");
    round_again(&self, "0");
    CHECK_INT(self.batch.commands[0].node, 1);
    round_close(&self);
}

/* What an earlier round said of the way is forgotten when a later one says something else. */
static void the_last_word_counts(void)
{
    round self;
    round_writes(&self, 1);
    round_answer(&self, 0, MOVED_B);
    round_again(&self, "0");
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-ASK 3300 node:3\r\n");
    round_again(&self, "0");
    CHECK_INT(flags_of(&self, 0), RC_COMMAND_ASKING);
    CHECK_STATUS(round_plan(&self), RC_OK);
    CHECK_INT(round_stream(&self, 0)->node, 2);
    round_answer(&self, 0, "-TRYAGAIN\r\n");
    round_again(&self, "0");
    CHECK_INT(flags_of(&self, 0), 0); /* by the map again */
    round_close(&self);
}

static void redirects_have_an_end_and_a_trail(void)
{
    round self;
    round_writes(&self, 1);
    int rounds = 0;
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(round_plan(&self), RC_OK);
        round_answer(&self, 0,
                     round_stream(&self, 0)->node == 0 ? MOVED_B : "-MOVED 3300 node:1\r\n");
        left = round_settle(&self);
    }
    CHECK_INT(rounds, self.nodes.options.retry.rounds + 1);
    round_became(&self, 0, "REFUSED REDIRECTS");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message,
              "node:1 -> node:2 -> node:1 -> ");
    round_close(&self);
}

/* Who asks one node wants to know what that node says. */
static void a_pinned_command_is_not_redirected(void)
{
    round self;
    round_open(&self);
    round_queue(&self, "GET b", RC_COMMAND_PINNED);
    round_queue(&self, "GET b", RC_COMMAND_PINNED);
    round_queue(&self, "SET b 1", RC_COMMAND_PINNED);
    round_queue(&self, "GET b", RC_COMMAND_PINNED);
    for (size_t i = 0; i < 4; i++) {
        self.batch.commands[i].node = 1;
    }
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-MOVED 3300 node:1\r\n");
    round_answer(&self, 1, "-ASK 3300 node:1\r\n");
    round_answer(&self, 2, "-READONLY\r\n");
    round_answer(&self, 3, "-LOADING\r\n");
    round_again(&self, "3");
    round_became(&self, 2, "-READONLY");
    round_became(&self, 0, "-MOVED 3300 node:1");
    round_became(&self, 1, "-ASK 3300 node:1");
    CHECK_INT(flags_of(&self, 3), RC_COMMAND_PINNED);
    round_close(&self);
}

/* ---- other refusals ---- */

static void refused(const char *reply, bool refresh, rc_msec least)
{
    round self;
    round_writes(&self, 1);
    round_answer(&self, 0, reply);
    round_again(&self, "0");
    CHECK_INT(self.execution->refresh, refresh);
    CHECK(self.execution->delay >= least);
    round_close(&self);
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
    round self;
    round_open(&self);
    self.nodes.options.retry.rounds = 2;
    self.nodes.options.retry.down_rounds = 2;
    round_queue(&self, "SET b 1", 0);
    for (int i = 0; i < 6; i++) {
        CHECK_STATUS(round_plan(&self), RC_OK);
        round_answer(&self, 0, kinds[i % 3]);
        round_again(&self, "0");
    }
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, kinds[1]);
    round_again(&self, "");
    round_became(&self, 0, "REFUSED -TRYAGAIN");
    round_close(&self);
}

static void refusals_without_end_are_the_reply(void)
{
    round self;
    round_writes(&self, 1);
    int rounds = 0;
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(round_plan(&self), RC_OK);
        round_answer(&self, 0, "-TRYAGAIN later\r\n");
        left = round_settle(&self);
    }
    CHECK_INT(rounds, self.nodes.options.retry.rounds + 1);
    round_became(&self, 0, "REFUSED -TRYAGAIN later");
    round_close(&self);
}

/* A script may have run before it said so; what the node has proved, it refuses. */
static void an_opaque_command_is_refused_if_that_is_proved(void)
{
    round self;
    round_open(&self);
    round_queue(&self, "EVAL b", RC_COMMAND_OPAQUE);
    round_queue(&self, "EVAL c", RC_COMMAND_OPAQUE);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    round_answer(&self, 1, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    self.batch.commands[1].state = RC_REFUSED; /* as rc_execution_check_refusals does */
    round_again(&self, "1");
    round_became(&self, 0, "-TRYAGAIN Multiple keys request during rehashing of slot");
    round_close(&self);
}

/* Scripts may say anything; a command that is not known here leads where it belongs. */
static void what_needs_proof(void)
{
    static const struct {
        const char *words;
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
        round self;
        round_open(&self);
        size_t index = round_queue(&self, rows[i].words, rows[i].flags);
        CHECK_INT(rc_execution_must_check(self.execution, index, RC_REFUSAL_MOVED), rows[i].moved);
        CHECK_INT(rc_execution_must_check(self.execution, index, RC_REFUSAL_TRYAGAIN),
                  rows[i].tryagain);
        CHECK(!rc_execution_must_check(self.execution, index, RC_REFUSAL_NONE));
        round_close(&self);
    }
}

/* ---- order ---- */

/* Refused for a while, and a later command on its slot has run: to run it now would be too late. */
static void an_overtaken_write_stays_refused(void)
{
    static const char *const refusals[] = {"-LOADING\r\n", "-CLUSTERDOWN\r\n", "-MASTERDOWN\r\n",
                                           "-READONLY\r\n", "-TRYAGAIN\r\n"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        round self;
        round_writes(&self, 4);
        round_answer(&self, 0, refusals[i]);
        round_answer(&self, 1, refusals[i]);
        round_answer(&self, 2, OK);
        round_answer(&self, 3, refusals[i]);
        round_again(&self, "3"); /* which nobody has overtaken */
        CHECK_INT(self.batch.commands[0].state, RC_REFUSED);
        CHECK_INT(self.batch.commands[1].state, RC_REFUSED);
        round_became(&self, 2, "+OK");
        round_close(&self);
    }
}

/* A read is overtaken by a write, whose value it must not see; not by another read. */
static void a_read_is_overtaken_by_writes_alone(void)
{
    round self;
    round_open(&self);
    round_queue(&self, "GET b", RC_COMMAND_READ);
    round_queue(&self, "SET b 1", 0);
    round_queue(&self, "GET b", RC_COMMAND_READ);
    round_queue(&self, "GET b", RC_COMMAND_READ);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-LOADING\r\n");
    round_answer(&self, 1, OK);
    round_answer(&self, 2, "-LOADING\r\n");
    round_answer(&self, 3, "$1\r\nx\r\n");
    round_again(&self, "2");
    round_became(&self, 0, "REFUSED -LOADING");
    round_close(&self);
}

static void only_the_same_slot_is_overtaken(void)
{
    round self;
    round_open(&self);
    round_queue(&self, "SET b 1", 0);
    round_queue(&self, "SET c 1", 0);
    round_queue(&self, "PING", 0);
    round_queue(&self, "PING", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-LOADING\r\n");
    round_answer(&self, 1, OK);
    round_answer(&self, 2, "-LOADING\r\n");
    round_answer(&self, 3, OK);
    round_again(&self, "0 2");
    round_close(&self);
}

/* A slot that went away and came back within the round answers MOVED first and then as before. */
static void a_slot_that_came_back_has_overtaken(void)
{
    round self;
    round_writes(&self, 3);
    round_answer(&self, 0, MOVED_B);
    round_answer(&self, 1, OK);
    round_answer(&self, 2, MOVED_B);
    round_again(&self, "2");
    round_became(&self, 0, "REFUSED -MOVED 3300 node:2");
    round_close(&self);
}

/* An ASK speaks of its key alone: the slot's others are where they were. */
static void ask_is_overtaken_by_its_own_key_alone(void)
{
    round self;
    round_open(&self);
    round_queue(&self, "SET {b}1 x", 0);
    round_queue(&self, "SET {b}2 x", 0);
    round_queue(&self, "DEL {b}3 {b}4", 0);
    round_queue(&self, "GET {b}4", RC_COMMAND_READ);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, ASK_B);
    round_answer(&self, 1, OK);
    round_answer(&self, 2, ASK_B);
    round_answer(&self, 3, "$1\r\nx\r\n");
    round_again(&self, "0");
    round_became(&self, 2, "REFUSED -ASK 3300 node:2");
    round_close(&self);
}

/* Whoever reads from replicas has asked for no order between writes and reads. */
static void a_read_that_may_go_to_a_replica_overtakes_nothing(void)
{
    round self;
    round_open(&self);
    self.batch.read_policy = RC_READ_REPLICA;
    round_queue(&self, "SET b 1", 0);
    round_queue(&self, "GET b", RC_COMMAND_READ);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, MOVED_B);
    round_answer(&self, 1, "$1\r\nx\r\n");
    round_again(&self, "0");
    round_close(&self);
}

/* What was asked of that very node tells nothing of the slot's owner. */
static void a_read_of_some_other_node_overtakes_nothing(void)
{
    round self;
    round_open(&self);
    round_queue(&self, "SET b 1", 0);
    round_queue(&self, "GET b", RC_COMMAND_READ | RC_COMMAND_PINNED);
    self.batch.commands[1].node = 1;
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, MOVED_B);
    round_answer(&self, 1, "$1\r\nx\r\n");
    round_again(&self, "0");
    round_close(&self);
}

static void a_read_without_a_reply_overtakes_nothing(void)
{
    round self;
    round_open(&self);
    round_queue(&self, "SET b 1", 0);
    round_queue(&self, "GET b", RC_COMMAND_READ);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-LOADING\r\n");
    round_fail(&self, 1, RC_UNKNOWN, RC_CLOSED);
    round_again(&self, "0 1");
    round_close(&self);
}

static void a_write_that_may_have_run_overtakes_too(void)
{
    round self;
    round_writes(&self, 2);
    round_answer(&self, 0, "-LOADING\r\n");
    round_fail(&self, 1, RC_UNKNOWN, RC_CLOSED);
    round_again(&self, "");
    round_became(&self, 0, "REFUSED -LOADING");
    round_became(&self, 1, "UNKNOWN CLOSED");
    round_close(&self);
}

int main(void)
{
    RUN(replies_are_final);
    RUN(moved_goes_there_and_is_learned);
    RUN(ask_goes_there_and_is_not_learned);
    RUN(a_redirect_without_host_is_to_the_same_host);
    RUN(the_last_word_counts);
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
