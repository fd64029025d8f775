/* settle: the promise about retries, case by case, on conversations that the test makes up. */
#include "check.h"
#include "round.h"
#include "words.h"

#define MOVED_B "-MOVED 3300 node:2\r\n"
#define ASK_B "-ASK 3300 node:2\r\n"
#define OK "+OK\r\n"

static void queue(round *self, const char *words, uint8_t flags)
{
    round_queue(self, words, flags);
}

/* writes queues so many SETs of "b" and plans. */
static void writes(round *self, int count)
{
    round_open(self);
    for (int i = 0; i < count; i++) {
        queue(self, "SET b 1", 0);
    }
    CHECK_STATUS(round_plan(self), RC_OK);
}

static void reads(round *self, int count)
{
    writes(self, 0);
    for (int i = 0; i < count; i++) {
        queue(self, "GET b", RC_COMMAND_READ);
    }
    CHECK_STATUS(round_plan(self), RC_OK);
}

static void again(round *self, const char *expected)
{
    CHECK_TEXT(round_settle(self), expected);
}

static void became(const round *self, size_t index, const char *outcome)
{
    CHECK_TEXT(words_outcome(&self->batch, index), outcome);
}

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
    writes(&self, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        round_answer(&self, i, replies[i]);
    }
    again(&self, "");
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_INT(self.batch.commands[i].state, RC_REPLIED);
    }
    CHECK(!self.run->refresh && self.run->delay == 0);
    round_close(&self);
}

/* ---- redirects ---- */

static void moved_goes_there_and_is_learned(void)
{
    round self;
    writes(&self, 3);
    round_answer(&self, 0, MOVED_B);
    round_answer(&self, 1, OK);
    round_answer(&self, 2, MOVED_B);
    again(&self, "0 2");
    CHECK_INT(self.run->delay, 0);
    CHECK_INT(self.batch.commands[0].node, 1);
    CHECK_INT(flags_of(&self, 0), RC_COMMAND_MOVED);
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_B), 1);
    CHECK_INT(rc_slotmap_owner(self.nodes.topology.map, SLOT_C), 0);
    became(&self, 1, "+OK");
    round_close(&self);
}

static void ask_goes_there_and_is_not_learned(void)
{
    round self;
    writes(&self, 2);
    round_answer(&self, 0, ASK_B);
    round_answer(&self, 1, "-ASK 3300 new:9\r\n");
    again(&self, "0 1");
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
    writes(&self, 1);
    round_answer(&self, 0, "-MOVED 3300 :2\r\n");
    again(&self, "0");
    CHECK_INT(self.batch.commands[0].node, 1);
    round_close(&self);
}

/* What an earlier round said of the way is forgotten when a later one says something else. */
static void the_last_word_counts(void)
{
    round self;
    writes(&self, 1);
    round_answer(&self, 0, MOVED_B);
    again(&self, "0");
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-ASK 3300 node:3\r\n");
    again(&self, "0");
    CHECK_INT(flags_of(&self, 0), RC_COMMAND_ASKING);
    CHECK_STATUS(round_plan(&self), RC_OK);
    CHECK_INT(round_lane(&self, 0)->node, 2);
    round_answer(&self, 0, "-TRYAGAIN\r\n");
    again(&self, "0");
    CHECK_INT(flags_of(&self, 0), 0); /* by the map again */
    round_close(&self);
}

static void redirects_have_an_end_and_a_trail(void)
{
    round self;
    writes(&self, 1);
    int rounds = 0;
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(round_plan(&self), RC_OK);
        round_answer(&self, 0,
                     round_lane(&self, 0)->node == 0 ? MOVED_B : "-MOVED 3300 node:1\r\n");
        left = round_settle(&self);
    }
    CHECK_INT(rounds, self.nodes.options.retry.rounds + 1);
    became(&self, 0, "REFUSED REDIRECTS");
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message,
              "node:1 -> node:2 -> node:1 -> ");
    round_close(&self);
}

/* Who asks one node wants to know what that node says. */
static void a_pinned_command_is_not_redirected(void)
{
    round self;
    round_open(&self);
    queue(&self, "GET b", RC_COMMAND_PINNED);
    queue(&self, "GET b", RC_COMMAND_PINNED);
    queue(&self, "GET b", RC_COMMAND_PINNED);
    for (size_t i = 0; i < 3; i++) {
        self.batch.commands[i].node = 1;
    }
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-MOVED 3300 node:1\r\n");
    round_answer(&self, 1, "-ASK 3300 node:1\r\n");
    round_answer(&self, 2, "-LOADING\r\n");
    again(&self, "2");
    became(&self, 0, "-MOVED 3300 node:1");
    became(&self, 1, "-ASK 3300 node:1");
    CHECK_INT(flags_of(&self, 2), RC_COMMAND_PINNED);
    round_close(&self);
}

/* ---- other refusals ---- */

static void refused(const char *reply, bool refresh, rc_msec least)
{
    round self;
    writes(&self, 1);
    round_answer(&self, 0, reply);
    again(&self, "0");
    CHECK_INT(self.run->refresh, refresh);
    CHECK(self.run->delay >= least);
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

static void refusals_without_end_are_the_reply(void)
{
    round self;
    writes(&self, 1);
    int rounds = 0;
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(round_plan(&self), RC_OK);
        round_answer(&self, 0, "-TRYAGAIN later\r\n");
        left = round_settle(&self);
    }
    CHECK_INT(rounds, self.nodes.options.retry.rounds + 1);
    became(&self, 0, "REFUSED -TRYAGAIN later");
    round_close(&self);
}

/* ---- order ---- */

/* Refused for a while, and a later command on its slot has run: to run it now would be too late. */
static void an_overtaken_write_stays_refused(void)
{
    static const char *const refusals[] = {"-LOADING\r\n", "-CLUSTERDOWN\r\n", "-MASTERDOWN\r\n",
                                           "-READONLY\r\n", "-TRYAGAIN\r\n"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        round self;
        writes(&self, 4);
        round_answer(&self, 0, refusals[i]);
        round_answer(&self, 1, refusals[i]);
        round_answer(&self, 2, OK);
        round_answer(&self, 3, refusals[i]);
        again(&self, "3"); /* which nobody has overtaken */
        CHECK_INT(self.batch.commands[0].state, RC_REFUSED);
        CHECK_INT(self.batch.commands[1].state, RC_REFUSED);
        became(&self, 2, "+OK");
        round_close(&self);
    }
}

static void an_overtaken_read_goes_out_again(void)
{
    round self;
    writes(&self, 0);
    queue(&self, "GET b", RC_COMMAND_READ);
    queue(&self, "SET b 1", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-LOADING\r\n");
    round_answer(&self, 1, OK);
    again(&self, "0");
    round_close(&self);
}

static void only_the_same_slot_is_overtaken(void)
{
    round self;
    round_open(&self);
    queue(&self, "SET b 1", 0);
    queue(&self, "SET c 1", 0);
    queue(&self, "PING", 0);
    queue(&self, "PING", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-LOADING\r\n");
    round_answer(&self, 1, OK);
    round_answer(&self, 2, "-LOADING\r\n");
    round_answer(&self, 3, OK);
    again(&self, "0 2");
    round_close(&self);
}

/* MOVED and ASK speak for the key: the later command on it was refused, or is about another key. */
static void moved_and_ask_are_not_overtaken(void)
{
    round self;
    writes(&self, 3);
    round_answer(&self, 0, MOVED_B);
    round_answer(&self, 1, ASK_B);
    round_answer(&self, 2, OK);
    again(&self, "0 1");
    round_close(&self);
}

static void a_write_that_may_have_run_overtakes_too(void)
{
    round self;
    writes(&self, 2);
    round_answer(&self, 0, "-LOADING\r\n");
    round_fail(&self, 1, RC_UNKNOWN, RC_CLOSED);
    again(&self, "");
    became(&self, 0, "REFUSED -LOADING");
    became(&self, 1, "UNKNOWN CLOSED");
    round_close(&self);
}

/* ---- losses ---- */

static void a_write_of_unknown_outcome_is_final(void)
{
    static const rc_status losses[] = {RC_CLOSED, RC_TIMEOUT, RC_PROTOCOL, RC_INTERRUPTED};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        round self;
        writes(&self, 1);
        round_fail(&self, 0, RC_UNKNOWN, losses[i]);
        again(&self, "");
        CHECK_INT(self.batch.commands[0].state, RC_UNKNOWN);
        CHECK_STATUS(rc_batch_error(&self.batch, &self.batch.commands[0])->status, losses[i]);
        round_close(&self);
    }
}

static void unsent_writes_go_out_again(void)
{
    round self;
    writes(&self, 2);
    round_fail(&self, 0, RC_NOT_SENT, RC_CONNECT);
    round_fail(&self, 1, RC_NOT_SENT, RC_CONNECT);
    again(&self, "0 1");
    CHECK(self.run->refresh && self.run->delay > 0);
    round_close(&self);
}

static void what_would_fail_again_is_final(void)
{
    static const rc_status losses[] = {RC_AUTH, RC_TLS, RC_NOMEM, RC_INTERRUPTED};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        round self;
        writes(&self, 1);
        round_fail(&self, 0, RC_NOT_SENT, losses[i]);
        again(&self, "");
        CHECK_INT(self.batch.commands[0].state, RC_NOT_SENT);
        CHECK_STATUS(rc_batch_error(&self.batch, &self.batch.commands[0])->status, losses[i]);
        round_close(&self);
    }
}

/* A write that was not sent must not run before it is known whether the earlier one has. */
static void behind_an_unknown_write_nothing_is_sent(void)
{
    round self;
    round_open(&self);
    queue(&self, "SET b 1", 0);
    queue(&self, "SET b 2", 0);
    queue(&self, "SET c 3", 0);
    queue(&self, "GET b", RC_COMMAND_READ);
    queue(&self, "SET b 4", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_fail(&self, 0, RC_UNKNOWN, RC_CLOSED);
    for (size_t i = 1; i < 5; i++) {
        round_fail(&self, i, RC_NOT_SENT, RC_CLOSED);
    }
    again(&self, "2 3");
    became(&self, 0, "UNKNOWN CLOSED");
    became(&self, 1, "NOT_SENT BEHIND_UNKNOWN");
    became(&self, 4, "NOT_SENT BEHIND_UNKNOWN");
    round_close(&self);
}

/* The same when the later one was refused, by another node perhaps, in that round or a later one.
 */
static void behind_an_unknown_write_nothing_refused_is_sent(void)
{
    round self;
    writes(&self, 2);
    self.batch.commands[0].flags = RC_COMMAND_ASKING;
    self.batch.commands[0].node = 1;
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_fail(&self, 0, RC_UNKNOWN, RC_CLOSED);
    round_answer(&self, 1, MOVED_B);
    again(&self, "");
    became(&self, 0, "UNKNOWN CLOSED");
    became(&self, 1, "REFUSED BEHIND_UNKNOWN");
    round_close(&self);
}

static void reads_go_out_again_whatever_happened(void)
{
    round self;
    reads(&self, 2);
    round_fail(&self, 0, RC_UNKNOWN, RC_CLOSED);
    round_fail(&self, 1, RC_NOT_SENT, RC_CLOSED);
    again(&self, "0 1");
    CHECK_STATUS(round_plan(&self), RC_OK);
    CHECK_INT(self.batch.commands[0].state, RC_UNKNOWN);
    round_close(&self);
}

/* A read that may have run keeps nobody else from running. */
static void an_unknown_read_blocks_no_write(void)
{
    round self;
    writes(&self, 0);
    queue(&self, "GET b", RC_COMMAND_READ);
    queue(&self, "SET b 1", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_fail(&self, 0, RC_UNKNOWN, RC_PROTOCOL);
    round_fail(&self, 1, RC_NOT_SENT, RC_PROTOCOL);
    again(&self, "1");
    became(&self, 0, "UNKNOWN PROTOCOL");
    round_close(&self);
}

/* On demand a write of unknown outcome is sent again, and is never called unsent afterwards. */
static void retry_writes_sends_them_again(void)
{
    round self;
    round_open(&self);
    self.nodes.options.retry_writes = true;
    queue(&self, "SET b 1", 0);
    queue(&self, "SET b 2", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_fail(&self, 0, RC_UNKNOWN, RC_CLOSED);
    round_fail(&self, 1, RC_NOT_SENT, RC_CLOSED);
    again(&self, "0 1");
    CHECK_STATUS(round_plan(&self), RC_OK);
    became(&self, 0, "UNKNOWN CLOSED");
    round_close(&self);
}

/* ---- how often ---- */

/* rounds_until counts how often a command that is lost each time is tried. */
static int rounds_until(round *self, uint8_t flags, rc_state state, rc_status status)
{
    int rounds = 0;
    queue(self, "SET b 1", flags);
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(round_plan(self), RC_OK);
        round_fail(self, 0, state, status);
        left = round_settle(self);
    }
    CHECK_INT(self->batch.commands[0].state, state);
    return rounds;
}

static void losses_have_an_end(void)
{
    static const struct {
        uint8_t flags;
        rc_state state;
        rc_status status;
        int rounds;
    } rows[] = {
        {0, RC_NOT_SENT, RC_CONNECT, 6},
        {0, RC_NOT_SENT, RC_CLOSED, 6},
        {0, RC_NOT_SENT, RC_TIMEOUT, 3},
        {0, RC_NOT_SENT, RC_PROTOCOL, 2},
        {0, RC_UNKNOWN, RC_CLOSED, 1},
        {RC_COMMAND_READ, RC_UNKNOWN, RC_CLOSED, 6},
        {RC_COMMAND_READ, RC_UNKNOWN, RC_TIMEOUT, 3},
        {RC_COMMAND_READ, RC_UNKNOWN, RC_PROTOCOL, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        round self;
        round_open(&self);
        self.nodes.options.lost_rounds = 5;
        self.nodes.options.timeout_rounds = 2;
        CHECK_INT(rounds_until(&self, rows[i].flags, rows[i].state, rows[i].status),
                  rows[i].rounds);
        round_close(&self);
    }
}

/* An uncovered slot is looked up in a new map, once. */
static void an_uncovered_slot_is_looked_up_once(void)
{
    round self;
    round_open(&self);
    rc_slotmap_assign(self.map, SLOT_B, SLOT_B, RC_NO_SHARD);
    queue(&self, "SET b 1", 0);
    queue(&self, "SET c 1", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 1, OK);
    again(&self, "0");
    CHECK(self.run->refresh);
    CHECK_STATUS(round_plan(&self), RC_OK);
    again(&self, "");
    became(&self, 0, "NOT_SENT SLOT");
    round_close(&self);
}

/* The longest wait that one command of the round needs is the round's. */
static void the_longest_wait_counts(void)
{
    round self;
    round_open(&self);
    self.nodes.options.retry.down_delay = 1000;
    queue(&self, "SET b 1", 0);
    queue(&self, "SET a 1", 0);
    CHECK_STATUS(round_plan(&self), RC_OK);
    round_answer(&self, 0, "-CLUSTERDOWN\r\n");
    round_fail(&self, 1, RC_NOT_SENT, RC_CONNECT);
    again(&self, "0 1");
    CHECK(self.run->delay >= 500);
    round_close(&self);
}

/* ---- the end of the call ---- */

static void closing_leaves_what_may_have_run(void)
{
    round self;
    writes(&self, 3);
    self.batch.commands[0].state = RC_REFUSED;
    self.batch.commands[1].state = RC_UNKNOWN;
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_TIMEOUT, "over");
    rc_run_close_all(self.run, &error);
    CHECK_INT(self.run->open_count, 0);
    became(&self, 0, "NOT_SENT TIMEOUT");
    became(&self, 1, "UNKNOWN TIMEOUT");
    became(&self, 2, "NOT_SENT TIMEOUT");
    round_close(&self);
}

/* Without memory for a new node or an error text the command is refused, and no other suffers. */
static void without_memory_a_redirect_is_not_followed(void)
{
    round self;
    writes(&self, 2);
    round_answer(&self, 0, "-MOVED 3300 elsewhere:7\r\n");
    round_answer(&self, 1, OK);
    fail_begin();
    const char *left = round_settle(&self);
    bool failed = fail_end();
    if (left[0] == '\0') {
        CHECK(failed);
        became(&self, 0, "REFUSED NOMEM");
    } else {
        CHECK_TEXT(left, "0"); /* it can do without learning */
        CHECK_INT(self.batch.commands[0].node, 3);
    }
    became(&self, 1, "+OK");
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
    RUN(refusals_without_end_are_the_reply);
    RUN(an_overtaken_write_stays_refused);
    RUN(an_overtaken_read_goes_out_again);
    RUN(only_the_same_slot_is_overtaken);
    RUN(moved_and_ask_are_not_overtaken);
    RUN(a_write_that_may_have_run_overtakes_too);
    RUN(a_write_of_unknown_outcome_is_final);
    RUN(unsent_writes_go_out_again);
    RUN(what_would_fail_again_is_final);
    RUN(behind_an_unknown_write_nothing_is_sent);
    RUN(behind_an_unknown_write_nothing_refused_is_sent);
    RUN(reads_go_out_again_whatever_happened);
    RUN(an_unknown_read_blocks_no_write);
    RUN(retry_writes_sends_them_again);
    RUN(losses_have_an_end);
    RUN(an_uncovered_slot_is_looked_up_once);
    RUN(the_longest_wait_counts);
    RUN(closing_leaves_what_may_have_run);
    FAIL_EACH(without_memory_a_redirect_is_not_followed);
    return 0;
}
