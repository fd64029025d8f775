/*
 * split: a command over many keys, divided by slots.
 *
 * Its keys (and values, if they stand between) are ordered by slot; each slot's keys become one
 * command of the batch, and the replies one result in the order of the caller's keys. Needs the
 * GIL.
 */
#ifndef RC_PYTHON_SPLIT_H
#define RC_PYTHON_SPLIT_H

#include "python/types/client.h"

/*
 * Each entry of `order` is slot and place in one number, so that sorting keeps the caller's order
 * within a slot.
 */
typedef struct Split {
    PyObject *objects; /* the command's name, then keys, or keys and values in turn */
    uint64_t *order;
    Py_ssize_t keys;
    Py_ssize_t stride; /* 2 when values stand between the keys */
} Split;

/* split_queue returns how many commands it has written; -1 with an exception. */
Py_ssize_t split_queue(Split *split, Client *self, const Request *request, rc_batch *batch);

/* split_free frees what split_queue has put into it, not the struct. */
void split_free(Split *split);

/* split_reply merges the replies of the commands that begin at `first`; options as in
 * request_reply. */
PyObject *split_reply(const Split *split, Client *self, const CommandSpec *spec,
                      const rc_batch *batch, size_t first, uint32_t options);

#endif
