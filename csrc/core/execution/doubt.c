/*
 * doubt: a call that begins while the slot table is in doubt.
 *
 * A node that has failed may have been replaced, and a call that is sent to it may be lost. So a
 * call that would go there waits for a fresh table first, as long as its own time allows; calls for
 * other nodes go on at once, and look after the fetch beside their own conversation.
 */
#include "core/execution/execution.h"

/* can_go_elsewhere: another map would make a difference. */
static bool can_go_elsewhere(const rc_lane *lane)
{
    const rc_command *first = &lane->batch->commands[lane->commands[0]];
    return (first->flags & RC_COMMAND_PINNED) == 0;
}

static bool goes_to_failed_node(const rc_run *run)
{
    for (size_t i = 0; i < run->lane_count; i++) {
        const rc_lane *lane = &run->lanes[i];
        if (can_go_elsewhere(lane) && rc_topology_doubts(run->executor->topology, lane->node)) {
            return true;
        }
    }
    return false;
}

bool rc_run_reconsider(rc_run *run, rc_msec until)
{
    rc_refresher *refresher = &run->executor->refresher;
    if (run->round > 0 || !goes_to_failed_node(run)) {
        return false;
    }
    run->ending = rc_refresher_resolve(refresher, run->map, run->call, until, &run->refreshing);
    if (run->refreshing && !rc_pool_has_room(run->executor->pool, refresher->node)) {
        rc_refresher_end(refresher); /* the call itself needs the connection */
        run->refreshing = false;
    }
    return run->ending == RC_OK && rc_topology_version(run->executor->topology) != run->version;
}
