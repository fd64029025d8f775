#include "core/execution/executor.h"

#include "core/execution/execution.h"
#include "core/topology/reachability.h"

enum {
    KEEP_INDICES = 64 * 1024,
    LINGER = 250 /* milliseconds that a call stays for the sake of a new slot table */
};

void rc_executor_init(rc_executor *executor, rc_guard *guard, rc_pool *pool, rc_topology *topology,
                      const rc_options *options)
{
    *executor =
        (rc_executor){.guard = guard, .pool = pool, .topology = topology, .options = options};
    rc_refresher_init(&executor->refresher, topology);
}

/* ---- work space ---- */

static void free_run(rc_run *run)
{
    rc_free(run->open);
    rc_free(run->order);
    rc_free(run->lanes);
    rc_free(run->sockets);
    rc_free(run->lane_of);
    rc_free(run->moves);
    rc_free(run);
}

void rc_executor_free(rc_executor *executor)
{
    rc_refresher_free(&executor->refresher);
    while (executor->spare != NULL) {
        rc_run *next = executor->spare->next;
        free_run(executor->spare);
        executor->spare = next;
    }
}

static void free_indices(rc_run *run)
{
    rc_free(run->open);
    rc_free(run->order);
    run->open = NULL;
    run->order = NULL;
    run->index_capacity = 0;
}

static bool make_indices(rc_run *run, size_t count)
{
    if (count <= run->index_capacity) {
        return true;
    }
    free_indices(run);
    run->open = rc_resize(NULL, count * sizeof *run->open);
    run->order = rc_resize(NULL, count * sizeof *run->order);
    if (run->open == NULL || run->order == NULL) {
        free_indices(run);
        return false;
    }
    run->index_capacity = count;
    return true;
}

static void return_run(rc_run *run)
{
    rc_executor *executor = run->executor;
    rc_slotmap_drop(run->map);
    run->map = NULL;
    if (run->index_capacity > KEEP_INDICES) {
        free_indices(run);
    }
    rc_guard_lock(executor->guard);
    rc_pool_leave(executor->pool, run->visit);
    run->next = executor->spare;
    executor->spare = run;
    rc_guard_unlock(executor->guard);
}

/* spare_run takes the work space of a call that is over, or makes one; its visit has begun. */
static rc_run *spare_run(rc_executor *executor)
{
    rc_guard_lock(executor->guard);
    rc_visit visit = rc_pool_enter(executor->pool);
    rc_run *run = executor->spare;
    if (run != NULL) {
        executor->spare = run->next;
    }
    rc_guard_unlock(executor->guard);
    if (run == NULL) {
        run = rc_alloc_zeroed(sizeof *run);
    }
    if (run == NULL) {
        rc_guard_lock(executor->guard);
        rc_pool_leave(executor->pool, visit);
        rc_guard_unlock(executor->guard);
        return NULL;
    }
    run->visit = visit;
    return run;
}

static rc_run *take_run(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_run *run = spare_run(executor);
    if (run == NULL) {
        return NULL;
    }
    run->executor = executor;
    run->batch = batch;
    run->call = call;
    run->open_count = 0;
    run->round = run->lost_rounds = run->broken_off_rounds = run->timeout_rounds = 0;
    run->slot_rounds = 0;
    run->replicas_spent = false;
    run->lost_at = run->unreached_since = 0;
    run->cluster_answers = true;
    run->refresh_from = RC_NO_NODE;
    run->stranger_count = 0;
    memset(run->refused_rounds, 0, sizeof run->refused_rounds);
    run->ending = RC_OK;
    run->cut_short = false;
    run->trail[0] = '\0';
    if (run->any_unknown) {
        memset(run->unknown_slots, 0, sizeof run->unknown_slots);
        run->any_unknown = false;
    }
    if (!make_indices(run, batch->count)) {
        return_run(run);
        return NULL;
    }
    return run;
}

/* ---- one round of conversation ---- */

static void step_lanes(rc_run *run)
{
    run->call->busy = run->refreshing;
    for (size_t i = 0; i < run->lane_count; i++) {
        rc_lane *lane = &run->lanes[i];
        short revents = lane->events != 0 ? run->sockets[lane->watched].revents : 0;
        if (revents != 0) {
            rc_lane_step(lane, run->executor->pool, revents, run->scratch);
            run->call->busy |= lane->busy;
        }
    }
}

/*
 * watch fills the poll set with the lanes that are not over (poll(2) refuses more entries than the
 * process may have files); it returns how many these are, and when the first of them times out.
 */
static size_t watch(rc_run *run, rc_msec *until)
{
    size_t busy = 0;
    *until = run->call->deadline;
    for (size_t i = 0; i < run->lane_count; i++) {
        rc_lane *lane = &run->lanes[i];
        if (lane->events != 0) {
            run->sockets[busy] =
                (struct pollfd){.fd = lane->connection->transport.fd, .events = lane->events};
            lane->watched = busy++;
            *until = rc_sooner(*until, lane->deadline);
        }
    }
    return busy;
}

/* fail_due ends the lanes whose time is over at `due`; RC_NEVER ends them all. */
static void fail_due(rc_run *run, rc_msec due, rc_status status)
{
    for (size_t i = 0; i < run->lane_count; i++) {
        rc_lane *lane = &run->lanes[i];
        if (lane->events != 0 && rc_sooner(lane->deadline, run->call->deadline) <= due) {
            bool connecting = status == RC_TIMEOUT && !lane->connection->ready;
            rc_lane_fail(lane, run->executor->pool, status,
                         connecting ? rc_connection_late(lane->connection)
                                    : rc_status_text(status));
        }
    }
}

/* start_lane: whether the lane has a connection now. */
static bool start_lane(rc_run *run, size_t number, rc_msec until)
{
    rc_lane *lane = &run->lanes[number];
    rc_lane_start(lane, run->executor->pool, run->call, until);
    if (lane->tape != NULL) {
        lane->tape->lane = (uint16_t)number;
    }
    lane->watched = number;
    run->sockets[number].revents = lane->events;
    if (lane->lost && lane->loss == RC_INTERRUPTED) {
        run->ending = RC_INTERRUPTED;
    }
    return !lane->lost;
}

/*
 * start_lanes waits for a connection only while it holds none, so that calls cannot wait for one
 * another in a circle; and only when none can be had at once, so that the call waits once, not at
 * each node in turn. A lane that gets none then has its turn in the next round.
 */
static void start_lanes(rc_run *run)
{
    bool holds = false;
    for (size_t i = 0; i < run->lane_count && run->ending == RC_OK; i++) {
        holds |= start_lane(run, i, 0);
    }
    if (holds || run->ending != RC_OK || run->executor->options->pool_timeout == 0) {
        return;
    }
    for (size_t i = 0; i < run->lane_count; i++) {
        run->lanes[i].lost = !rc_pool_refused(run->lanes[i].loss);
    }
    rc_msec until = rc_deadline(run->executor->options->pool_timeout);
    for (size_t i = 0; i < run->lane_count && run->ending == RC_OK; i++) {
        if (!run->lanes[i].lost) {
            holds |= start_lane(run, i, holds ? 0 : until);
        }
    }
}

/* fail_unstarted: the lanes behind the one that was interrupted have not begun. */
static void fail_unstarted(rc_run *run)
{
    for (size_t i = 0; i < run->lane_count; i++) {
        rc_lane *lane = &run->lanes[i];
        if (lane->events == 0 && !lane->lost && lane->received < lane->count) {
            rc_lane_fail(lane, run->executor->pool, RC_INTERRUPTED, rc_status_text(RC_INTERRUPTED));
        }
    }
}

/*
 * lone_reader is the one lane that is left, when all it has to do is to read: its read can do the
 * waiting. Every single command comes this way.
 */
static rc_lane *lone_reader(rc_run *run, size_t busy, rc_msec until)
{
    if (busy != 1 || (until != RC_NEVER && rc_until(until) < RC_READ_WAIT)) {
        return NULL;
    }
    rc_lane *lane = run->lanes;
    while (lane->events == 0) {
        lane++;
    }
    const rc_connection *connection = lane->connection;
    bool reads = lane->events == POLLIN && connection->ready;
    return reads && connection->transport.session == NULL ? lane : NULL;
}

static rc_status read_patiently(rc_run *run, rc_lane *lane)
{
    rc_transport *transport = &lane->connection->transport;
    transport->patient = true;
    rc_lane_step(lane, run->executor->pool, POLLIN, run->scratch);
    run->sockets[lane->watched].revents = 0;
    if (lane->events == 0) {
        return RC_OK; /* it is over, and the connection is no longer ours */
    }
    if (transport->in_vain && run->patrol_at == 0) {
        run->patrol_at = rc_now() + run->executor->options->silence - RC_READ_WAIT;
    }
    run->call->busy = lane->busy;
    return rc_call_waited(run->call, transport->in_vain);
}

/* wait_on_sockets polls for all lanes, and for the fetch beside them. */
static rc_status wait_on_sockets(rc_run *run, size_t busy, rc_msec until)
{
    rc_refresher *refresher = &run->executor->refresher;
    bool refreshing = run->refreshing;
    if (run->patrol_at == 0) {
        run->patrol_at = rc_deadline(run->executor->options->silence);
    }
    until = rc_sooner(until, run->patrol_at);
    if (refreshing) {
        run->sockets[busy] = rc_refresher_socket(refresher);
        until = rc_sooner(until, refresher->inquiry.due);
    }
    rc_status status = rc_wait(run->call, run->sockets, busy + refreshing, until);
    if (status == RC_OK && refreshing &&
        (run->sockets[busy].revents != 0 || rc_until(refresher->inquiry.due) == 0) &&
        rc_refresher_step(refresher, run->call)) {
        run->refreshing = false;
        rc_run_judge(run);
    }
    return status;
}

/* wait_for_lanes returns when something has happened or the time has come. */
static rc_status wait_for_lanes(rc_run *run, size_t busy, rc_msec until)
{
    rc_lane *lone = run->refreshing ? NULL : lone_reader(run, busy, until);
    rc_status status = lone != NULL ? read_patiently(run, lone) : wait_on_sockets(run, busy, until);
    return status == RC_OK && run->patrol_at != 0 ? rc_run_patrol(run) : status;
}

/* look: a map in doubt is fetched beside the conversation, if there is a connection to spare. */
static rc_status look(rc_run *run)
{
    if (!rc_topology_in_doubt(run->executor->topology)) {
        return RC_OK;
    }
    rc_status status =
        rc_refresher_look(&run->executor->refresher, run->map, run->call, &run->refreshing);
    return status == RC_INTERRUPTED ? status : RC_OK;
}

/* begin_refresh tries again later when the conversation needs all the connections there are. */
static rc_status begin_refresh(rc_run *run)
{
    rc_refresher *refresher = &run->executor->refresher;
    if (run->refreshing) {
        return RC_OK;
    }
    if (run->refresh_from == RC_NO_NODE) {
        return look(run);
    }
    rc_status status =
        rc_refresher_begin(refresher, run->refresh_from, run->call, &run->refreshing);
    if (rc_pool_refused(status)) {
        return RC_OK;
    }
    run->lingers = run->refreshing;
    run->refresh_from = RC_NO_NODE;
    return status;
}

/* lingers: the conversation is over, and the fetch beside it is worth another moment. */
static bool lingers(rc_run *run, rc_msec *until)
{
    run->ending = begin_refresh(run); /* if there was no connection to spare for it before */
    if (!run->refreshing || !run->lingers) {
        return false;
    }
    if (run->linger_until == 0) {
        run->linger_until = rc_deadline(LINGER);
    }
    *until = rc_sooner(*until, run->linger_until);
    return rc_until(*until) != 0;
}

static void converse_on(rc_run *run)
{
    for (;;) {
        step_lanes(run);
        rc_msec until;
        size_t busy = watch(run, &until);
        if (busy == 0 && !lingers(run, &until)) {
            return;
        }
        rc_status status = wait_for_lanes(run, busy, until);
        if (status != RC_OK) {
            run->ending = status;
            fail_due(run, RC_NEVER, status);
            return;
        }
        if (until != RC_NEVER) {
            fail_due(run, rc_now(), RC_TIMEOUT);
        }
    }
}

static void converse(rc_run *run)
{
    run->patrol_at = run->linger_until = 0;
    run->patrols = 0;
    start_lanes(run);
    if (run->ending == RC_OK) {
        run->ending = begin_refresh(run);
    }
    if (run->ending == RC_INTERRUPTED) {
        fail_unstarted(run);
        fail_due(run, RC_NEVER, RC_INTERRUPTED);
        return;
    }
    converse_on(run);
}

/* end_refresh: what the call alone has a use for is given up; any other is left to the next. */
static void end_refresh(rc_run *run)
{
    if (run->refreshing && run->lingers) {
        rc_refresher_end(&run->executor->refresher);
    } else if (run->refreshing) {
        rc_refresher_leave(&run->executor->refresher);
    }
    run->refreshing = run->lingers = false;
}

/* ---- between rounds ---- */

/*
 * check_reach ends the call when the table names addresses that mean nothing here, and has done so
 * for a while: no failover would change that, so there is nothing to wait for.
 */
static void check_reach(rc_run *run)
{
    rc_error error;
    uint64_t version;
    rc_pool *pool = run->executor->pool;
    rc_msec begun = run->unreached_since != 0 ? run->unreached_since : rc_now();
    rc_slotmap *map = rc_topology_map(run->executor->topology, &version);
    rc_status status =
        rc_reach_is_doubtful(pool, map) ? rc_reach_check(pool, map, run->call, &error) : RC_OK;
    rc_slotmap_drop(map);
    if (status == RC_INTERRUPTED) {
        run->ending = status;
    } else if (status != RC_OK && rc_now() - begun >= RC_REACH_SURE) {
        rc_run_close_all(run, &error);
    }
    run->unreached_since = status == RC_OK ? 0 : begun;
}

/*
 * refresh fetches the map. That it cannot be had is no reason to give up while there is an old one;
 * without any, it is the outcome of all commands.
 */
static void refresh(rc_run *run)
{
    rc_error error;
    rc_error_clear(&error);
    rc_status status =
        rc_topology_refresh(run->executor->topology, run->version, run->call, &error);
    if (!rc_pool_refused(status)) {
        run->cluster_answers = status == RC_OK;
    }
    if (status == RC_OK) {
        rc_refresher_drop(&run->executor->refresher); /* its answer would be an older one */
        check_reach(run);
    } else if (status == RC_INTERRUPTED) {
        run->ending = status;
    } else if (run->map->shard_count == 0) {
        rc_run_close_all(run, &error);
    }
}

static bool time_is_over(const rc_run *run)
{
    return run->call->deadline != RC_NEVER && rc_until(run->call->deadline) == 0;
}

static void pause_and_refresh(rc_run *run)
{
    if (run->delay > 0) {
        rc_msec until = rc_sooner(rc_deadline(run->delay), run->call->deadline);
        run->ending = rc_wait_sleep(run->call, until);
    }
    if (run->ending == RC_OK && run->refresh && !time_is_over(run)) {
        refresh(run);
    }
}

static void take_map(rc_run *run)
{
    rc_slotmap_drop(run->map);
    run->map = rc_topology_map(run->executor->topology, &run->version);
}

/* end_early closes what is open when the call is interrupted or its time is over. */
static void end_early(rc_run *run)
{
    rc_error error;
    rc_error_clear(&error);
    rc_status status = run->ending == RC_OK ? RC_TIMEOUT : run->ending;
    rc_error_of(&error, status);
    rc_run_close_all(run, &error);
}

static void plan(rc_run *run)
{
    take_map(run);
    run->ending = rc_run_plan(run);
}

static void plan_in_doubt(rc_run *run)
{
    rc_msec until = rc_refresher_patience(run->call);
    while (run->ending == RC_OK && rc_run_reconsider(run, until)) {
        plan(run);
    }
}

static void run_round(rc_run *run)
{
    plan(run);
    if (rc_topology_in_doubt(run->executor->topology)) {
        plan_in_doubt(run);
    }
    if (run->ending == RC_NOMEM) {
        rc_error error;
        rc_error_clear(&error);
        rc_error_of(&error, run->ending);
        rc_run_close_all(run, &error);
    } else if (run->ending == RC_OK) {
        converse(run);
        end_refresh(run);
        rc_run_prove(run);
        rc_run_settle(run);
    } else {
        end_refresh(run);
    }
    if (run->ending != RC_OK) {
        return;
    }
    run->round++;
    if (run->open_count > 0) {
        pause_and_refresh(run);
    }
}

/* begin is take_run with all commands open. */
static rc_run *begin(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_run *run = take_run(executor, batch, call);
    if (run == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < batch->count; i++) {
        run->open[i] = (uint32_t)i;
    }
    run->open_count = batch->count;
    return run;
}

rc_status rc_run_once(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_run *run = begin(executor, batch, call);
    if (run == NULL) {
        return RC_NOMEM;
    }
    plan(run);
    if (run->ending == RC_OK) {
        converse(run);
    }
    end_refresh(run);
    rc_status status = run->ending;
    return_run(run);
    return status;
}

rc_status rc_executor_execute(rc_executor *executor, rc_batch *batch, rc_call *call)
{
    rc_run *run = begin(executor, batch, call);
    if (run == NULL) {
        return RC_NOMEM;
    }
    while (run->open_count > 0) {
        run_round(run);
        if (run->ending != RC_OK || (run->open_count > 0 && time_is_over(run))) {
            end_early(run);
        }
    }
    rc_status status = run->ending == RC_INTERRUPTED ? RC_INTERRUPTED : RC_OK;
    return_run(run);
    return status;
}
