/*
 * patrol: a node that is silent because it is gone, though its connection stands.
 *
 * A paused process, or a host behind a cut cable, neither answers nor closes. While a call waits
 * for a silent node it sees to it that the slot table is fresh; when that has had another node in
 * the silent one's place twice, some time apart, the conversation is over: a failover has happened.
 * A command that blocks on purpose is left alone, as its node keeps its place.
 */
#include "core/execution/execution.h"

enum {
    DOUBLINGS = 2, /* so often the time between two looks doubles */
    SOON = 200     /* milliseconds between them while another thread's fetch is awaited */
};

static rc_msec silence_of(const rc_run *run)
{
    return run->executor->options->silence;
}

/* can_be_replaced: the command that is waited for is not meant for that very node. */
static bool can_be_replaced(const rc_lane *lane)
{
    const rc_command *next = &lane->batch->commands[lane->commands[lane->received]];
    return !(next->flags & (RC_COMMAND_PINNED | RC_COMMAND_ASKING));
}

static bool mark_silent(rc_run *run)
{
    bool some = false;
    for (size_t i = 0; i < run->lane_count; i++) {
        rc_lane *lane = &run->lanes[i];
        lane->silent = lane->events != 0 && lane->connection->ready &&
                       lane->progress == lane->heard && can_be_replaced(lane);
        lane->heard = lane->progress;
        lane->suspect &= lane->silent;
        some |= lane->silent;
    }
    return some;
}

/* look asks a node about the silent ones; one that is silent itself is not asked. */
static rc_status look(rc_run *run)
{
    rc_pool *pool = run->executor->pool;
    for (size_t i = 0; i < run->lane_count; i++) {
        if (run->lanes[i].silent) {
            rc_pool_doubt(pool, run->lanes[i].node);
        }
    }
    rc_node_id node = rc_discovery_witness(pool, run->map);
    return node == RC_NO_NODE || run->refreshing
               ? RC_OK
               : rc_refresher_begin(&run->executor->refresher, node, run->call, &run->refreshing);
}

rc_status rc_run_patrol(rc_run *run)
{
    rc_msec now = rc_now();
    if (now < run->patrol_at) {
        return RC_OK;
    }
    run->patrol_at = now + (silence_of(run) << run->patrols);
    run->patrols += run->patrols < DOUBLINGS;
    if (!mark_silent(run)) {
        return RC_OK;
    }
    rc_topology *topology = run->executor->topology;
    if (rc_topology_is_fresh(topology, now - silence_of(run))) {
        rc_run_judge(run);
        return RC_OK;
    }
    rc_status status = look(run);
    if (!run->refreshing) {
        run->patrol_at = now + SOON;
    }
    return status == RC_INTERRUPTED ? status : RC_OK;
}

static bool has_place(const rc_slotmap *map, const rc_lane *lane)
{
    return lane->readonly ? rc_slotmap_has(map, lane->node) : rc_slotmap_serves(map, lane->node);
}

static void accuse(rc_run *run, rc_lane *lane)
{
    if (lane->suspect) {
        rc_lane_fail(lane, run->executor->pool, RC_CLOSED,
                     "silent, and replaced by another node meanwhile");
    } else {
        lane->suspect = true; /* a node may hear late that it has got its first slots */
        run->patrol_at = rc_now() + silence_of(run);
    }
}

void rc_run_judge(rc_run *run)
{
    uint64_t version;
    rc_slotmap *map = rc_topology_map(run->executor->topology, &version);
    for (size_t i = 0; i < run->lane_count; i++) {
        rc_lane *lane = &run->lanes[i];
        if (!lane->silent || lane->events == 0 || lane->progress != lane->heard) {
            continue;
        }
        if (has_place(map, lane)) {
            lane->suspect = false;
        } else {
            accuse(run, lane);
        }
    }
    rc_slotmap_drop(map);
}
