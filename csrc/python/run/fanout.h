/*
 * fanout: one command that becomes several of a batch, and their replies one result.
 *
 * Either the same command for several nodes, or a command over many slots, divided into one per
 * slot. All of them go out in the same round. A Fanout owns what it needs for the merging; it is
 * kept by whoever queued it until the batch has run. Needs the GIL.
 */
#ifndef RC_PYTHON_FANOUT_H
#define RC_PYTHON_FANOUT_H

#include "python/run/split.h"
#include "python/types/client.h"

typedef struct Fanout {
    const CommandSpec *spec; /* NULL: a command that the table does not have */
    size_t first;            /* the index of its first command in the batch */
    size_t count;            /* of its commands, which stand one after the other */
    uint32_t options;
    PyObject *extra;
    rc_node_id *nodes;   /* as many as commands; NULL: divided by slots */
    size_t held;         /* how many of them are held (rc_cluster_hold) */
    ClusterObject *pool; /* which holds them; borrowed */
    bool single;         /* one node was named: its reply is the result */
    Split split;
} Fanout;

/* fanout_queue writes the commands; NULL with an exception, and the batch is as it was. */
Fanout *fanout_queue(Client *self, const Request *request, rc_batch *batch);

/* fanout_free frees the fanout and releases its nodes' numbers; NULL is allowed. */
void fanout_free(Fanout *fanout);

/*
 * fanout_reply is the result of a batch that has run. A failure is raised: the first of unknown
 * outcome if there is one, as what may have run must not look as if it had not.
 */
PyObject *fanout_reply(const Fanout *fanout, Client *self, const rc_batch *batch);

/*
 * fanout_run queues the commands, runs them and merges the replies, for a client. New reference;
 * NULL with an exception. Blocks without the GIL.
 */
PyObject *fanout_run(Client *self, const Request *request);

#endif
