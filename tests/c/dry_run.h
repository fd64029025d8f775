/*
 * dry_run: one round of one call without any server, its replies given by the test.
 *
 * Three nodes: 0 owns the slots of "b" and "c", 1 those of "a" and "d", 2 is a replica of 0. A test
 * queues commands, routes them, gives each a reply or a loss, lets the retries be decided, and
 * looks at what goes out again.
 */
#ifndef DRY_RUN_H
#define DRY_RUN_H

#include "nodes.h"

#include "core/execution/execution.h"

typedef struct dry_run {
    nodes nodes;
    rc_batch batch;
    rc_execution *execution;
    rc_slotmap *map;
} dry_run;

/* dry_run_open makes the client, its slot map and an execution without commands. */
void dry_run_open(dry_run *self);

/* dry_run_close frees all of it. */
void dry_run_close(dry_run *self);

/* dry_run_uncover takes the slot from its owner in the slot map. */
void dry_run_uncover(dry_run *self, int slot);

/* dry_run_queue adds a command that is open, and gives its index. */
size_t dry_run_queue(dry_run *self, const char *text, uint8_t flags);

/* dry_run_route routes the open commands: rc_execution_route. */
rc_status dry_run_route(dry_run *self);

/* dry_run_writes opens a round of so many SETs of "b", and routes it. */
void dry_run_writes(dry_run *self, int count);

/* dry_run_stream is the stream that a command is in, or NULL; the execution owns it. */
rc_node_stream *dry_run_stream(const dry_run *self, size_t index);

/* dry_run_answer gives a command its reply. */
void dry_run_answer(dry_run *self, size_t index, const char *bytes);

/* dry_run_lose leaves a command, and its stream, as a lost connection does. */
void dry_run_lose(dry_run *self, size_t index, rc_state state, rc_status status);

/* dry_run_retry ends the round and gives the commands that go out again, as in "0 2". */
const char *dry_run_retry(dry_run *self);

/* dry_run_expect_again ends the round and demands that these commands go out again. */
void dry_run_expect_again(dry_run *self, const char *expected);

/* dry_run_expect demands this outcome of a command, as text_outcome writes it. */
void dry_run_expect(const dry_run *self, size_t index, const char *outcome);

#endif
