/*
 * session: opening and closing one; what goes over it is session_exchange.c's.
 */
#include "core/session/session_internal.h"

/* ---- opening ---- */

static rc_status open_up(rc_session *self, rc_call *call, rc_error *error)
{
    rc_connection *connection = self->connection;
    rc_msec due = rc_sooner(call->deadline, rc_deadline(self->pool->options->connect_timeout));
    for (;;) {
        rc_io io = rc_pool_advance(self->pool, connection, error);
        if (io == RC_IO_OK || io == RC_IO_FAILED) {
            return io == RC_IO_OK ? RC_OK : error->status;
        }
        if (rc_until(due) == 0) {
            rc_error_set(error, RC_TIMEOUT, "%s", rc_connection_late(connection));
            rc_pool_note_late_attempt(self->pool, connection, error);
            return error->status;
        }
        struct pollfd socket = {.fd = connection->transport.fd,
                                .events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN};
        rc_status status = rc_wait(call, &socket, 1, due);
        if (status != RC_OK) {
            return rc_error_of(error, status);
        }
    }
}

static rc_status init(rc_session *self, rc_pool *pool, rc_node_id node, bool readonly,
                      rc_call *call, rc_error *error)
{
    rc_msec until = rc_deadline(pool->options->pool_timeout);
    rc_error_clear(&self->end);
    self->pool = pool;
    /* A session has one node and nothing to fall back on: it waits until that may be tried. */
    rc_status status = rc_wait_sleep(call, rc_deadline(rc_pool_retry_after(pool, node)));
    if (status != RC_OK) {
        return rc_error_of(error, status);
    }
    self->read_on = POLLIN;
    self->write_on = POLLOUT;
    status = rc_pool_take(pool, node, readonly, call, until, &self->connection, error);
    if (rc_pool_is_at_limit(status)) {
        rc_error_node(error, "", 0); /* which node it was for says nothing */
    }
    if (status != RC_OK) {
        return status;
    }
    status = open_up(self, call, error);
    if (status != RC_OK) {
        rc_pool_give(pool, self->connection, false);
        return status;
    }
    rc_connection_record(self->connection, &self->inbox);
    return RC_OK;
}

rc_status rc_session_open(rc_pool *pool, rc_node_id node, bool readonly, rc_call *call,
                          rc_session **session, rc_error *error)
{
    const rc_node *address = rc_pool_at(pool, node);
    rc_error_clear(error);
    rc_error_node(error, address->host, address->port);
    rc_session *self = rc_alloc_zeroed(sizeof *self);
    if (self == NULL || rc_fork_lock_init(&self->lock) != RC_OK) {
        rc_free(self);
        return rc_error_of(error, RC_NOMEM);
    }
    rc_status status = init(self, pool, node, readonly, call, error);
    if (status != RC_OK) {
        rc_fork_lock_destroy(&self->lock);
        rc_free(self);
        return status;
    }
    *session = self;
    return RC_OK;
}

/* ---- ending ---- */

void rc_session_end(rc_session *self)
{
    rc_error why;
    rc_error_clear(&why);
    rc_error_set(&why, RC_CLOSED, "the connection was closed by this client");
    rc_fork_lock_acquire(&self->lock);
    rc_session_fail(self, &why);
    if (!rc_session_inherited(self)) {
        rc_transport_shut(&self->connection->transport);
    }
    rc_fork_lock_release(&self->lock);
}

void rc_session_close(rc_session *self, bool clean)
{
    if (self == NULL) {
        return;
    }
    clean = clean && self->end.status == RC_OK && self->inbox.count == 0 && self->owed == 0;
    if (!clean && !rc_session_inherited(self)) {
        /* A process forked meanwhile has the socket, too: to close ours would not end it. */
        rc_transport_shut(&self->connection->transport);
    }
    rc_pool_give(self->pool, self->connection, clean);
    rc_reply_tree_free(&self->inbox);
    rc_fork_lock_destroy(&self->lock);
    rc_free(self);
}

rc_node_id rc_session_node(const rc_session *self)
{
    return self->connection->node;
}

bool rc_session_usable(rc_session *self)
{
    rc_fork_lock_acquire(&self->lock);
    bool usable = self->end.status == RC_OK && !rc_session_inherited(self);
    rc_fork_lock_release(&self->lock);
    return usable;
}

/* ---- waiting for several ---- */

/* watch_one fills one entry of the poll set; false when there is no need to wait. */
static bool watch_one(rc_session *self, struct pollfd *socket)
{
    rc_fork_lock_acquire(&self->lock);
    bool quiet = self->end.status == RC_OK && self->whole == 0 && !rc_session_inherited(self);
    *socket = (struct pollfd){.fd = self->connection->transport.fd, .events = self->read_on};
    rc_fork_lock_release(&self->lock);
    return quiet;
}

static bool any_event(const struct pollfd *sockets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sockets[i].revents != 0) {
            return true;
        }
    }
    return false;
}

static rc_status wait_for(rc_session *const *sessions, struct pollfd *sockets, size_t count,
                          rc_call *call, rc_msec until)
{
    for (;;) {
        for (size_t i = 0; i < count; i++) {
            if (!watch_one(sessions[i], &sockets[i])) {
                return RC_OK;
            }
        }
        rc_status status = rc_wait(call, sockets, count, until);
        if (status != RC_OK || any_event(sockets, count)) {
            return status;
        }
        if (rc_until(until) == 0) {
            return RC_TIMEOUT;
        }
    }
}

rc_status rc_session_wait(rc_session *const *sessions, size_t count, rc_call *call, rc_msec until)
{
    struct pollfd few[4];
    until = rc_sooner(until, call->deadline);
    if (count <= sizeof few / sizeof *few) {
        return wait_for(sessions, few, count, call, until);
    }
    struct pollfd *many = rc_alloc_zeroed(count * sizeof *many);
    if (many == NULL) {
        return RC_NOMEM;
    }
    rc_status status = wait_for(sessions, many, count, call, until);
    rc_free(many);
    return status;
}
