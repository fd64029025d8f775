#include "core/topology/topology_fetch.h"

#include "core/topology/candidates.h"

enum {
    FIRST_PATIENCE = 500, /* milliseconds for the first node that is asked about a doubt */
    DOUBLINGS = 2,        /* how often that doubles while nobody answers */
    CALLS_PATIENCE = 500, /* milliseconds that a call waits for the answer */
    LOOKS = 4             /* how often a waiting call looks whether it can ask */
};

void rc_topology_fetch_init(rc_topology_fetch *self, rc_topology *topology)
{
    *self = (rc_topology_fetch){.topology = topology, .request = rc_discovery_request()};
}

void rc_topology_fetch_free(rc_topology_fetch *self)
{
    rc_probe_end(&self->probe);
    rc_reply_tree_free(&self->answer);
}

/* ---- which call drives it ---- */

/*
 * take is true when it is the caller's alone from now on. What a thread of the parent process was
 * in the middle of is forgotten rather than closed, as it may be half changed.
 */
static bool take(rc_topology_fetch *self)
{
    if (!rc_topology_begin_fetch(self->topology)) {
        return false;
    }
    rc_fork_lock_acquire(self->topology->lock);
    bool inherited = self->driven && self->generation != rc_fork_generation();
    bool mine = !self->driven || inherited;
    if (inherited) {
        self->probe.connection = NULL;
        self->answer = (rc_reply_tree){0};
    }
    if (mine) {
        self->driven = true;
        self->generation = rc_fork_generation();
    }
    rc_fork_lock_release(self->topology->lock);
    if (!mine) { /* a signal handler's own fetch has ended that of the call beneath it */
        rc_topology_cancel_fetch(self->topology);
    }
    return mine;
}

static void put_down(rc_topology_fetch *self)
{
    rc_fork_lock_acquire(self->topology->lock);
    self->driven = false;
    rc_fork_lock_release(self->topology->lock);
}

/* give_back is put_down for one that no fetch has ended for. */
static void give_back(rc_topology_fetch *self)
{
    put_down(self);
    rc_topology_cancel_fetch(self->topology);
}

static void finish(rc_topology_fetch *self, rc_slotmap *map, const rc_error *error)
{
    put_down(self);
    rc_topology_publish(self->topology, map, self->asked_at, error);
}

/* ---- asking ---- */

static rc_status ask(rc_topology_fetch *self, rc_node_id node, rc_call *call, rc_msec deadline,
                     bool unhurried)
{
    rc_error error;
    rc_probe_end(&self->probe);
    self->node = node;
    self->asked_at = rc_now();
    self->probe = (rc_probe){.pool = self->topology->pool,
                             .request = &self->request,
                             .answer = &self->answer,
                             .deadline = deadline,
                             .unhurried = unhurried};
    rc_status status = rc_probe_begin(&self->probe, node, call, 0, &error);
    if (status != RC_OK) {
        finish(self, NULL, &error);
    }
    return status;
}

/* counted passes on only the failures that concern the call. */
static rc_status counted(rc_status status)
{
    return status == RC_INTERRUPTED || rc_pool_is_at_limit(status) ? status : RC_OK;
}

rc_status rc_topology_fetch_begin(rc_topology_fetch *self, rc_node_id node, rc_call *call,
                                  bool *mine)
{
    if (!take(self)) {
        return RC_OK;
    }
    rc_msec deadline = rc_sooner(rc_deadline(RC_ASK_TIMEOUT), call->deadline);
    rc_status status = ask(self, node, call, deadline, false);
    *mine = status == RC_OK;
    return counted(status);
}

/* was_left: an earlier call of this process has left a request that is still in time. */
static bool was_left(const rc_topology_fetch *self)
{
    const rc_probe *probe = &self->probe;
    return probe->connection != NULL && rc_until(probe->deadline) != 0 &&
           probe->connection->generation == rc_fork_generation();
}

rc_status rc_topology_fetch_try(rc_topology_fetch *self, const rc_slotmap *map, rc_call *call,
                                bool *mine)
{
    if (rc_topology_next_doubt_fetch(self->topology) > rc_now() || !take(self)) {
        return RC_OK;
    }
    if (was_left(self)) {
        *mine = true;
        return RC_OK;
    }
    rc_node_id node = rc_candidates_choose(self->topology->pool, map);
    if (node == RC_NO_NODE) {
        give_back(self);
        return RC_OK;
    }
    int failed_fetches = self->topology->failed_fetches;
    int doublings = failed_fetches < DOUBLINGS ? failed_fetches : DOUBLINGS;
    rc_status status = ask(self, node, call, rc_deadline(FIRST_PATIENCE << doublings), true);
    *mine = status == RC_OK;
    return counted(status);
}

/* ---- going on ---- */

bool rc_topology_fetch_step(rc_topology_fetch *self, rc_call *call)
{
    rc_error error;
    rc_io io = rc_probe_step(&self->probe, &error);
    if (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        return false;
    }
    rc_slotmap *map = NULL;
    if (io == RC_IO_OK) {
        rc_discovery_read(self->topology->pool, &self->answer, self->node, call, &map, &error);
    }
    if (map != NULL && !rc_discovery_trusts(self->topology->pool, &self->topology->lineage, map,
                                            self->node, &error)) {
        rc_slotmap_drop(map);
        map = NULL;
    }
    if (map == NULL) {
        rc_pool_doubt(self->topology->pool, self->node);
    }
    finish(self, map, &error);
    return true;
}

/*
 * At most three quarters of a call's time are for the fetch: the rest is for the call itself,
 * though its node has just failed.
 */
rc_msec rc_topology_fetch_wait_limit(const rc_call *call)
{
    rc_msec most = rc_deadline(CALLS_PATIENCE);
    if (call->deadline == RC_NEVER) {
        return most;
    }
    rc_msec now = rc_now();
    return rc_sooner(most, now + (call->deadline - now) * 3 / 4);
}

/* wait_own waits for the caller's fetch and steps it. */
static rc_status wait_own(rc_topology_fetch *self, rc_call *call, rc_msec until, bool *mine)
{
    struct pollfd socket = rc_topology_fetch_socket(self);
    rc_status status = rc_wait(call, &socket, 1, rc_sooner(until, self->probe.due));
    if (status == RC_OK && (socket.revents != 0 || rc_until(self->probe.due) == 0)) {
        *mine = !rc_topology_fetch_step(self, call);
    }
    return status;
}

/* wait_turn waits for another call's fetch, or until one is due. */
static rc_status wait_turn(rc_topology_fetch *self, rc_call *call, rc_msec until)
{
    rc_msec next = rc_topology_next_doubt_fetch(self->topology);
    return next == RC_NEVER ? rc_topology_await(self->topology, call, until)
                            : rc_wait_sleep(call, rc_sooner(next, until));
}

rc_status rc_topology_fetch_wait(rc_topology_fetch *self, const rc_slotmap *map, rc_call *call,
                                 rc_msec until, bool *mine)
{
    rc_status status = RC_OK;
    uint64_t version = rc_topology_version(self->topology);
    int looks = 0;
    while (status == RC_OK && rc_topology_in_doubt(self->topology) &&
           rc_topology_version(self->topology) == version) {
        if (!*mine && looks++ < LOOKS) {
            status = rc_topology_fetch_try(self, map, call, mine);
        }
        bool due = rc_topology_next_doubt_fetch(self->topology) <= rc_now();
        if (status != RC_OK || rc_until(until) == 0 || (!*mine && due)) {
            break; /* a fetch is due, but no node could be asked */
        }
        status = *mine ? wait_own(self, call, until, mine) : wait_turn(self, call, until);
    }
    return status == RC_INTERRUPTED ? status : RC_OK;
}

/* ---- the end ---- */

void rc_topology_fetch_end(rc_topology_fetch *self)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_of(&error, RC_INTERRUPTED);
    rc_probe_end(&self->probe);
    finish(self, NULL, &error);
}

void rc_topology_fetch_leave(rc_topology_fetch *self)
{
    if (!rc_pool_has_room(self->topology->pool, self->node)) {
        rc_probe_end(&self->probe);
    }
    give_back(self);
}

void rc_topology_fetch_drop(rc_topology_fetch *self)
{
    if (take(self)) {
        rc_probe_end(&self->probe);
        give_back(self);
    }
}
