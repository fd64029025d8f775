#include "core/execution/executor.h"

#include "core/execution/execution.h"
#include "core/topology/reachability.h"

enum {
    KEEP_INDICES = 64 * 1024,
    LINGER = 250 /* milliseconds that a call waits for a slot table after its exchange */
};

void rc_executor_init(rc_executor *executor, rc_fork_lock *lock, rc_pool *pool,
                      rc_topology *topology, const rc_options *options)
{
    *executor = (rc_executor){.lock = lock, .pool = pool, .topology = topology, .options = options};
    rc_topology_fetch_init(&executor->table_fetch, topology);
}

/* ---- work space ---- */

static void free_execution(rc_execution *execution)
{
    rc_free(execution->open);
    rc_free(execution->order);
    rc_free(execution->streams);
    rc_free(execution->sockets);
    rc_free(execution->stream_of);
    rc_free(execution->moves);
    rc_free(execution);
}

void rc_executor_free(rc_executor *executor)
{
    rc_topology_fetch_free(&executor->table_fetch);
    while (executor->spare != NULL) {
        rc_execution *next = executor->spare->next;
        free_execution(executor->spare);
        executor->spare = next;
    }
}

static void free_indices(rc_execution *execution)
{
    rc_free(execution->open);
    rc_free(execution->order);
    execution->open = NULL;
    execution->order = NULL;
    execution->index_capacity = 0;
}

static bool make_indices(rc_execution *execution, size_t count)
{
    if (count <= execution->index_capacity) {
        return true;
    }
    free_indices(execution);
    execution->open = rc_resize(NULL, count * sizeof *execution->open);
    execution->order = rc_resize(NULL, count * sizeof *execution->order);
    if (execution->open == NULL || execution->order == NULL) {
        free_indices(execution);
        return false;
    }
    execution->index_capacity = count;
    return true;
}

static void keep_spare(rc_execution *execution)
{
    rc_executor *executor = execution->executor;
    rc_slotmap_drop(execution->map);
    execution->map = NULL;
    if (execution->index_capacity > KEEP_INDICES) {
        free_indices(execution);
    }
    rc_fork_lock_acquire(executor->lock);
    rc_pool_leave(executor->pool, execution->epoch);
    execution->next = executor->spare;
    executor->spare = execution;
    rc_fork_lock_release(executor->lock);
}

/* take_spare takes the work space of a call that is over, or makes one, and enters an epoch. */
static rc_execution *take_spare(rc_executor *executor)
{
    rc_fork_lock_acquire(executor->lock);
    rc_epoch epoch = rc_pool_enter(executor->pool);
    rc_execution *execution = executor->spare;
    if (execution != NULL) {
        executor->spare = execution->next;
    }
    rc_fork_lock_release(executor->lock);
    if (execution == NULL) {
        execution = rc_alloc_zeroed(sizeof *execution);
    }
    if (execution == NULL) {
        rc_fork_lock_acquire(executor->lock);
        rc_pool_leave(executor->pool, epoch);
        rc_fork_lock_release(executor->lock);
        return NULL;
    }
    execution->epoch = epoch;
    return execution;
}

static rc_execution *begin_execution(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_execution *execution = take_spare(executor);
    if (execution == NULL) {
        return NULL;
    }
    execution->executor = executor;
    execution->batch = batch;
    execution->call = call;
    execution->open_count = 0;
    execution->round = execution->lost_rounds = execution->broken_off_rounds =
        execution->timeout_rounds = 0;
    execution->slot_rounds = 0;
    execution->replicas_timed_out = false;
    execution->lost_at = execution->unreached_since = 0;
    execution->cluster_answers = true;
    execution->refresh_from = RC_NO_NODE;
    execution->unlisted_count = 0;
    memset(execution->refused_rounds, 0, sizeof execution->refused_rounds);
    execution->ending = RC_OK;
    execution->cut_short = false;
    execution->trail[0] = '\0';
    if (execution->any_unknown) {
        memset(execution->unknown_slots, 0, sizeof execution->unknown_slots);
        execution->any_unknown = false;
    }
    if (!make_indices(execution, batch->count)) {
        keep_spare(execution);
        return NULL;
    }
    return execution;
}

/* ---- the exchange of one round ---- */

static void step_streams(rc_execution *execution)
{
    execution->call->busy = execution->refreshing;
    for (size_t i = 0; i < execution->stream_count; i++) {
        rc_node_stream *stream = &execution->streams[i];
        short revents = stream->events != 0 ? execution->sockets[stream->watched].revents : 0;
        if (revents != 0) {
            rc_node_stream_step(stream, execution->executor->pool, revents, execution->scratch);
            execution->call->busy |= stream->busy;
        }
    }
}

/*
 * watch fills the poll set with the streams that are not over (poll(2) refuses more entries than
 * the process may have files); it returns how many these are, and when the first of them times out.
 */
static size_t watch(rc_execution *execution, rc_msec *until)
{
    size_t busy = 0;
    *until = execution->call->deadline;
    for (size_t i = 0; i < execution->stream_count; i++) {
        rc_node_stream *stream = &execution->streams[i];
        if (stream->events != 0) {
            execution->sockets[busy] =
                (struct pollfd){.fd = stream->connection->transport.fd, .events = stream->events};
            stream->watched = busy++;
            *until = rc_sooner(*until, stream->deadline);
        }
    }
    return busy;
}

/* fail_due ends the streams whose time is over at `due`; RC_NEVER ends them all. */
static void fail_due(rc_execution *execution, rc_msec due, rc_status status)
{
    for (size_t i = 0; i < execution->stream_count; i++) {
        rc_node_stream *stream = &execution->streams[i];
        if (stream->events != 0 && rc_sooner(stream->deadline, execution->call->deadline) <= due) {
            bool connecting = status == RC_TIMEOUT && !stream->connection->ready;
            rc_node_stream_fail(stream, execution->executor->pool, status,
                                connecting ? rc_connection_late(stream->connection)
                                           : rc_status_text(status));
        }
    }
}

/* start_stream: whether the stream has a connection now. */
static bool start_stream(rc_execution *execution, size_t number, rc_msec until)
{
    rc_node_stream *stream = &execution->streams[number];
    rc_node_stream_start(stream, execution->executor->pool, execution->call, until);
    if (stream->tree != NULL) {
        stream->tree->stream = (uint16_t)number;
    }
    stream->watched = number;
    execution->sockets[number].revents = stream->events;
    if (stream->lost && stream->loss == RC_INTERRUPTED) {
        execution->ending = RC_INTERRUPTED;
    }
    return !stream->lost;
}

/*
 * start_streams waits for a connection only while it holds none, so that calls cannot wait for one
 * another in a circle; and only when none can be had at once, so that the call waits once, not at
 * each node in turn. A stream that gets none then has its turn in the next round.
 */
static void start_streams(rc_execution *execution)
{
    bool holds = false;
    for (size_t i = 0; i < execution->stream_count && execution->ending == RC_OK; i++) {
        holds |= start_stream(execution, i, 0);
    }
    if (holds || execution->ending != RC_OK || execution->executor->options->pool_timeout == 0) {
        return;
    }
    for (size_t i = 0; i < execution->stream_count; i++) {
        execution->streams[i].lost = !rc_pool_is_at_limit(execution->streams[i].loss);
    }
    rc_msec until = rc_deadline(execution->executor->options->pool_timeout);
    for (size_t i = 0; i < execution->stream_count && execution->ending == RC_OK; i++) {
        if (!execution->streams[i].lost) {
            holds |= start_stream(execution, i, holds ? 0 : until);
        }
    }
}

/* fail_unstarted fails the streams that were not started because the call was interrupted. */
static void fail_unstarted(rc_execution *execution)
{
    for (size_t i = 0; i < execution->stream_count; i++) {
        rc_node_stream *stream = &execution->streams[i];
        if (stream->events == 0 && !stream->lost && stream->received < stream->count) {
            rc_node_stream_fail(stream, execution->executor->pool, RC_INTERRUPTED,
                                rc_status_text(RC_INTERRUPTED));
        }
    }
}

/*
 * lone_reader is the stream that is left when only one is, and only reads are left to do: its
 * recv(2) can wait instead of poll(2). Every call with a single command comes this way.
 */
static rc_node_stream *lone_reader(rc_execution *execution, size_t busy, rc_msec until)
{
    if (busy != 1 || (until != RC_NEVER && rc_until(until) < RC_READ_WAIT)) {
        return NULL;
    }
    rc_node_stream *stream = execution->streams;
    while (stream->events == 0) {
        stream++;
    }
    const rc_connection *connection = stream->connection;
    bool reads = stream->events == POLLIN && connection->ready;
    return reads && connection->transport.session == NULL ? stream : NULL;
}

static rc_status read_patiently(rc_execution *execution, rc_node_stream *stream)
{
    rc_transport *transport = &stream->connection->transport;
    transport->patient = true;
    rc_node_stream_step(stream, execution->executor->pool, POLLIN, execution->scratch);
    execution->sockets[stream->watched].revents = 0;
    if (stream->events == 0) {
        return RC_OK; /* it is over, and the connection is no longer ours */
    }
    if (transport->in_vain && execution->watch_at == 0) {
        execution->watch_at = rc_now() + execution->executor->options->silence - RC_READ_WAIT;
    }
    execution->call->busy = stream->busy;
    return rc_call_waited(execution->call, transport->in_vain);
}

/* wait_on_sockets polls for all streams and for the fetch of the slot table. */
static rc_status wait_on_sockets(rc_execution *execution, size_t busy, rc_msec until)
{
    rc_topology_fetch *table_fetch = &execution->executor->table_fetch;
    bool refreshing = execution->refreshing;
    if (execution->watch_at == 0) {
        execution->watch_at = rc_deadline(execution->executor->options->silence);
    }
    until = rc_sooner(until, execution->watch_at);
    if (refreshing) {
        execution->sockets[busy] = rc_topology_fetch_socket(table_fetch);
        until = rc_sooner(until, table_fetch->probe.due);
    }
    rc_status status = rc_wait(execution->call, execution->sockets, busy + refreshing, until);
    if (status == RC_OK && refreshing &&
        (execution->sockets[busy].revents != 0 || rc_until(table_fetch->probe.due) == 0) &&
        rc_topology_fetch_step(table_fetch, execution->call)) {
        execution->refreshing = false;
        rc_execution_end_replaced(execution);
    }
    return status;
}

/* wait_for_streams returns when something has happened or the time has come. */
static rc_status wait_for_streams(rc_execution *execution, size_t busy, rc_msec until)
{
    rc_node_stream *lone = execution->refreshing ? NULL : lone_reader(execution, busy, until);
    rc_status status =
        lone != NULL ? read_patiently(execution, lone) : wait_on_sockets(execution, busy, until);
    return status == RC_OK && execution->watch_at != 0 ? rc_execution_watch_failover(execution)
                                                       : status;
}

/* try_refresh fetches a map in doubt during the exchange, if there is a connection to spare. */
static rc_status try_refresh(rc_execution *execution)
{
    if (!rc_topology_in_doubt(execution->executor->topology)) {
        return RC_OK;
    }
    rc_status status = rc_topology_fetch_try(&execution->executor->table_fetch, execution->map,
                                             execution->call, &execution->refreshing);
    return status == RC_INTERRUPTED ? status : RC_OK;
}

/* begin_refresh begins a fetch that is due. If all connections are in use it is tried again later.
 */
static rc_status begin_refresh(rc_execution *execution)
{
    rc_topology_fetch *table_fetch = &execution->executor->table_fetch;
    if (execution->refreshing) {
        return RC_OK;
    }
    if (execution->refresh_from == RC_NO_NODE) {
        return try_refresh(execution);
    }
    rc_status status = rc_topology_fetch_begin(table_fetch, execution->refresh_from,
                                               execution->call, &execution->refreshing);
    if (rc_pool_is_at_limit(status)) {
        return RC_OK;
    }
    execution->lingers = execution->refreshing;
    execution->refresh_from = RC_NO_NODE;
    return status;
}

/* lingers: the exchange is over, but the call waits a moment for its fetch of the slot table. */
static bool lingers(rc_execution *execution, rc_msec *until)
{
    execution->ending = begin_refresh(execution); /* perhaps no connection could be spared before */
    if (!execution->refreshing || !execution->lingers) {
        return false;
    }
    if (execution->linger_until == 0) {
        execution->linger_until = rc_deadline(LINGER);
    }
    *until = rc_sooner(*until, execution->linger_until);
    return rc_until(*until) != 0;
}

static void exchange_streams(rc_execution *execution)
{
    for (;;) {
        step_streams(execution);
        rc_msec until;
        size_t busy = watch(execution, &until);
        if (busy == 0 && !lingers(execution, &until)) {
            return;
        }
        rc_status status = wait_for_streams(execution, busy, until);
        if (status != RC_OK) {
            execution->ending = status;
            fail_due(execution, RC_NEVER, status);
            return;
        }
        if (until != RC_NEVER) {
            fail_due(execution, rc_now(), RC_TIMEOUT);
        }
    }
}

static void exchange(rc_execution *execution)
{
    execution->watch_at = execution->linger_until = 0;
    execution->watches = 0;
    start_streams(execution);
    if (execution->ending == RC_OK) {
        execution->ending = begin_refresh(execution);
    }
    if (execution->ending == RC_INTERRUPTED) {
        fail_unstarted(execution);
        fail_due(execution, RC_NEVER, RC_INTERRUPTED);
        return;
    }
    exchange_streams(execution);
}

/* end_refresh gives up a fetch that is of use to this call alone, and leaves any other to the next
 * call. */
static void end_refresh(rc_execution *execution)
{
    if (execution->refreshing && execution->lingers) {
        rc_topology_fetch_end(&execution->executor->table_fetch);
    } else if (execution->refreshing) {
        rc_topology_fetch_leave(&execution->executor->table_fetch);
    }
    execution->refreshing = execution->lingers = false;
}

/* ---- between rounds ---- */

/*
 * check_reach ends the call when no address of the slot table could be connected to for a while: no
 * failover would change that.
 */
static void check_reach(rc_execution *execution)
{
    rc_error error;
    uint64_t version;
    rc_pool *pool = execution->executor->pool;
    rc_msec begun = execution->unreached_since != 0 ? execution->unreached_since : rc_now();
    rc_slotmap *map = rc_topology_map(execution->executor->topology, &version);
    rc_status status = rc_reach_is_doubtful(pool, map)
                           ? rc_reach_check(pool, map, execution->call, &error)
                           : RC_OK;
    rc_slotmap_drop(map);
    if (status == RC_INTERRUPTED) {
        execution->ending = status;
    } else if (status != RC_OK && rc_now() - begun >= RC_REACH_SURE) {
        rc_execution_close_all(execution, &error);
    }
    execution->unreached_since = status == RC_OK ? 0 : begun;
}

/*
 * refresh fetches the map. If that fails the call goes on with the old one; without an old one all
 * commands end with the error.
 */
static void refresh(rc_execution *execution)
{
    rc_error error;
    rc_error_clear(&error);
    rc_status status = rc_topology_refresh(execution->executor->topology, execution->version,
                                           execution->call, &error);
    if (!rc_pool_is_at_limit(status)) {
        execution->cluster_answers = status == RC_OK;
    }
    if (status == RC_OK) {
        rc_topology_fetch_drop(
            &execution->executor->table_fetch); /* its answer would be an older one */
        check_reach(execution);
    } else if (status == RC_INTERRUPTED) {
        execution->ending = status;
    } else if (execution->map->shard_count == 0) {
        rc_execution_close_all(execution, &error);
    }
}

static bool time_is_over(const rc_execution *execution)
{
    return execution->call->deadline != RC_NEVER && rc_until(execution->call->deadline) == 0;
}

static void pause_and_refresh(rc_execution *execution)
{
    if (execution->delay > 0) {
        rc_msec until = rc_sooner(rc_deadline(execution->delay), execution->call->deadline);
        execution->ending = rc_wait_sleep(execution->call, until);
    }
    if (execution->ending == RC_OK && execution->refresh && !time_is_over(execution)) {
        refresh(execution);
    }
}

static void take_map(rc_execution *execution)
{
    rc_slotmap_drop(execution->map);
    execution->map = rc_topology_map(execution->executor->topology, &execution->version);
}

/* end_early closes what is open when the call is interrupted or its time is over. */
static void end_early(rc_execution *execution)
{
    rc_error error;
    rc_error_clear(&error);
    rc_status status = execution->ending == RC_OK ? RC_TIMEOUT : execution->ending;
    rc_error_of(&error, status);
    rc_execution_close_all(execution, &error);
}

static void route(rc_execution *execution)
{
    take_map(execution);
    execution->ending = rc_execution_route(execution);
}

static void route_in_doubt(rc_execution *execution)
{
    rc_msec until = rc_topology_fetch_wait_limit(execution->call);
    while (execution->ending == RC_OK && rc_execution_await_table(execution, until)) {
        route(execution);
    }
}

static void run_round(rc_execution *execution)
{
    route(execution);
    if (rc_topology_in_doubt(execution->executor->topology)) {
        route_in_doubt(execution);
    }
    if (execution->ending == RC_NOMEM) {
        rc_error error;
        rc_error_clear(&error);
        rc_error_of(&error, execution->ending);
        rc_execution_close_all(execution, &error);
    } else if (execution->ending == RC_OK) {
        exchange(execution);
        end_refresh(execution);
        rc_execution_check_refusals(execution);
        rc_execution_retry(execution);
    } else {
        end_refresh(execution);
    }
    if (execution->ending != RC_OK) {
        return;
    }
    execution->round++;
    if (execution->open_count > 0) {
        pause_and_refresh(execution);
    }
}

/* begin is begin_execution with all commands open. */
static rc_execution *begin(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_execution *execution = begin_execution(executor, batch, call);
    if (execution == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < batch->count; i++) {
        execution->open[i] = (uint32_t)i;
    }
    execution->open_count = batch->count;
    return execution;
}

rc_status rc_execution_once(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_execution *execution = begin(executor, batch, call);
    if (execution == NULL) {
        return RC_NOMEM;
    }
    route(execution);
    if (execution->ending == RC_OK) {
        exchange(execution);
    }
    end_refresh(execution);
    rc_status status = execution->ending;
    keep_spare(execution);
    return status;
}

rc_status rc_executor_execute(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_execution *execution = begin(executor, batch, call);
    if (execution == NULL) {
        return RC_NOMEM;
    }
    while (execution->open_count > 0) {
        run_round(execution);
        if (execution->ending != RC_OK || (execution->open_count > 0 && time_is_over(execution))) {
            end_early(execution);
        }
    }
    rc_status status = execution->ending == RC_INTERRUPTED ? RC_INTERRUPTED : RC_OK;
    keep_spare(execution);
    return status;
}
