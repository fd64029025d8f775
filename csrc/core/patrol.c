/*
 * patrol: a node that is silent because it is gone, though its connection stands.
 *
 * A paused process, or a host behind a cut cable, neither answers nor closes. While a call waits
 * for a silent node it sees to it that the slot table is fresh; when that has had another node in
 * the silent one's place twice, some time apart, the conversation is over: a failover has happened.
 * A command that blocks on purpose is left alone, as its node keeps its place.
 */
#include "run.h"

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

static bool is_silent(const rc_run *run, rc_node_id node)
{
    for (size_t i = 0; i < run->lane_count; i++) {
        if (run->lanes[i].node == node && run->lanes[i].silent) {
            return true;
        }
    }
    return false;
}

static bool can_tell(const rc_run *run, rc_node_id node, rc_msec now)
{
    return !is_silent(run, node) && rc_pool_is_fit(run->executor->pool, node, now);
}

/* fit_replica: the cluster may have but one primary, the silent one. */
static rc_node_id fit_replica(const rc_run *run, rc_msec now)
{
    for (size_t i = 0; i < run->map->shard_count; i++) {
        const rc_shard *shard = &run->map->shards[i];
        for (size_t j = 0; j < shard->replica_count; j++) {
            if (can_tell(run, shard->replicas[j], now)) {
                return shard->replicas[j];
            }
        }
    }
    return RC_NO_NODE;
}

/* whom_to_ask about the silent ones: some other primary, or else a replica. */
static rc_node_id whom_to_ask(const rc_run *run, rc_msec now)
{
    size_t first = rc_random((uint32_t)run->map->shard_count + 1);
    for (size_t i = 0; i < run->map->shard_count; i++) {
        const rc_shard *shard = &run->map->shards[(first + i) % run->map->shard_count];
        if (shard->slot_count > 0 && can_tell(run, shard->primary, now)) {
            return shard->primary;
        }
    }
    return fit_replica(run, now);
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
    if (rc_topology_is_fresh(topology, now - silence_of(run) / 2)) {
        rc_run_judge(run);
        return RC_OK;
    }
    rc_node_id node = whom_to_ask(run, now);
    if (node == RC_NO_NODE) {
        return RC_OK;
    }
    rc_status status = rc_refresher_begin(&run->refresher, topology, node, run->call);
    if (!run->refresher.active) {
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
