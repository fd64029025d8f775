/*
 * round: one round of one call without any server, its conversations played by the test.
 *
 * Three nodes: 0 owns the slots of "b" and "c", 1 those of "a" and "d", 2 is a replica of 0. A test
 * queues commands, plans, says what became of each, settles, and looks at what goes out again.
 */
#ifndef ROUND_H
#define ROUND_H

#include "nodes.h"

#include "core/execution/execution.h"

typedef struct round {
    nodes nodes;
    rc_batch batch;
    rc_execution *execution;
    rc_slotmap *map;
} round;

void round_open(round *self);
void round_close(round *self);
void round_uncover(round *self, int slot); /* nobody owns it */

size_t round_queue(round *self, const char *words, uint8_t flags);
rc_status round_plan(round *self);

/* round_writes opens a round of so many SETs of "b", and plans it. */
void round_writes(round *self, int count);

/* round_stream is the stream that a command is in, or NULL. */
rc_node_stream *round_stream(const round *self, size_t index);

/* round_answer gives a command its reply; round_fail leaves it as a lost conversation does. */
void round_answer(round *self, size_t index, const char *bytes);
void round_fail(round *self, size_t index, rc_state state, rc_status status);

/* round_settle settles and writes the commands that go out again, as in "0 2". */
const char *round_settle(round *self);
void round_again(round *self, const char *expected); /* settles, and checks */

void round_became(const round *self, size_t index, const char *outcome);

#endif
