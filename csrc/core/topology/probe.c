#include "core/topology/probe.h"

enum { TURN = 16 }; /* reads, until the caller looks at the time */

/* What a slot table of 16384 ranges with ten nodes each may have, four times. */
static const rc_reply_limits answer_limits = {.bytes = 64 << 20, .items = 4 << 20};

static rc_io send_rest(rc_probe *self, rc_error *error)
{
    while (self->sent < self->request->length) {
        size_t done = 0;
        rc_io io =
            rc_transport_write(&self->connection->transport, self->request->data + self->sent,
                               self->request->length - self->sent, &done, error);
        if (io != RC_IO_OK) {
            return io;
        }
        self->sent += done;
    }
    return RC_IO_OK;
}

/* take_answer reads on for a turn only, even if more has come, but for what TLS holds back. */
static rc_io take_answer(const rc_probe *self, rc_error *error)
{
    char scratch[16 * 1024];
    for (int reads = 0;; reads++) {
        size_t start;
        size_t done = 0;
        rc_io io;
        switch (rc_reader_next(&self->connection->reader, &start)) {
        case RC_READING_REPLY:
            return RC_IO_OK;
        case RC_READING_MORE:
            if (reads >= TURN && !rc_transport_pending(&self->connection->transport)) {
                return RC_IO_WAIT_READ;
            }
            io = rc_connection_receive(self->connection, scratch, sizeof scratch, &done, error);
            if (io != RC_IO_OK) {
                return io;
            }
            break;
        case RC_READING_BROKEN:
            rc_reader_problem(&self->connection->reader, error);
            return RC_IO_FAILED;
        }
    }
}

static void begin_phase(rc_probe *self)
{
    const rc_options *options = self->pool->options;
    self->opening = !self->connection->ready;
    rc_msec limit = self->opening ? options->connect_timeout : options->socket_timeout;
    self->due = rc_sooner(self->deadline, self->unhurried ? RC_NEVER : rc_deadline(limit));
    if (!self->opening) {
        rc_connection_record(self->connection, self->answer);
        rc_reader_limit(&self->connection->reader, &answer_limits);
    }
}

static rc_io advance(rc_probe *self, rc_error *error)
{
    rc_io io = rc_pool_advance(self->pool, self->connection, error);
    if (io == RC_IO_OK && self->opening) {
        begin_phase(self);
    }
    if (io == RC_IO_OK) {
        io = send_rest(self, error);
    }
    return io == RC_IO_OK ? take_answer(self, error) : io;
}

static void give_back(rc_probe *self, bool clean)
{
    rc_pool_give(self->pool, self->connection, clean);
    self->connection = NULL;
}

static rc_io fail_late(const rc_probe *self, rc_error *error)
{
    rc_error_set(error, RC_TIMEOUT, "%s",
                 self->opening ? rc_connection_late(self->connection) : "timeout");
    if (self->opening) {
        rc_pool_note_late_attempt(self->pool, self->connection, error);
    } else {
        rc_pool_mark_unfit(self->pool, self->connection->node);
    }
    return RC_IO_FAILED;
}

static void name_node(const rc_probe *self, rc_error *error)
{
    const rc_node *node = rc_pool_at(self->pool, self->connection->node);
    rc_error_clear(error);
    rc_error_node(error, node->host, node->port);
}

rc_io rc_probe_step(rc_probe *self, rc_error *error)
{
    name_node(self, error);
    rc_io io = advance(self, error);
    bool waits = io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE;
    if (waits && rc_until(self->due) == 0) {
        io = fail_late(self, error);
    } else if (waits) {
        self->events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN;
        return io;
    }
    if (io == RC_IO_CLOSED) {
        rc_error_set(error, RC_CLOSED, "the server closed the connection");
        io = RC_IO_FAILED;
    }
    give_back(self, io == RC_IO_OK);
    return io;
}

rc_status rc_probe_begin(rc_probe *self, rc_node_id node, rc_call *call, rc_msec until,
                         rc_error *error)
{
    const rc_node *address = rc_pool_at(self->pool, node);
    rc_error_clear(error);
    rc_error_node(error, address->host, address->port);
    self->sent = 0;
    self->connection = NULL;
    rc_status status = rc_pool_take(self->pool, node, false, call, until, &self->connection, error);
    if (status == RC_OK) {
        rc_reply_tree_clear(self->answer);
        self->events = POLLOUT;
        begin_phase(self);
    }
    return status;
}

void rc_probe_end(rc_probe *self)
{
    if (self->connection != NULL) {
        give_back(self, false);
    }
}

rc_status rc_probe_ask(rc_pool *pool, rc_node_id node, const rc_buffer *request, rc_call *call,
                       rc_msec deadline, rc_reply_tree *answer, rc_error *error)
{
    rc_probe self = {.pool = pool, .request = request, .answer = answer, .deadline = deadline};
    rc_status status = rc_probe_begin(&self, node, call, deadline, error);
    if (status != RC_OK) {
        return status;
    }
    call->busy = true; /* a peer that sends without end keeps the loop from waiting */
    for (;;) {
        rc_io io = rc_probe_step(&self, error);
        if (io == RC_IO_OK || io == RC_IO_FAILED) {
            return io == RC_IO_OK ? RC_OK : error->status;
        }
        struct pollfd socket = {.fd = self.connection->transport.fd, .events = self.events};
        status = rc_wait(call, &socket, 1, self.due);
        if (status != RC_OK) {
            rc_probe_end(&self);
            return rc_error_of(error, status);
        }
    }
}
