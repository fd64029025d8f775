/*
 * executor: executes a batch on the cluster.
 *
 * Commands are grouped by node; all nodes are written to and read from at the same time; what was
 * refused or not sent goes out again, in submission order, until each command has one outcome. No
 * command that may have run is sent again unless it only reads or the user asked for it (retry.c).
 * Blocks; needs no lock of Python's.
 */
#ifndef RC_EXECUTOR_H
#define RC_EXECUTOR_H

#include "core/execution/batch.h"
#include "core/topology/topology_fetch.h"

typedef struct rc_execution rc_execution;

typedef struct rc_executor {
    rc_fork_lock *lock;
    rc_pool *pool;
    rc_topology *topology;
    const rc_options *options;
    rc_topology_fetch table_fetch; /* of the calls, and of sessions */
    rc_execution *spare;           /* work space of calls that are over, for the next ones */
} rc_executor;

/* rc_executor_init keeps the pointers; what they point to must outlive the executor. */
void rc_executor_init(rc_executor *executor, rc_fork_lock *lock, rc_pool *pool,
                      rc_topology *topology, const rc_options *options);

/* rc_executor_free frees the work space of calls that are over; no call may be running. */
void rc_executor_free(rc_executor *executor);

/*
 * rc_executor_execute gives every command of the batch its outcome. RC_OK says no more than that.
 * RC_NOMEM: nothing was sent. RC_INTERRUPTED: the call was ended; commands have the outcome that
 * they had then.
 */
rc_status rc_executor_execute(rc_executor *executor, rc_batch *batch, rc_call *call);

#endif
