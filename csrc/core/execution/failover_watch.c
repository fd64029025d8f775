/*
 * failover_watch: a node that is silent because it is gone, though its connection stands.
 *
 * A paused process, or a host behind a cut cable, neither answers nor closes. While a call waits
 * for a silent node it sees to it that the slot table is fresh; when that has had another node in
 * the silent one's place twice, some time apart, the conversation is over: a failover has happened.
 * A command that blocks on purpose is left alone, as its node keeps its place.
 */
#include "core/execution/execution.h"
#include "core/topology/candidates.h"

enum {
    DOUBLINGS = 2, /* so often the time between two looks doubles */
    SOON = 200     /* milliseconds between them while another thread's fetch is awaited */
};

static rc_msec silence_of(const rc_execution *execution)
{
    return execution->executor->options->silence;
}

/* can_be_replaced: the command that is waited for is not meant for that very node. */
static bool can_be_replaced(const rc_node_stream *stream)
{
    const rc_command *next = &stream->batch->commands[stream->commands[stream->received]];
    return !(next->flags & (RC_COMMAND_PINNED | RC_COMMAND_ASKING));
}

static bool mark_silent(rc_execution *execution)
{
    bool some = false;
    for (size_t i = 0; i < execution->stream_count; i++) {
        rc_node_stream *stream = &execution->streams[i];
        stream->silent = stream->events != 0 && stream->connection->ready &&
                         stream->progress == stream->heard && can_be_replaced(stream);
        stream->heard = stream->progress;
        stream->suspect &= stream->silent;
        some |= stream->silent;
    }
    return some;
}

/* look asks a node about the silent ones; one that is silent itself is not asked. */
static rc_status look(rc_execution *execution)
{
    rc_pool *pool = execution->executor->pool;
    for (size_t i = 0; i < execution->stream_count; i++) {
        if (execution->streams[i].silent) {
            rc_pool_doubt(pool, execution->streams[i].node);
        }
    }
    rc_node_id node = rc_candidates_choose(pool, execution->map);
    return node == RC_NO_NODE || execution->refreshing
               ? RC_OK
               : rc_topology_fetch_begin(&execution->executor->table_fetch, node, execution->call,
                                         &execution->refreshing);
}

rc_status rc_execution_watch_failover(rc_execution *execution)
{
    rc_msec now = rc_now();
    if (now < execution->watch_at) {
        return RC_OK;
    }
    execution->watch_at = now + (silence_of(execution) << execution->watches);
    execution->watches += execution->watches < DOUBLINGS;
    if (!mark_silent(execution)) {
        return RC_OK;
    }
    rc_topology *topology = execution->executor->topology;
    if (rc_topology_is_fresh(topology, now - silence_of(execution))) {
        rc_execution_end_replaced(execution);
        return RC_OK;
    }
    rc_status status = look(execution);
    if (!execution->refreshing) {
        execution->watch_at = now + SOON;
    }
    return status == RC_INTERRUPTED ? status : RC_OK;
}

static bool has_place(const rc_slotmap *map, const rc_node_stream *stream)
{
    return stream->readonly ? rc_slotmap_has(map, stream->node)
                            : rc_slotmap_serves(map, stream->node);
}

static void accuse(rc_execution *execution, rc_node_stream *stream)
{
    if (stream->suspect) {
        rc_node_stream_fail(stream, execution->executor->pool, RC_CLOSED,
                            "silent, and replaced by another node meanwhile");
    } else {
        stream->suspect = true; /* a node may hear late that it has got its first slots */
        execution->watch_at = rc_now() + silence_of(execution);
    }
}

void rc_execution_end_replaced(rc_execution *execution)
{
    uint64_t version;
    rc_slotmap *map = rc_topology_map(execution->executor->topology, &version);
    for (size_t i = 0; i < execution->stream_count; i++) {
        rc_node_stream *stream = &execution->streams[i];
        if (!stream->silent || stream->events == 0 || stream->progress != stream->heard) {
            continue;
        }
        if (has_place(map, stream)) {
            stream->suspect = false;
        } else {
            accuse(execution, stream);
        }
    }
    rc_slotmap_drop(map);
}
