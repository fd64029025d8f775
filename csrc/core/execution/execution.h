/*
 * execution: the state of one call, from its first round to its last.
 *
 * A round has three steps. Route decides which node gets which commands (route.c). The exchange
 * sends them and reads replies (executor.c). Retry decides what goes out again (retry.c). The
 * struct is the work space of all three. It belongs to the thread that executes, and the executor
 * keeps it for the next call. The binding sees executor.h only.
 */
#ifndef RC_EXECUTION_H
#define RC_EXECUTION_H

#include "core/execution/executor.h"
#include "core/execution/node_stream.h"
#include "core/execution/redirect.h"
#include "core/topology/read_routing.h"

enum {
    /*
     * So many nodes that the fetched slot table does not name may be reached by redirects in one
     * call. A command that is redirected to yet another one waits for a table that names it.
     */
    RC_UNLISTED_MAX = 64,
    RC_STRIDE = 1024 /* commands, after which a loop asks whether the call is to end */
};

typedef struct rc_execution {
    rc_execution *next; /* in the executor's list of spare ones */
    rc_executor *executor;
    rc_batch *batch;
    rc_call *call;

    rc_epoch epoch;
    rc_slotmap *map; /* of this round */
    uint64_t version;

    uint32_t *open;  /* commands without a final outcome, in submission order */
    uint32_t *order; /* the same, grouped by stream */
    size_t open_count;
    size_t index_capacity;

    rc_node_stream *streams; /* of this round */
    size_t stream_count;
    size_t stream_capacity;
    struct pollfd *sockets; /* as many as streams, and one for the topology fetch */
    size_t socket_capacity;
    uint16_t *stream_of; /* by node and whether it must be READONLY; only this round's are set */
    size_t stream_of_capacity;

    uint32_t place_of_slot[RC_SLOTS]; /* where its commands go; from the second round on */

    rc_msec routed_at; /* when this round was routed; set if reads may go to replicas */

    bool refreshing; /* a fetch of the slot table beside the exchange is this call's */
    bool lingers;    /* that fetch is worth a moment more: the call has met a MOVED or a loss */
    rc_node_id refresh_from; /* ask this node in the next round; RC_NO_NODE: there is no need */
    rc_msec linger_until; /* the fetch is waited for until then when the exchange is over; 0: it is
                             not */
    rc_msec watch_at;     /* look for silent streams then; 0: nobody has waited yet */
    int watches;

    rc_move *moves; /* what the MOVEDs of this round have said */
    size_t move_count;
    size_t move_capacity;
    rc_node_id unlisted[RC_UNLISTED_MAX]; /* nodes that redirects led to in this call, and that no
                                             table names */
    size_t unlisted_count;

    int round;
    int lost_rounds;                       /* rounds lost to broken connections */
    int broken_off_rounds;                 /* lost rounds of which no reply was whole */
    int timeout_rounds;                    /* rounds lost to timeouts */
    bool replicas_timed_out;               /* reads go to the primary for the rest of the call */
    int refused_rounds[RC_PATIENCE_KINDS]; /* rounds lost to refusals, by kind */
    int slot_rounds;                       /* rounds lost to slots without a node */
    rc_msec lost_at;         /* failover_timeout counts from here; 0: no connection broke yet */
    rc_msec unreached_since; /* since then no node of the table can be connected to; 0: some can */
    bool lost_irreplaceable; /* this round lost a node that no other node can stand in for */
    rc_msec retry_after;     /* until nodes that this round could not reach may be tried again */
    bool cluster_answers;    /* some node answered when the map was fetched last */
    bool met[RC_PATIENCE_KINDS]; /* refusals of this round, by kind */
    bool met_uncovered;          /* this round met a slot without a node */
    bool exchanged;              /* some stream of this round had a connection */
    bool refresh;                /* fetch the map before the next round */
    rc_msec delay;               /* wait before the next round */
    rc_status ending;            /* RC_OK, or why the call has to end now */
    bool cut_short;              /* `ending` was noticed in the middle of work on commands */

    bool any_unknown;
    uint8_t unknown_slots[RC_SLOTS / 8]; /* slots with a write of unknown outcome */

    uint32_t behind_error; /* of this round's commands behind an unknown write; UINT32_MAX: none */
    uint32_t follow_error; /* of this round's commands whose redirect could not be followed */
    uint32_t hops_error;   /* of this round's commands that were redirected too often */
    char trail[RC_MESSAGE_MAX]; /* where redirects led: the first of each round */
    char scratch[RC_SCRATCH];
} rc_execution;

/*
 * rc_execution_goes_on is for loops over commands: it asks now and then whether the call is to end.
 * False: it is, and execution->ending says so.
 */
static inline bool rc_execution_goes_on(rc_execution *execution, size_t step)
{
    if (step % RC_STRIDE == RC_STRIDE - 1 && rc_call_continue(execution->call, false) != RC_OK) {
        execution->ending = RC_INTERRUPTED;
        execution->cut_short = true;
    }
    return !execution->cut_short;
}

/* rc_execution_may_read_replica: the caller takes what a replica has, which may be older. */
static inline bool rc_execution_may_read_replica(const rc_execution *execution,
                                                 const rc_command *command)
{
    return execution->batch->read_policy != RC_READ_PRIMARY &&
           (command->flags & (RC_COMMAND_READ | RC_COMMAND_PRIMARY)) == RC_COMMAND_READ;
}

/*
 * rc_execution_route groups the open commands into streams that are not yet started. From the
 * second round on the commands of one slot are in one stream, or wait for another round (RC_HELD),
 * so that none overtakes another. A command whose slot has no node is in no stream: RC_NOT_SENT
 * with an RC_SLOT error. RC_NOMEM, RC_INTERRUPTED: nothing was sent.
 */
rc_status rc_execution_route(rc_execution *execution);

/*
 * rc_execution_await_table is for routes that were chosen while the map is in doubt. A call that
 * begins, and would go to a node that has failed since the map was asked for, waits for another
 * map, until then at most. True when there is one to route by.
 */
bool rc_execution_await_table(rc_execution *execution, rc_msec until);

/*
 * rc_execution_watch_failover looks, when watch_at has come, for streams that have been silent
 * since it looked last, and sees to it that the map is a fresh one; RC_OK, or RC_INTERRUPTED.
 */
rc_status rc_execution_watch_failover(rc_execution *execution);

/*
 * rc_execution_end_replaced ends silent streams whose node the map has replaced. It is called after
 * a look, and when a fetch beside the exchange is over.
 */
void rc_execution_end_replaced(rc_execution *execution);

/* rc_execution_redirect is the refusal that a command's reply says; RC_REFUSAL_NONE if it says
 * none. */
rc_redirect rc_execution_redirect(const rc_execution *execution, const rc_command *command);

/*
 * rc_execution_must_check: a command that is opaque says that it was refused, and may have run all
 * the same.
 */
bool rc_execution_must_check(const rc_execution *execution, size_t index, rc_refusal refusal);

/*
 * rc_execution_check_refusals asks the nodes of such commands, and makes REFUSED of what they
 * refuse indeed. It blocks until they have answered, or until the call ends.
 */
void rc_execution_check_refusals(rc_execution *execution);

/*
 * rc_execution_once sends the commands of a batch, each once, and takes replies as they are. The
 * caller may be executing another batch, between two exchanges. RC_OK, RC_INTERRUPTED or
 * RC_NOMEM.
 */
rc_status rc_execution_once(rc_executor *executor, rc_batch *batch, rc_call *call);

/*
 * rc_execution_mark_order makes REFUSED of replies that are refusals and need no proof, and marks
 * commands that must not go out again, as a later one on their slot has passed them
 * (RC_COMMAND_OVERTAKEN). When the call is to end it stops in the middle: then nothing must go out
 * again.
 */
void rc_execution_mark_order(rc_execution *execution);

/*
 * rc_execution_retry looks at what became of this round's commands. Those with a final outcome
 * leave execution->open; it sets refresh and delay for those that stay.
 */
void rc_execution_retry(rc_execution *execution);

/*
 * rc_execution_close_all ends all open commands with this error, each as what it is: refused (the
 * server's words stand behind the error's), unknown, or not sent.
 */
void rc_execution_close_all(rc_execution *execution, const rc_error *error);

#endif
