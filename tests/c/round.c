#include "round.h"

#include "check.h"
#include "words.h"

static void make_map(round *self)
{
    self->map = rc_slotmap_new(2);
    CHECK(self->map != NULL);
    uint16_t one = rc_slotmap_add_shard(self->map, 2, 0);
    uint16_t two = rc_slotmap_add_shard(self->map, 2, 1);
    rc_slotmap_assign(self->map, 0, RC_SLOTS / 2 - 1, one);
    rc_slotmap_assign(self->map, RC_SLOTS / 2, RC_SLOTS - 1, two);
    rc_slotmap_add_replica(self->map, one, 2);
}

static void make_run(round *self)
{
    self->run = rc_alloc_zeroed(sizeof *self->run);
    CHECK(self->run != NULL);
    self->run->executor = &self->nodes.executor;
    self->run->batch = &self->batch;
    self->run->call = &no_end;
    self->run->map = self->map;
}

void round_open(round *self)
{
    *self = (round){0};
    nodes_start_bare(&self->nodes, 0);
    nodes_open(&self->nodes);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(rc_pool_node(&self->nodes.pool, "node", i + 1), i);
    }
    make_map(self);
    rc_slotmap_drop(self->nodes.topology.map);
    self->nodes.topology.map = rc_slotmap_keep(self->map);
    make_run(self);
}

void round_close(round *self)
{
    rc_free(self->run->open);
    rc_free(self->run->order);
    rc_free(self->run->lanes);
    rc_free(self->run->sockets);
    rc_free(self->run->lane_of);
    rc_free(self->run->moves);
    rc_free(self->run);
    rc_slotmap_drop(self->map);
    rc_batch_free(&self->batch);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

void round_uncover(round *self, int slot)
{
    self->map->shards[self->map->shard_of[slot]].slot_count--;
    self->map->shard_of[slot] = RC_NO_SHARD;
    self->map->covered--;
}

size_t round_queue(round *self, const char *words, uint8_t flags)
{
    size_t index = words_queue(&self->batch, words, flags);
    rc_run *run = self->run;
    run->open = rc_resize(run->open, self->batch.count * sizeof *run->open);
    run->order = rc_resize(run->order, self->batch.count * sizeof *run->order);
    CHECK(run->open != NULL && run->order != NULL);
    run->open[run->open_count++] = (uint32_t)index;
    return index;
}

rc_status round_plan(round *self)
{
    return rc_run_plan(self->run);
}

rc_lane *round_lane(const round *self, size_t index)
{
    for (size_t i = 0; i < self->run->lane_count; i++) {
        rc_lane *lane = &self->run->lanes[i];
        for (size_t j = 0; j < lane->count; j++) {
            if (lane->commands[j] == index) {
                return lane;
            }
        }
    }
    return NULL;
}

static rc_lane *lane_with_tape(round *self, size_t index)
{
    rc_lane *lane = round_lane(self, index);
    CHECK(lane != NULL);
    if (lane->tape == NULL) {
        lane->tape = rc_batch_add_tape(&self->batch, &lane->tape_number);
        CHECK(lane->tape != NULL);
        lane->tape->lane = (uint16_t)(lane - self->run->lanes);
    }
    return lane;
}

void round_answer(round *self, size_t index, const char *bytes)
{
    rc_lane *lane = lane_with_tape(self, index);
    rc_reader reader;
    size_t start;
    CHECK_STATUS(rc_reader_open(&reader), RC_OK);
    rc_reader_record(&reader, lane->tape);
    rc_reader_give(&reader, bytes, strlen(bytes));
    CHECK_INT(rc_reader_next(&reader, &start), RC_READING_REPLY);
    rc_reader_free(&reader);
    rc_command *command = &self->batch.commands[index];
    command->state = RC_REPLIED;
    command->tape = lane->tape_number;
    command->reply = (uint32_t)start;
    lane->errors |= bytes[0] == '-';
}

void round_fail(round *self, size_t index, rc_state state, rc_status status)
{
    rc_lane *lane = lane_with_tape(self, index);
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, status, "%s", rc_status_text(status));
    lane->lost = true;
    lane->loss = status;
    lane->error = rc_batch_add_error(&self->batch, &error);
    rc_command *command = &self->batch.commands[index];
    command->state = (uint8_t)state;
    command->tape = RC_NO_TAPE;
    command->reply = lane->error;
}

const char *round_settle(round *self)
{
    const char *left = "";
    rc_run_settle(self->run);
    self->run->round++;
    for (size_t i = 0; i < self->run->open_count; i++) {
        left = words_format("%s%s%u", left, i > 0 ? " " : "", self->run->open[i]);
    }
    return left;
}

void round_writes(round *self, int count)
{
    round_open(self);
    for (int i = 0; i < count; i++) {
        round_queue(self, "SET b 1", 0);
    }
    CHECK_STATUS(round_plan(self), RC_OK);
}

void round_again(round *self, const char *expected)
{
    CHECK_TEXT(round_settle(self), expected);
}

void round_became(const round *self, size_t index, const char *outcome)
{
    CHECK_TEXT(words_outcome(&self->batch, index), outcome);
}
