#include "inquiry.h"

typedef struct inquiry {
    rc_connection *connection;
    const rc_buffer *request;
    size_t sent;
    bool recording;
    bool answered;
} inquiry;

static rc_io send_rest(inquiry *self, rc_error *error)
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

static rc_io take_answer(inquiry *self, rc_error *error)
{
    char scratch[16 * 1024];
    for (;;) {
        size_t start;
        size_t done = 0;
        rc_io io;
        switch (rc_reader_next(&self->connection->reader, &start)) {
        case RC_READING_REPLY:
            self->answered = true;
            return RC_IO_OK;
        case RC_READING_MORE:
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

/* advance does what can be done without a wait. */
static rc_io advance(inquiry *self, rc_tape *answer, rc_error *error)
{
    rc_io io = rc_connection_advance(self->connection, error);
    if (io == RC_IO_OK && !self->recording) {
        rc_connection_record(self->connection, answer);
        self->recording = true;
    }
    if (io == RC_IO_OK) {
        io = send_rest(self, error);
    }
    return io == RC_IO_OK ? take_answer(self, error) : io;
}

static rc_status converse(inquiry *self, const rc_options *options, rc_call *call, rc_msec deadline,
                          rc_tape *answer, rc_error *error)
{
    bool opening = !self->connection->ready;
    rc_msec limit = opening ? options->connect_timeout : options->socket_timeout;
    rc_msec due = rc_sooner(deadline, rc_deadline(limit));
    for (;;) {
        rc_io io = advance(self, answer, error);
        if (opening && self->connection->ready) {
            due = rc_sooner(deadline, rc_deadline(options->socket_timeout));
            opening = false;
        }
        if (io == RC_IO_OK) {
            return RC_OK;
        }
        if (io == RC_IO_FAILED) {
            return error->status;
        }
        if (io == RC_IO_CLOSED) {
            return rc_error_set(error, RC_CLOSED, "the server closed the connection");
        }
        if (rc_until(due) == 0) {
            return rc_error_set(error, RC_TIMEOUT,
                                opening ? "timeout while connecting" : "timeout");
        }
        struct pollfd socket = {.fd = self->connection->transport.fd,
                                .events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN};
        rc_status status = rc_wait(call, &socket, 1, due);
        if (status != RC_OK) {
            return rc_error_of(error, status);
        }
    }
}

rc_status rc_inquire(rc_pool *pool, rc_node_id node, const rc_buffer *request, rc_call *call,
                     rc_msec deadline, rc_tape *answer, rc_error *error)
{
    const rc_node *address = rc_pool_at(pool, node);
    rc_error_clear(error);
    rc_error_node(error, address->host, address->port);
    inquiry self = {.request = request};
    rc_status status = rc_pool_take(pool, node, false, call, deadline, &self.connection, error);
    if (status != RC_OK) {
        return status;
    }
    rc_tape_clear(answer);
    status = converse(&self, pool->options, call, deadline, answer, error);
    rc_pool_give(pool, self.connection, self.answered);
    return status;
}
