/*
 * doubt: a call that begins while the slot table is in doubt.
 *
 * A node that has failed may have been replaced, and a call that is sent to it may be lost. So a
 * call that would go there waits for a fresh table first, as long as its own time allows; calls for
 * other nodes go on at once, and drive the fetch during their own exchange.
 */
#include "core/execution/execution.h"

/* can_go_elsewhere: the commands are not meant for that very node. */
static bool can_go_elsewhere(const rc_node_stream *stream)
{
    const rc_command *first = &stream->batch->commands[stream->commands[0]];
    return (first->flags & RC_COMMAND_PINNED) == 0;
}

static bool goes_to_failed_node(const rc_execution *execution)
{
    for (size_t i = 0; i < execution->stream_count; i++) {
        const rc_node_stream *stream = &execution->streams[i];
        if (can_go_elsewhere(stream) &&
            rc_topology_doubts(execution->executor->topology, stream->node)) {
            return true;
        }
    }
    return false;
}

bool rc_execution_await_table(rc_execution *execution, rc_msec until)
{
    rc_topology_fetch *table_fetch = &execution->executor->table_fetch;
    if (execution->round > 0 || !goes_to_failed_node(execution)) {
        return false;
    }
    execution->ending = rc_topology_fetch_wait(table_fetch, execution->map, execution->call, until,
                                               &execution->refreshing);
    if (execution->refreshing && !rc_pool_has_room(execution->executor->pool, table_fetch->node)) {
        rc_topology_fetch_end(table_fetch); /* the call itself needs the connection */
        execution->refreshing = false;
    }
    return execution->ending == RC_OK &&
           rc_topology_version(execution->executor->topology) != execution->version;
}
