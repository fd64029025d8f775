/*
 * route: which node gets which commands this round.
 *
 * Two passes over the open commands, so that streams share one array and each stream's commands
 * keep their submission order: the first chooses nodes and counts, the second deals out.
 */
#include "core/execution/execution.h"

enum { NO_STREAM = 0xffff };

/* Values of place_of_slot that are no node's: no command of the slot yet; all of them wait. */
#define NO_PLACE UINT32_MAX
#define MUST_WAIT (UINT32_MAX - 1)

/* ---- choosing a node ---- */

typedef struct choice {
    rc_node_id node;
    bool readonly;
} choice;

static choice choose_for_read(const rc_execution *execution, const rc_shard *shard)
{
    rc_node_id node = rc_read_routing_node(execution->executor->pool, shard,
                                           execution->batch->read_policy, execution->routed_at);
    return (choice){node, node != shard->primary};
}

/* reads_from_replica: a read that is pinned to a node which does not own the slot needs READONLY.
 */
static bool reads_from_replica(const rc_execution *execution, const rc_command *command)
{
    return (command->flags & RC_COMMAND_READ) && command->slot != RC_NO_SLOT &&
           rc_slotmap_owner(execution->map, command->slot) != command->node;
}

static choice choose(const rc_execution *execution, const rc_command *command, rc_node_id any)
{
    if (command->flags & (RC_COMMAND_ASKING | RC_COMMAND_MOVED)) {
        return (choice){command->node, false};
    }
    if (command->flags & RC_COMMAND_PINNED) {
        return (choice){command->node, reads_from_replica(execution, command)};
    }
    if (command->slot == RC_NO_SLOT) {
        return (choice){any, false};
    }
    const rc_shard *shard = rc_slotmap_shard(execution->map, command->slot);
    if (shard == NULL) {
        return (choice){RC_NO_NODE, false};
    }
    return rc_execution_may_read_replica(execution, command) && !execution->replicas_timed_out
               ? choose_for_read(execution, shard)
               : (choice){shard->primary, false};
}

/* ---- streams ---- */

static uint32_t place_of(choice to)
{
    return 2 * (uint32_t)to.node + to.readonly;
}

/* make_room_for_nodes: a client may know many, so only new places are written. */
static rc_status make_room_for_nodes(rc_execution *execution)
{
    size_t need = 2 * rc_pool_node_count(execution->executor->pool) + 2;
    size_t before = execution->stream_of_capacity;
    uint16_t *grown =
        rc_grow(execution->stream_of, &execution->stream_of_capacity, need, sizeof *grown);
    if (grown == NULL) {
        return RC_NOMEM;
    }
    execution->stream_of = grown;
    memset(grown + before, 0xff, (execution->stream_of_capacity - before) * sizeof *grown);
    return RC_OK;
}

static void forget_streams(rc_execution *execution)
{
    for (size_t i = 0; i < execution->stream_count; i++) {
        const rc_node_stream *stream = &execution->streams[i];
        execution->stream_of[place_of((choice){stream->node, stream->readonly})] = NO_STREAM;
    }
    execution->stream_count = 0;
}

static rc_status reset_streams(rc_execution *execution)
{
    forget_streams(execution);
    if (make_room_for_nodes(execution) != RC_OK) {
        return RC_NOMEM;
    }
    execution->routed_at = execution->batch->read_policy == RC_READ_PRIMARY ? 0 : rc_now();
    if (execution->round > 0) {
        memset(execution->place_of_slot, 0xff, sizeof execution->place_of_slot);
    }
    return RC_OK;
}

/* find_stream is the number of the stream to this node, a new one if need be; NO_STREAM without
 * memory.
 */
static uint16_t find_stream(rc_execution *execution, choice to)
{
    uint16_t *number = &execution->stream_of[place_of(to)];
    if (*number != NO_STREAM || execution->stream_count == NO_STREAM) {
        return *number;
    }
    rc_node_stream *streams = rc_grow(execution->streams, &execution->stream_capacity,
                                      execution->stream_count + 1, sizeof *streams);
    if (streams == NULL) {
        return NO_STREAM;
    }
    execution->streams = streams;
    struct pollfd *sockets = rc_grow(execution->sockets, &execution->socket_capacity,
                                     execution->stream_count + 2, sizeof *sockets);
    if (sockets == NULL) {
        return NO_STREAM;
    }
    execution->sockets = sockets;
    execution->streams[execution->stream_count] = (rc_node_stream){.batch = execution->batch,
                                                                   .node = to.node,
                                                                   .readonly = to.readonly,
                                                                   .replaceable = to.readonly};
    *number = (uint16_t)execution->stream_count++;
    return *number;
}

static uint32_t add_slot_error(rc_execution *execution)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_SLOT, "not covered by the cluster");
    return rc_batch_add_error(execution->batch, &error);
}

/*
 * must_wait: after refusals the commands of one slot may be meant for different nodes. The node of
 * the first one gets the slot's commands this round. A command for another node waits, and so do
 * all behind it. If the first one has no node, all others wait. Reads that may go to replicas have
 * no order.
 */
static bool must_wait(rc_execution *execution, const rc_command *command, choice to)
{
    if (execution->round == 0 || command->slot == RC_NO_SLOT ||
        rc_execution_may_read_replica(execution, command)) {
        return false;
    }
    uint32_t *place = &execution->place_of_slot[command->slot];
    if (to.node == RC_NO_NODE) {
        *place = MUST_WAIT; /* this command gets an error; those behind it wait */
        return false;
    }
    if (*place == NO_PLACE) {
        *place = place_of(to);
    } else if (*place != place_of(to)) {
        *place = MUST_WAIT;
    }
    return *place == MUST_WAIT;
}

/* put_in_stream counts the command to its stream, whose number is kept in command->tree. */
static rc_status put_in_stream(rc_execution *execution, rc_command *command, choice to)
{
    uint16_t number = find_stream(execution, to);
    if (number == NO_STREAM) {
        return RC_NOMEM;
    }
    rc_node_stream *stream = &execution->streams[number];
    stream->count++;
    stream->retries += execution->round > 0;
    stream->asks |= (command->flags & RC_COMMAND_ASKING) != 0;
    stream->replaceable &= !(command->flags & RC_COMMAND_PINNED);
    command->tree = number;
    return RC_OK;
}

static rc_status count_out(rc_execution *execution)
{
    rc_node_id any = rc_slotmap_random_primary(execution->map);
    uint32_t slot_error = UINT32_MAX;
    rc_status status = RC_OK;
    for (size_t i = 0; i < execution->open_count && status == RC_OK; i++) {
        if (!rc_execution_goes_on(execution, i)) {
            return execution->ending;
        }
        rc_command *command = &execution->batch->commands[execution->open[i]];
        choice to = choose(execution, command, any);
        command->state = command->flags & RC_COMMAND_MAYBE_RAN ? RC_UNKNOWN : RC_NOT_SENT;
        command->tree = RC_NO_TREE;
        if (must_wait(execution, command, to)) {
            command->state = RC_HELD;
        } else if (to.node == RC_NO_NODE) {
            slot_error = slot_error == UINT32_MAX ? add_slot_error(execution) : slot_error;
            command->reply = slot_error;
        } else {
            status = put_in_stream(execution, command, to);
        }
    }
    return status;
}

static void deal_out(rc_execution *execution)
{
    uint32_t *place = execution->order;
    for (size_t i = 0; i < execution->stream_count; i++) {
        execution->streams[i].commands = place;
        place += execution->streams[i].count;
        execution->streams[i].count = 0;
    }
    for (size_t i = 0; i < execution->open_count; i++) {
        rc_command *command = &execution->batch->commands[execution->open[i]];
        if (command->tree != RC_NO_TREE) {
            rc_node_stream *stream = &execution->streams[command->tree];
            execution->order[(size_t)(stream->commands - execution->order) + stream->count++] =
                execution->open[i];
            command->tree = RC_NO_TREE;
        }
    }
}

rc_status rc_execution_route(rc_execution *execution)
{
    rc_status status = reset_streams(execution);
    if (status == RC_OK) {
        status = count_out(execution);
    }
    if (status == RC_OK) {
        deal_out(execution);
    } else {
        forget_streams(execution);
    }
    return status;
}
