/*
 * run: one execution of one batch, as plan, executor and settle hand it round.
 *
 * A round is: plan (who gets what), converse (executor), settle (what goes out again). The struct
 * is the work space of all three; it belongs to the thread that executes, and is kept by the
 * executor for the next call. rc_run_* functions are the core's own; the binding sees executor.h
 * only.
 */
#ifndef RC_RUN_H
#define RC_RUN_H

#include "executor.h"
#include "lane.h"

typedef struct rc_run {
    rc_run *next; /* in the executor's list of spare ones */
    rc_executor *executor;
    rc_batch *batch;
    rc_call *call;

    rc_slotmap *map; /* of this round */
    uint64_t version;

    uint32_t *open;  /* commands without a final outcome, in submission order */
    uint32_t *order; /* the same, grouped by lane */
    size_t open_count;
    size_t index_capacity;

    rc_lane *lanes; /* of this round */
    size_t lane_count;
    size_t lane_capacity;
    struct pollfd *sockets; /* as many as lanes */
    size_t socket_capacity;
    uint16_t *lane_of; /* by node and whether it must be READONLY */
    size_t lane_of_capacity;

    uint16_t lane_of_slot[RC_SLOTS]; /* from the second round on */

    int round;
    int lost_rounds;    /* rounds in which a conversation broke */
    int timeout_rounds; /* ... by a timeout */
    int down_rounds;    /* ... in which the cluster said that it is down */
    int slot_rounds;    /* ... in which a slot had no node */
    bool met_down;      /* in this round: a node said that the cluster is down */
    bool met_uncovered; /* ... a slot had no node */
    bool conversed;     /* ... some lane of this round did not break */
    bool refresh;       /* fetch the map before the next round */
    rc_msec delay;      /* wait before the next round */
    rc_status ending;   /* RC_OK, or why the call has to end now */

    bool any_unknown;
    uint8_t unknown_slots[RC_SLOTS / 8]; /* slots with a write of unknown outcome */

    char trail[RC_MESSAGE_MAX]; /* the hops of the first redirected command */
    char scratch[RC_SCRATCH];
} rc_run;

/*
 * rc_run_plan groups the open commands into lanes that are not yet started. From the second round
 * on the commands of one slot are in one lane, or wait for another round (RC_COMMAND_HELD), so that
 * none overtakes another. A command whose slot has no node is in no lane: RC_NOT_SENT with an
 * RC_SLOT error. RC_NOMEM: nothing was done.
 */
rc_status rc_run_plan(rc_run *run);

/*
 * rc_run_settle looks at what became of this round's commands. Those with a final outcome leave
 * run->open; it sets refresh and delay for those that stay.
 */
void rc_run_settle(rc_run *run);

/* rc_run_close_all gives all open commands the same error, as what they are: not sent. */
void rc_run_close_all(rc_run *run, const rc_error *error);

#endif
