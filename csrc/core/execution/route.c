/*
 * plan: which node gets which commands this round.
 *
 * Two passes over the open commands, so that lanes share one array and each lane's commands keep
 * their submission order: the first chooses nodes and counts, the second deals out.
 */
#include "core/execution/execution.h"

enum { NO_LANE = 0xffff };

/* Places of a slot besides those of a node: where nothing of it goes yet, and where it has to wait.
 */
#define NO_PLACE UINT32_MAX
#define MUST_WAIT (UINT32_MAX - 1)

/* ---- choosing a node ---- */

typedef struct choice {
    rc_node_id node;
    bool readonly;
} choice;

static choice choose_for_read(const rc_run *run, const rc_shard *shard)
{
    rc_node_id node =
        rc_preference(run->executor->pool, shard, run->batch->read_policy, run->planned_at);
    return (choice){node, node != shard->primary};
}

/* reads_from_replica: a node that was named for a read need not own the slot. */
static bool reads_from_replica(const rc_run *run, const rc_command *command)
{
    return (command->flags & RC_COMMAND_READ) && command->slot != RC_NO_SLOT &&
           rc_slotmap_owner(run->map, command->slot) != command->node;
}

static choice choose(const rc_run *run, const rc_command *command, rc_node_id any)
{
    if (command->flags & (RC_COMMAND_ASKING | RC_COMMAND_MOVED)) {
        return (choice){command->node, false};
    }
    if (command->flags & RC_COMMAND_PINNED) {
        return (choice){command->node, reads_from_replica(run, command)};
    }
    if (command->slot == RC_NO_SLOT) {
        return (choice){any, false};
    }
    const rc_shard *shard = rc_slotmap_shard(run->map, command->slot);
    if (shard == NULL) {
        return (choice){RC_NO_NODE, false};
    }
    return rc_run_may_read_replica(run, command) && !run->replicas_spent
               ? choose_for_read(run, shard)
               : (choice){shard->primary, false};
}

/* ---- lanes ---- */

static uint32_t place_of(choice to)
{
    return 2 * (uint32_t)to.node + to.readonly;
}

/* make_room_for_nodes: a client may know many, so only new places are written. */
static rc_status make_room_for_nodes(rc_run *run)
{
    size_t need = 2 * rc_pool_count(run->executor->pool) + 2;
    size_t before = run->lane_of_capacity;
    uint16_t *grown = rc_grow(run->lane_of, &run->lane_of_capacity, need, sizeof *grown);
    if (grown == NULL) {
        return RC_NOMEM;
    }
    run->lane_of = grown;
    memset(grown + before, 0xff, (run->lane_of_capacity - before) * sizeof *grown);
    return RC_OK;
}

static void forget_lanes(rc_run *run)
{
    for (size_t i = 0; i < run->lane_count; i++) {
        const rc_lane *lane = &run->lanes[i];
        run->lane_of[place_of((choice){lane->node, lane->readonly})] = NO_LANE;
    }
    run->lane_count = 0;
}

static rc_status reset_lanes(rc_run *run)
{
    forget_lanes(run);
    if (make_room_for_nodes(run) != RC_OK) {
        return RC_NOMEM;
    }
    run->planned_at = run->batch->read_policy == RC_READ_PRIMARY ? 0 : rc_now();
    if (run->round > 0) {
        memset(run->place_of_slot, 0xff, sizeof run->place_of_slot);
    }
    return RC_OK;
}

/* find_lane is the number of the lane to this node, a new one if need be; NO_LANE without memory.
 */
static uint16_t find_lane(rc_run *run, choice to)
{
    uint16_t *number = &run->lane_of[place_of(to)];
    if (*number != NO_LANE || run->lane_count == NO_LANE) {
        return *number;
    }
    rc_lane *lanes = rc_grow(run->lanes, &run->lane_capacity, run->lane_count + 1, sizeof *lanes);
    if (lanes == NULL) {
        return NO_LANE;
    }
    run->lanes = lanes;
    struct pollfd *sockets =
        rc_grow(run->sockets, &run->socket_capacity, run->lane_count + 2, sizeof *sockets);
    if (sockets == NULL) {
        return NO_LANE;
    }
    run->sockets = sockets;
    run->lanes[run->lane_count] = (rc_lane){
        .batch = run->batch, .node = to.node, .readonly = to.readonly, .replaceable = to.readonly};
    *number = (uint16_t)run->lane_count++;
    return *number;
}

static uint32_t add_slot_error(rc_run *run)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_SLOT, "not covered by the cluster");
    return rc_batch_add_error(run->batch, &error);
}

/*
 * must_wait: refusals may have given commands of one slot different nodes. The first of them says
 * where the slot's commands go this round; one that is to go elsewhere waits, and all behind it. A
 * first one that has no node to go to keeps all others waiting. Reads that may go to replicas have
 * no place in that order.
 */
static bool must_wait(rc_run *run, const rc_command *command, choice to)
{
    if (run->round == 0 || command->slot == RC_NO_SLOT || rc_run_may_read_replica(run, command)) {
        return false;
    }
    uint32_t *place = &run->place_of_slot[command->slot];
    if (to.node == RC_NO_NODE) {
        *place = MUST_WAIT; /* itself it goes nowhere, and ends when its tries do */
        return false;
    }
    if (*place == NO_PLACE) {
        *place = place_of(to);
    } else if (*place != place_of(to)) {
        *place = MUST_WAIT;
    }
    return *place == MUST_WAIT;
}

/* put_in_lane counts the command to its lane, whose number waits in command->tape. */
static rc_status put_in_lane(rc_run *run, rc_command *command, choice to)
{
    uint16_t number = find_lane(run, to);
    if (number == NO_LANE) {
        return RC_NOMEM;
    }
    rc_lane *lane = &run->lanes[number];
    lane->count++;
    lane->retries += run->round > 0;
    lane->asks |= (command->flags & RC_COMMAND_ASKING) != 0;
    lane->replaceable &= !(command->flags & RC_COMMAND_PINNED);
    command->tape = number;
    return RC_OK;
}

static rc_status count_out(rc_run *run)
{
    rc_node_id any = rc_slotmap_random_primary(run->map);
    uint32_t slot_error = UINT32_MAX;
    rc_status status = RC_OK;
    for (size_t i = 0; i < run->open_count && status == RC_OK; i++) {
        if (!rc_run_goes_on(run, i)) {
            return run->ending;
        }
        rc_command *command = &run->batch->commands[run->open[i]];
        choice to = choose(run, command, any);
        command->state = command->flags & RC_COMMAND_MAYBE_RAN ? RC_UNKNOWN : RC_NOT_SENT;
        command->tape = RC_NO_TAPE;
        if (must_wait(run, command, to)) {
            command->state = RC_HELD;
        } else if (to.node == RC_NO_NODE) {
            slot_error = slot_error == UINT32_MAX ? add_slot_error(run) : slot_error;
            command->reply = slot_error;
        } else {
            status = put_in_lane(run, command, to);
        }
    }
    return status;
}

static void deal_out(rc_run *run)
{
    uint32_t *place = run->order;
    for (size_t i = 0; i < run->lane_count; i++) {
        run->lanes[i].commands = place;
        place += run->lanes[i].count;
        run->lanes[i].count = 0;
    }
    for (size_t i = 0; i < run->open_count; i++) {
        rc_command *command = &run->batch->commands[run->open[i]];
        if (command->tape != RC_NO_TAPE) {
            rc_lane *lane = &run->lanes[command->tape];
            run->order[(size_t)(lane->commands - run->order) + lane->count++] = run->open[i];
            command->tape = RC_NO_TAPE;
        }
    }
}

rc_status rc_run_plan(rc_run *run)
{
    rc_status status = reset_lanes(run);
    if (status == RC_OK) {
        status = count_out(run);
    }
    if (status == RC_OK) {
        deal_out(run);
    } else {
        forget_lanes(run);
    }
    return status;
}
