/* test_retry_losses: which commands go out again after a conversation broke, and how often. */
#include "check.h"
#include "dry_run.h"
#include "text.h"

#define MOVED_B "-MOVED 3300 node:2\r\n"
#define OK "+OK\r\n"

static void reads(dry_run *self, int count)
{
    dry_run_open(self);
    for (int i = 0; i < count; i++) {
        dry_run_queue(self, "GET b", RC_COMMAND_READ);
    }
    CHECK_STATUS(dry_run_route(self), RC_OK);
}

/* ---- losses ---- */

static void a_write_of_unknown_outcome_is_final(void)
{
    static const rc_status losses[] = {RC_CLOSED, RC_TIMEOUT, RC_PROTOCOL, RC_INTERRUPTED};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        dry_run self;
        dry_run_writes(&self, 1);
        dry_run_lose(&self, 0, RC_UNKNOWN, losses[i]);
        dry_run_expect_again(&self, "");
        CHECK_INT(self.batch.commands[0].state, RC_UNKNOWN);
        CHECK_STATUS(rc_batch_error(&self.batch, &self.batch.commands[0])->status, losses[i]);
        dry_run_close(&self);
    }
}

static void unsent_writes_go_out_again(void)
{
    dry_run self;
    dry_run_writes(&self, 2);
    dry_run_lose(&self, 0, RC_NOT_SENT, RC_CONNECT);
    dry_run_lose(&self, 1, RC_NOT_SENT, RC_CONNECT);
    dry_run_expect_again(&self, "0 1");
    CHECK(self.execution->refresh && self.execution->delay > 0);
    dry_run_close(&self);
}

static void what_would_fail_again_is_final(void)
{
    static const rc_status losses[] = {RC_AUTH, RC_NOMEM, RC_INTERRUPTED};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        dry_run self;
        dry_run_writes(&self, 1);
        dry_run_lose(&self, 0, RC_NOT_SENT, losses[i]);
        dry_run_expect_again(&self, "");
        CHECK_INT(self.batch.commands[0].state, RC_NOT_SENT);
        CHECK_STATUS(rc_batch_error(&self.batch, &self.batch.commands[0])->status, losses[i]);
        dry_run_close(&self);
    }
}

/* A write that was not sent must not run before it is known whether the earlier one has. */
static void behind_an_unknown_write_nothing_is_sent(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET b 2", 0);
    dry_run_queue(&self, "SET c 3", 0);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    dry_run_queue(&self, "SET b 4", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    for (size_t i = 1; i < 5; i++) {
        dry_run_lose(&self, i, RC_NOT_SENT, RC_CLOSED);
    }
    dry_run_expect_again(&self, "2 3");
    dry_run_expect(&self, 0, "UNKNOWN CLOSED");
    dry_run_expect(&self, 1, "NOT_SENT BEHIND_UNKNOWN");
    dry_run_expect(&self, 4, "NOT_SENT BEHIND_UNKNOWN");
    dry_run_close(&self);
}

/* The same when the later one was refused, by another node perhaps, in that round or a later one.
 */
static void behind_an_unknown_write_nothing_refused_is_sent(void)
{
    dry_run self;
    dry_run_writes(&self, 2);
    self.batch.commands[0].flags = RC_COMMAND_ASKING;
    self.batch.commands[0].node = 1;
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_answer(&self, 1, MOVED_B);
    dry_run_expect_again(&self, "");
    dry_run_expect(&self, 0, "UNKNOWN CLOSED");
    dry_run_expect(&self, 1, "REFUSED BEHIND_UNKNOWN");
    dry_run_close(&self);
}

/* second_round refuses a write for a while and sends the one behind it to another node. */
static void second_round(dry_run *self)
{
    dry_run_writes(self, 2);
    dry_run_answer(self, 0, "-TRYAGAIN\r\n");
    dry_run_answer(self, 1, MOVED_B);
    dry_run_expect_again(self, "0 1");
    self->batch.commands[0].node = 0; /* the map has learned; this one is to stay where it was */
    self->batch.commands[0].flags = RC_COMMAND_MOVED;
    CHECK_STATUS(dry_run_route(self), RC_OK);
    CHECK(dry_run_stream(self, 1) == NULL);
}

/* A command that waited for the one before it goes when that one has its reply. */
static void a_held_command_has_its_turn(void)
{
    dry_run self;
    second_round(&self);
    dry_run_answer(&self, 0, OK);
    dry_run_expect_again(&self, "1");
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    CHECK_INT(dry_run_stream(&self, 1)->node, 1);
    dry_run_answer(&self, 1, OK);
    dry_run_expect_again(&self, "");
    dry_run_expect(&self, 1, "+OK");
    dry_run_close(&self);
}

static void a_held_command_stays_behind_an_unknown_one(void)
{
    dry_run self;
    second_round(&self);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_expect_again(&self, "");
    dry_run_expect(&self, 0, "UNKNOWN CLOSED");
    dry_run_expect(&self, 1, "NOT_SENT BEHIND_UNKNOWN");
    dry_run_close(&self);
}

static void reads_go_out_again_whatever_happened(void)
{
    dry_run self;
    reads(&self, 2);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_lose(&self, 1, RC_NOT_SENT, RC_CLOSED);
    dry_run_expect_again(&self, "0 1");
    dry_run_close(&self);
}

/* A read that may have run keeps nobody else from running. */
static void an_unknown_read_blocks_no_write(void)
{
    dry_run self;
    dry_run_writes(&self, 0);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    dry_run_queue(&self, "SET b 1", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_PROTOCOL);
    dry_run_lose(&self, 1, RC_NOT_SENT, RC_PROTOCOL);
    dry_run_expect_again(&self, "1");
    dry_run_expect(&self, 0, "UNKNOWN PROTOCOL");
    dry_run_close(&self);
}

/* On demand a write of unknown outcome is sent again, and is never called unsent afterwards. */
static void retry_writes_sends_them_again(void)
{
    dry_run self;
    dry_run_open(&self);
    self.nodes.options.retry_writes = true;
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET b 2", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_lose(&self, 1, RC_NOT_SENT, RC_CLOSED);
    dry_run_expect_again(&self, "0 1");
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_expect(&self, 0, "UNKNOWN CLOSED");
    dry_run_close(&self);
}

/* A refusal of the second try does not undo that the first one may have run. */
static void a_refused_second_try_stays_unknown(void)
{
    dry_run self;
    dry_run_open(&self);
    self.nodes.options.retry_writes = true;
    dry_run_queue(&self, "SET b 1", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    const char *left = dry_run_retry(&self);
    while (left[0] != '\0') {
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_answer(&self, 0, "-LOADING for long\r\n");
        left = dry_run_retry(&self);
    }
    CHECK_INT(self.batch.commands[0].state, RC_UNKNOWN);
    CHECK_HAS(rc_batch_error(&self.batch, &self.batch.commands[0])->message, "LOADING for long");
    dry_run_close(&self);
}

/* A read that was lost must not see what a later write has written. */
static void a_lost_read_is_overtaken_by_a_write(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "GET b", RC_COMMAND_READ | RC_COMMAND_MOVED);
    dry_run_queue(&self, "GET c", RC_COMMAND_READ | RC_COMMAND_MOVED);
    dry_run_queue(&self, "SET b 1", 0);
    self.batch.commands[0].node = self.batch.commands[1].node = 1;
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_lose(&self, 0, RC_UNKNOWN, RC_CLOSED);
    dry_run_lose(&self, 1, RC_UNKNOWN, RC_CLOSED);
    dry_run_answer(&self, 2, OK);
    dry_run_expect_again(&self, "1");
    dry_run_expect(&self, 0, "UNKNOWN CLOSED");
    dry_run_close(&self);
}

/* ---- how often ---- */

/* rounds_until counts how often a command that is lost each time is tried. */
static int rounds_until(dry_run *self, uint8_t flags, rc_state state, rc_status status)
{
    int rounds = 0;
    dry_run_queue(self, "SET b 1", flags);
    for (const char *left = "0"; left[0] != '\0'; rounds++) {
        CHECK(rounds < 100);
        CHECK_STATUS(dry_run_route(self), RC_OK);
        dry_run_lose(self, 0, state, status);
        left = dry_run_retry(self);
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
        {0, RC_NOT_SENT, RC_TLS, 2},
        {0, RC_UNKNOWN, RC_CLOSED, 1},
        {RC_COMMAND_READ, RC_UNKNOWN, RC_CLOSED, 6},
        {RC_COMMAND_READ, RC_UNKNOWN, RC_TIMEOUT, 3},
        {RC_COMMAND_READ, RC_UNKNOWN, RC_PROTOCOL, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dry_run self;
        dry_run_open(&self);
        self.nodes.options.lost_rounds = 5;
        self.nodes.options.timeout_rounds = 2;
        CHECK_INT(rounds_until(&self, rows[i].flags, rows[i].state, rows[i].status),
                  rows[i].rounds);
        dry_run_close(&self);
    }
}

/* A failover loses conversations first and is refused afterwards: each has its own patience. */
static void losses_leave_the_tries_of_refusals(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", 0);
    for (int i = 0; i < self.nodes.options.lost_rounds; i++) {
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_lose(&self, 0, RC_NOT_SENT, RC_CONNECT);
        dry_run_expect_again(&self, "0");
    }
    for (int i = 0; i < self.nodes.options.retry.down_rounds; i++) {
        CHECK_STATUS(dry_run_route(&self), RC_OK);
        dry_run_answer(&self, 0, "-CLUSTERDOWN\r\n");
        dry_run_expect_again(&self, "0");
    }
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-CLUSTERDOWN\r\n");
    dry_run_expect_again(&self, "");
    dry_run_expect(&self, 0, "REFUSED -CLUSTERDOWN");
    dry_run_close(&self);
}

/* An uncovered slot is looked up in a new map, once. */
static void an_uncovered_slot_is_looked_up_once(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_uncover(&self, SLOT_B);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET c 1", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 1, OK);
    dry_run_expect_again(&self, "0");
    CHECK(self.execution->refresh);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_expect_again(&self, "");
    dry_run_expect(&self, 0, "NOT_SENT SLOT");
    dry_run_close(&self);
}

/* The longest wait that one command of the round needs is the round's. */
static void the_longest_wait_counts(void)
{
    dry_run self;
    dry_run_open(&self);
    self.nodes.options.retry.down_delay = 1000;
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET a 1", 0);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-CLUSTERDOWN\r\n");
    dry_run_lose(&self, 1, RC_NOT_SENT, RC_CONNECT);
    dry_run_expect_again(&self, "0 1");
    CHECK(self.execution->delay >= 500);
    dry_run_close(&self);
}

/* ---- the end of the call ---- */

static void closing_leaves_what_may_have_run(void)
{
    dry_run self;
    dry_run_writes(&self, 3);
    self.batch.commands[0].state = RC_REFUSED;
    self.batch.commands[1].state = RC_UNKNOWN;
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_TIMEOUT, "over");
    rc_execution_close_all(self.execution, &error);
    CHECK_INT(self.execution->open_count, 0);
    dry_run_expect(&self, 0, "REFUSED TIMEOUT");
    dry_run_expect(&self, 1, "UNKNOWN TIMEOUT");
    dry_run_expect(&self, 2, "NOT_SENT TIMEOUT");
    dry_run_close(&self);
}

/* What a server said before is not lost with the call's time. */
static void closing_keeps_the_servers_words(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET b 1", RC_COMMAND_MAYBE_RAN);
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    dry_run_answer(&self, 0, "-TRYAGAIN later\r\n");
    dry_run_answer(&self, 1, "-TRYAGAIN later\r\n");
    dry_run_expect_again(&self, "0 1");
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_TIMEOUT, "over");
    rc_execution_close_all(self.execution, &error);
    dry_run_expect(&self, 0, "REFUSED TIMEOUT");
    dry_run_expect(&self, 1, "UNKNOWN TIMEOUT");
    CHECK_TEXT(rc_batch_error(&self.batch, &self.batch.commands[0])->message,
               "over; the server's last word was: TRYAGAIN later");
    dry_run_close(&self);
}

/* Without memory for a new node or an error text the command is refused, and no other suffers. */
static void without_memory_a_redirect_is_not_followed(void)
{
    dry_run self;
    dry_run_writes(&self, 2);
    dry_run_answer(&self, 0, OK);
    dry_run_answer(&self, 1, "-MOVED 3300 elsewhere:7\r\n");
    fail_begin();
    const char *left = dry_run_retry(&self);
    bool failed = fail_end();
    if (left[0] == '\0') {
        CHECK(failed);
        dry_run_expect(&self, 1, "REFUSED NOMEM");
    } else {
        CHECK_TEXT(left, "1"); /* it can do without learning */
        CHECK_INT(self.batch.commands[1].node, 3);
    }
    dry_run_expect(&self, 0, "+OK");
    dry_run_close(&self);
}

int main(void)
{
    RUN(a_write_of_unknown_outcome_is_final);
    RUN(unsent_writes_go_out_again);
    RUN(what_would_fail_again_is_final);
    RUN(behind_an_unknown_write_nothing_is_sent);
    RUN(behind_an_unknown_write_nothing_refused_is_sent);
    RUN(a_held_command_has_its_turn);
    RUN(a_held_command_stays_behind_an_unknown_one);
    RUN(reads_go_out_again_whatever_happened);
    RUN(an_unknown_read_blocks_no_write);
    RUN(retry_writes_sends_them_again);
    RUN(a_refused_second_try_stays_unknown);
    RUN(a_lost_read_is_overtaken_by_a_write);
    RUN(losses_have_an_end);
    RUN(losses_leave_the_tries_of_refusals);
    RUN(an_uncovered_slot_is_looked_up_once);
    RUN(the_longest_wait_counts);
    RUN(closing_leaves_what_may_have_run);
    RUN(closing_keeps_the_servers_words);
    FAIL_EACH(without_memory_a_redirect_is_not_followed);
    return 0;
}
