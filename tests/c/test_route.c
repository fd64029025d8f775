/* test_route: which node gets which commands, in which order, and what is in no stream at all. */
#include "check.h"
#include "dry_run.h"
#include "text.h"

static void planned(dry_run *self)
{
    CHECK_STATUS(dry_run_route(self), RC_OK);
}

static void goes_to(const dry_run *self, size_t index, rc_node_id node, bool readonly)
{
    const rc_node_stream *stream = dry_run_stream(self, index);
    CHECK(stream != NULL);
    CHECK_INT(stream->node, node);
    CHECK_INT(stream->readonly, readonly);
}

/* Each stream has its share in the order in which the commands were queued. */
static void slots_choose_the_node(void)
{
    static const char *const keys[] = {"b", "a", "c", "d", "b", "a"};
    dry_run self;
    dry_run_open(&self);
    for (int i = 0; i < 6; i++) {
        dry_run_queue(&self, text_format("SET %s %d", keys[i], i), 0);
    }
    planned(&self);
    CHECK_INT(self.execution->stream_count, 2);
    for (size_t i = 0; i < 6; i++) {
        goes_to(&self, i, i % 2, false);
        CHECK_INT(self.batch.commands[i].state, RC_NOT_SENT);
    }
    for (size_t i = 0; i < 2; i++) {
        const rc_node_stream *stream = &self.execution->streams[i];
        CHECK(stream->batch == &self.batch && stream->count == 3 && !stream->asks);
        CHECK(stream->commands[0] < stream->commands[1] &&
              stream->commands[1] < stream->commands[2]);
    }
    dry_run_close(&self);
}

/* Only what has no outcome yet is planned. */
static void only_open_commands_are_planned(void)
{
    dry_run self;
    dry_run_open(&self);
    for (int i = 0; i < 5; i++) {
        dry_run_queue(&self, "SET b 1", 0);
    }
    self.execution->open[0] = 1;
    self.execution->open[1] = 4;
    self.execution->open_count = 2;
    self.batch.commands[0].state = RC_REPLIED;
    planned(&self);
    CHECK_INT(self.execution->stream_count, 1);
    CHECK_INT(self.execution->streams[0].count, 2);
    CHECK_INT(self.execution->streams[0].commands[0], 1);
    CHECK_INT(self.execution->streams[0].commands[1], 4);
    CHECK_INT(self.batch.commands[0].state, RC_REPLIED);
    dry_run_close(&self);
}

static void a_told_node_counts_more_than_the_slot(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", RC_COMMAND_PINNED);
    dry_run_queue(&self, "SET b 1", RC_COMMAND_MOVED);
    dry_run_queue(&self, "GET b", RC_COMMAND_ASKING | RC_COMMAND_READ);
    dry_run_queue(&self, "SET b 1", 0);
    for (size_t i = 0; i < 4; i++) {
        self.batch.commands[i].node = (rc_node_id)(i == 2 ? 2 : 1);
    }
    planned(&self);
    goes_to(&self, 0, 1, false);
    goes_to(&self, 1, 1, false);
    goes_to(&self, 2, 2, false); /* ASKING is said to it, not READONLY */
    goes_to(&self, 3, 0, false);
    CHECK(dry_run_stream(&self, 2)->asks && !dry_run_stream(&self, 0)->asks);
    dry_run_close(&self);
}

/* Commands of no slot may go to any primary, but all of a round to the same. */
static void any_primary_is_one_primary(void)
{
    bool seen[3] = {false};
    for (int i = 0; i < 100; i++) {
        dry_run self;
        dry_run_open(&self);
        dry_run_queue(&self, "PING", 0);
        dry_run_queue(&self, "PING", RC_COMMAND_READ);
        self.batch.read_policy = RC_READ_RANDOM;
        planned(&self);
        CHECK_INT(self.execution->stream_count, 1);
        CHECK(!self.execution->streams[0].readonly);
        seen[self.execution->streams[0].node] = true;
        dry_run_close(&self);
    }
    CHECK(seen[0] && seen[1] && !seen[2]);
}

/* Reads are shared among a primary and its replicas; nothing else goes to a replica. */
static void reads_may_go_to_replicas(void)
{
    bool seen[3] = {false};
    for (int i = 0; i < 100; i++) {
        dry_run self;
        dry_run_open(&self);
        self.batch.read_policy = RC_READ_RANDOM;
        dry_run_queue(&self, "GET b", RC_COMMAND_READ);
        dry_run_queue(&self, "SET b 1", 0);
        dry_run_queue(&self, "GET a", RC_COMMAND_READ);
        planned(&self);
        rc_node_id node = dry_run_stream(&self, 0)->node;
        goes_to(&self, 0, node, node == 2);
        goes_to(&self, 1, 0, false);
        goes_to(&self, 2, 1, false); /* which has no replica */
        seen[node] = true;
        dry_run_close(&self);
    }
    CHECK(seen[0] && !seen[1] && seen[2]);
}

static void without_the_wish_reads_stay_with_the_primary(void)
{
    dry_run self;
    dry_run_open(&self);
    for (int i = 0; i < 50; i++) {
        dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    }
    planned(&self);
    CHECK_INT(self.execution->stream_count, 1);
    goes_to(&self, 0, 0, false);
    dry_run_close(&self);
}

static void an_uncovered_slot_has_no_stream(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_uncover(&self, SLOT_B);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET c 1", 0);
    dry_run_queue(&self, "SET b 2", 0);
    planned(&self);
    CHECK_INT(self.execution->stream_count, 1);
    CHECK(dry_run_stream(&self, 0) == NULL && dry_run_stream(&self, 2) == NULL);
    CHECK_TEXT(text_outcome(&self.batch, 0), "NOT_SENT SLOT");
    CHECK_TEXT(text_outcome(&self.batch, 2), "NOT_SENT SLOT");
    CHECK_INT(dry_run_stream(&self, 1)->count, 1);
    dry_run_close(&self);
}

static void without_any_node_there_is_no_stream(void)
{
    dry_run self;
    dry_run_open(&self);
    rc_pool_free(&self.nodes.pool);
    rc_error error;
    CHECK_STATUS(rc_pool_init(&self.nodes.pool, &self.nodes.lock, &self.nodes.options, &error),
                 RC_OK);
    rc_slotmap_drop(self.map);
    self.execution->map = self.map = rc_slotmap_new(0);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "PING", 0);
    planned(&self);
    CHECK_INT(self.execution->stream_count, 0);
    CHECK_TEXT(text_outcome(&self.batch, 0), "NOT_SENT SLOT");
    CHECK_TEXT(text_outcome(&self.batch, 1), "NOT_SENT SLOT");
    dry_run_close(&self);
}

/* after_refusals plans a second round in which these commands of one slot go to these nodes. */
static void after_refusals(dry_run *self, int count, const int *targets)
{
    dry_run_open(self);
    self->execution->round = 1;
    for (int i = 0; i < count; i++) {
        size_t index = dry_run_queue(self, "SET b 1", targets[i] == 0 ? 0 : RC_COMMAND_MOVED);
        self->batch.commands[index].node = (rc_node_id)targets[i];
    }
    planned(self);
}

static void held(const dry_run *self, size_t index, bool expected)
{
    CHECK_INT(self->batch.commands[index].state == RC_HELD, expected);
    CHECK_INT(dry_run_stream(self, index) == NULL, expected);
}

/* Commands of one slot are never under way to two nodes: the later ones wait a round. */
static void one_slot_goes_to_one_node_at_a_time(void)
{
    dry_run self;
    after_refusals(&self, 5, (int[]){1, 1, 2, 1, 0});
    for (size_t i = 0; i < 5; i++) {
        held(&self, i, i >= 2);
    }
    goes_to(&self, 0, 1, false);
    goes_to(&self, 1, 1, false);
    dry_run_close(&self);
}

/* A stream that nobody is in would wait for nothing. */
static void no_stream_is_empty(void)
{
    dry_run self;
    after_refusals(&self, 4, (int[]){0, 1, 2, 2});
    CHECK_INT(self.execution->stream_count, 1);
    for (size_t i = 0; i < self.execution->stream_count; i++) {
        CHECK(self.execution->streams[i].count > 0);
    }
    dry_run_close(&self);
}

static void other_slots_do_not_wait(void)
{
    dry_run self;
    after_refusals(&self, 2, (int[]){1, 2});
    dry_run_queue(&self, "SET c 1", 0);
    dry_run_queue(&self, "PING", 0);
    planned(&self);
    held(&self, 1, true);
    goes_to(&self, 2, 0, false);
    held(&self, 3, false);
    dry_run_close(&self);
}

/* Who reads from replicas has given up the order of reads. */
static void reads_from_replicas_do_not_wait(void)
{
    dry_run self;
    dry_run_open(&self);
    self.execution->round = 1;
    self.batch.read_policy = RC_READ_RANDOM;
    dry_run_queue(&self, "SET b 1", RC_COMMAND_MOVED);
    self.batch.commands[0].node = 1;
    for (size_t i = 1; i < 20; i++) {
        dry_run_queue(&self, "GET b", RC_COMMAND_READ);
    }
    planned(&self);
    for (size_t i = 0; i < 20; i++) {
        held(&self, i, false);
    }
    dry_run_close(&self);
}

/* What may have run is not called unsent because it goes out again. */
static void what_may_have_run_stays_unknown(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", RC_COMMAND_MAYBE_RAN);
    dry_run_queue(&self, "SET b 1", 0);
    self.batch.commands[0].state = self.batch.commands[1].state = RC_REFUSED;
    planned(&self);
    CHECK_INT(self.batch.commands[0].state, RC_UNKNOWN);
    CHECK_INT(self.batch.commands[1].state, RC_NOT_SENT);
    dry_run_close(&self);
}

static void rounds_do_not_disturb_each_other(void)
{
    dry_run self;
    dry_run_open(&self);
    dry_run_queue(&self, "SET b 1", 0);
    dry_run_queue(&self, "SET a 1", 0);
    for (int i = 0; i < 3; i++) {
        planned(&self);
        CHECK_INT(self.execution->stream_count, 2);
        CHECK_INT(dry_run_stream(&self, 0)->count, 1);
        CHECK(dry_run_stream(&self, 0)->connection == NULL && !dry_run_stream(&self, 0)->lost);
        dry_run_stream(&self, 0)->lost = true;
    }
    dry_run_close(&self);
}

static void without_memory_there_is_no_plan(void)
{
    dry_run self;
    dry_run_open(&self);
    for (int i = 0; i < 30; i++) { /* more streams than the first memory for them holds */
        rc_node_id node = rc_pool_node(&self.nodes.pool, "node", 1 + i);
        dry_run_queue(&self, "SET b 1", RC_COMMAND_PINNED);
        self.batch.commands[i].node = node;
    }
    fail_begin();
    rc_status status = dry_run_route(&self);
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    if (failed) {
        CHECK_INT(self.execution->stream_count, 0);
        planned(&self);
    }
    CHECK_INT(self.execution->stream_count, 30);
    for (size_t i = 0; i < 30; i++) {
        goes_to(&self, i, (rc_node_id)i, false);
    }
    dry_run_close(&self);
}

int main(void)
{
    RUN(slots_choose_the_node);
    RUN(only_open_commands_are_planned);
    RUN(a_told_node_counts_more_than_the_slot);
    RUN(any_primary_is_one_primary);
    RUN(reads_may_go_to_replicas);
    RUN(without_the_wish_reads_stay_with_the_primary);
    RUN(an_uncovered_slot_has_no_stream);
    RUN(without_any_node_there_is_no_stream);
    RUN(one_slot_goes_to_one_node_at_a_time);
    RUN(no_stream_is_empty);
    RUN(other_slots_do_not_wait);
    RUN(reads_from_replicas_do_not_wait);
    RUN(what_may_have_run_stays_unknown);
    RUN(rounds_do_not_disturb_each_other);
    FAIL_EACH(without_memory_there_is_no_plan);
    return 0;
}
