#include "dry_run.h"

#include "check.h"
#include "text.h"

static void make_map(dry_run *self)
{
    self->map = rc_slotmap_new(2);
    CHECK(self->map != NULL);
    uint16_t one = rc_slotmap_add_shard(self->map, 2, 0);
    uint16_t two = rc_slotmap_add_shard(self->map, 2, 1);
    rc_slotmap_assign(self->map, 0, RC_SLOTS / 2 - 1, one);
    rc_slotmap_assign(self->map, RC_SLOTS / 2, RC_SLOTS - 1, two);
    rc_slotmap_add_replica(self->map, one, 2);
}

static void make_run(dry_run *self)
{
    self->execution = rc_alloc_zeroed(sizeof *self->execution);
    CHECK(self->execution != NULL);
    self->execution->executor = &self->nodes.executor;
    self->execution->batch = &self->batch;
    self->execution->call = &no_end;
    self->execution->map = self->map;
}

void dry_run_open(dry_run *self)
{
    *self = (dry_run){0};
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

void dry_run_close(dry_run *self)
{
    rc_free(self->execution->open);
    rc_free(self->execution->order);
    rc_free(self->execution->streams);
    rc_free(self->execution->sockets);
    rc_free(self->execution->stream_of);
    rc_free(self->execution->moves);
    rc_free(self->execution);
    rc_slotmap_drop(self->map);
    rc_batch_free(&self->batch);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

void dry_run_uncover(dry_run *self, int slot)
{
    self->map->shards[self->map->shard_of[slot]].slot_count--;
    self->map->shard_of[slot] = RC_NO_SHARD;
    self->map->covered--;
}

size_t dry_run_queue(dry_run *self, const char *text, uint8_t flags)
{
    size_t index = text_queue(&self->batch, text, flags);
    rc_execution *execution = self->execution;
    execution->open = rc_resize(execution->open, self->batch.count * sizeof *execution->open);
    execution->order = rc_resize(execution->order, self->batch.count * sizeof *execution->order);
    CHECK(execution->open != NULL && execution->order != NULL);
    execution->open[execution->open_count++] = (uint32_t)index;
    return index;
}

rc_status dry_run_route(dry_run *self)
{
    return rc_execution_route(self->execution);
}

rc_node_stream *dry_run_stream(const dry_run *self, size_t index)
{
    for (size_t i = 0; i < self->execution->stream_count; i++) {
        rc_node_stream *stream = &self->execution->streams[i];
        for (size_t j = 0; j < stream->count; j++) {
            if (stream->commands[j] == index) {
                return stream;
            }
        }
    }
    return NULL;
}

static rc_node_stream *stream_with_tree(dry_run *self, size_t index)
{
    rc_node_stream *stream = dry_run_stream(self, index);
    CHECK(stream != NULL);
    if (stream->tree == NULL) {
        stream->tree = rc_batch_add_tree(&self->batch, &stream->tree_number);
        CHECK(stream->tree != NULL);
        stream->tree->stream = (uint16_t)(stream - self->execution->streams);
    }
    return stream;
}

void dry_run_answer(dry_run *self, size_t index, const char *bytes)
{
    rc_node_stream *stream = stream_with_tree(self, index);
    rc_reader reader;
    size_t start;
    CHECK_STATUS(rc_reader_open(&reader), RC_OK);
    rc_reader_record(&reader, stream->tree);
    rc_reader_give(&reader, bytes, strlen(bytes));
    CHECK_INT(rc_reader_next(&reader, &start), RC_READING_REPLY);
    rc_reader_free(&reader);
    rc_command *command = &self->batch.commands[index];
    command->state = RC_REPLIED;
    command->tree = stream->tree_number;
    command->reply = (uint32_t)start;
    stream->errors |= bytes[0] == '-';
}

void dry_run_lose(dry_run *self, size_t index, rc_state state, rc_status status)
{
    rc_node_stream *stream = stream_with_tree(self, index);
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, status, "%s", rc_status_text(status));
    stream->lost = true;
    stream->loss = status;
    stream->error = rc_batch_add_error(&self->batch, &error);
    rc_command *command = &self->batch.commands[index];
    command->state = (uint8_t)state;
    command->tree = RC_NO_TREE;
    command->reply = stream->error;
}

const char *dry_run_retry(dry_run *self)
{
    const char *left = "";
    rc_execution_retry(self->execution);
    self->execution->round++;
    for (size_t i = 0; i < self->execution->open_count; i++) {
        left = text_format("%s%s%u", left, i > 0 ? " " : "", self->execution->open[i]);
    }
    return left;
}

void dry_run_writes(dry_run *self, int count)
{
    dry_run_open(self);
    for (int i = 0; i < count; i++) {
        dry_run_queue(self, "SET b 1", 0);
    }
    CHECK_STATUS(dry_run_route(self), RC_OK);
}

void dry_run_expect_again(dry_run *self, const char *expected)
{
    CHECK_TEXT(dry_run_retry(self), expected);
}

void dry_run_expect(const dry_run *self, size_t index, const char *outcome)
{
    CHECK_TEXT(text_outcome(&self->batch, index), outcome);
}
