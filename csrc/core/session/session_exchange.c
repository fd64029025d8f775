/*
 * session_exchange: one exchange on a session, requests out and replies in, beside what other
 * threads do on it.
 */
#include "core/session/session_internal.h"

enum {
    LOOK = 500,   /* milliseconds that a look after a silent node may take */
    TURN = 16,    /* reads or writes, until the call is asked whether it goes on */
    PATIENCE = 25 /* milliseconds until a sender looks whether somebody reads */
};

/* ---- one turn: what can be done without a wait; the lock is held ---- */

static bool all_sent(const rc_exchange *x)
{
    return x->sent == x->length;
}

static bool done(const rc_exchange *x)
{
    return all_sent(x) && x->received == x->replies;
}

static rc_io send_some(rc_session *self, rc_exchange *x, rc_error *error)
{
    for (int writes = 0; !all_sent(x) && writes < TURN; writes++) {
        size_t moved = 0;
        rc_io io = rc_transport_write(&self->connection->transport, x->data + x->sent,
                                      x->length - x->sent, &moved, error);
        if (io != RC_IO_OK) {
            self->write_on = io == RC_IO_WAIT_READ ? POLLIN : POLLOUT;
            return io;
        }
        x->sent += moved;
        self->moved += moved;
    }
    return RC_IO_OK;
}

/* take copies the replies that are wanted and there; the inbox is emptied with its last one. */
static rc_io take(rc_session *self, rc_exchange *x, rc_error *error)
{
    while (self->whole > 0 && x->received < x->replies) {
        if (rc_reply_tree_copy(x->tree, &self->inbox, self->first) != RC_OK) {
            rc_error_of(error, RC_NOMEM);
            return RC_IO_FAILED;
        }
        self->first = rc_reply_tree_next(&self->inbox, self->first);
        self->whole--;
        x->received++;
    }
    if (self->whole == 0 && self->first == self->inbox.count && self->first > 0) {
        rc_reply_tree_clear(&self->inbox);
        rc_connection_record(self->connection, &self->inbox);
        self->first = 0;
    }
    return RC_IO_OK;
}

static rc_io receive_once(rc_session *self, rc_error *error)
{
    size_t moved = 0;
    rc_io io =
        rc_connection_receive(self->connection, self->scratch, sizeof self->scratch, &moved, error);
    self->read_on = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN;
    self->moved += moved;
    if (io == RC_IO_CLOSED) {
        rc_error_set(error, RC_CLOSED, "the server closed the connection");
        return RC_IO_FAILED;
    }
    return io;
}

/*
 * receive_some parses no further than it has to, so that nothing but the last reply is ever half on
 * the inbox; what is read for the sake of sending is kept there.
 */
static rc_io receive_some(rc_session *self, rc_exchange *x, rc_error *error)
{
    for (int reads = 0; reads < TURN;) {
        rc_io io = take(self, x, error);
        if (io != RC_IO_OK || done(x)) {
            return io;
        }
        size_t start;
        switch (rc_reader_next(&self->connection->reader, &start)) {
        case RC_READING_REPLY:
            self->whole++;
            break;
        case RC_READING_MORE:
            io = receive_once(self, error);
            if (io != RC_IO_OK) {
                return io;
            }
            reads++;
            break;
        case RC_READING_BROKEN:
            rc_reader_problem(&self->connection->reader, error);
            return RC_IO_FAILED;
        }
    }
    return RC_IO_OK;
}

/* reads: whoever waits for replies does; while nobody else is there to do it, who sends does, too.
 */
static bool reads(const rc_session *self, const rc_exchange *x)
{
    return x->replies > 0 || (!all_sent(x) && !self->receiving);
}

/* send_and_receive is one turn of both; RC_IO_OK: there may be more to do at once. */
static rc_io send_and_receive(rc_session *self, rc_exchange *x, rc_error *error)
{
    rc_io sending = send_some(self, x, error);
    if (sending == RC_IO_CLOSED) {
        rc_error_set(error, RC_CLOSED, "the server closed the connection");
        sending = RC_IO_FAILED;
    }
    if (!reads(self, x)) {
        return sending;
    }
    /* What came before the peer gave up is often the reason why it did. */
    rc_error ignored;
    rc_io receiving = receive_some(self, x, sending == RC_IO_FAILED ? &ignored : error);
    return sending == RC_IO_FAILED ? sending : receiving;
}

/* keep_replies leaves the whole replies that have been read on the inbox, and the reader without
 * bytes: more may be received then. */
static rc_io keep_replies(rc_session *self, rc_error *error)
{
    for (;;) {
        size_t start;
        switch (rc_reader_next(&self->connection->reader, &start)) {
        case RC_READING_REPLY:
            self->whole++;
            break;
        case RC_READING_MORE:
            return RC_IO_OK;
        case RC_READING_BROKEN:
            rc_reader_problem(&self->connection->reader, error);
            return RC_IO_FAILED;
        }
    }
}

/*
 * look_first reads what has come before a request goes out: a connection that the server has closed
 * takes the bytes all the same, and nobody could say whether the request had been run.
 */
static rc_io look_first(rc_session *self, const rc_exchange *x, rc_error *error)
{
    if (x->sent > 0 || x->length == 0 || !reads(self, x)) {
        return RC_IO_OK;
    }
    rc_io io =
        keep_replies(self, error); /* a thread that has its replies leaves the others' there */
    if (io == RC_IO_OK) {
        io = receive_once(self, error);
    }
    if (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        return RC_IO_OK;
    }
    return io == RC_IO_OK ? keep_replies(self, error) : io;
}

/* turn is send_and_receive on a session that may have ended. */
static rc_io turn(rc_session *self, rc_exchange *x, rc_error *error)
{
    rc_io io = RC_IO_FAILED;
    if (rc_session_inherited(self)) {
        rc_error_set(error, RC_CLOSED, "the connection is that of the parent process");
        return io;
    }
    if (self->end.status == RC_OK) {
        io = look_first(self, x, error);
        if (io == RC_IO_OK) {
            io = send_and_receive(self, x, error);
        }
        if (io == RC_IO_FAILED) {
            rc_session_fail(self, error);
            x->sent = self->connection->turned_away ? 0 : x->sent;
        }
    } else if (take(self, x, error) == RC_IO_OK && !done(x)) {
        *error = self->end;
    }
    return done(x) ? RC_IO_OK : io;
}

static struct pollfd watch(const rc_session *self, const rc_exchange *x)
{
    short events = 0;
    if (!all_sent(x)) {
        events = self->write_on;
    }
    if (reads(self, x)) {
        events = (short)(events | self->read_on);
    }
    return (struct pollfd){.fd = self->connection->transport.fd, .events = events};
}

/* ---- the exchange ---- */

static bool busy(const rc_session *self, const rc_exchange *x)
{
    return (x->length > 0 && self->sending) || (x->replies > 0 && self->receiving);
}

/* mine: what this one is about to do is what it is in the middle of; a signal handler asks so. */
static bool mine(const rc_session *self, const rc_exchange *x)
{
    pthread_t me = pthread_self();
    return (x->length > 0 && self->sending && pthread_equal(self->sender, me)) ||
           (x->replies > 0 && self->receiving && pthread_equal(self->receiver, me));
}

static void occupy(rc_session *self, const rc_exchange *x)
{
    if (x->length > 0) {
        self->sending = true;
        self->sender = pthread_self();
    }
    if (x->replies > 0) {
        self->receiving = true;
        self->receiver = pthread_self();
    }
}

/* enter waits until no other thread does what this one is about to do. */
static rc_status enter(rc_session *self, const rc_exchange *x, rc_call *call, rc_msec due)
{
    rc_status status = RC_OK;
    rc_fork_lock_acquire(&self->lock);
    while (status == RC_OK && busy(self, x) && !rc_session_inherited(self)) {
        if (rc_until(due) == 0) {
            status = RC_TIMEOUT;
        } else if (mine(self, x)) {
            status = RC_REENTERED;
        } else {
            status = rc_wait_changed(call, &self->lock, &self->lock.changed, due);
        }
    }
    if (status == RC_OK) {
        occupy(self, x);
    }
    rc_fork_lock_release(&self->lock);
    return status;
}

/* leave lets others in; half a request is followed by nothing that the server would understand. */
static void leave(rc_session *self, const rc_exchange *x, const rc_error *error)
{
    rc_fork_lock_acquire(&self->lock);
    self->owed += (int64_t)x->requests - (int64_t)x->received;
    if (x->length > 0) {
        self->sending = false;
        if (!all_sent(x)) {
            rc_session_fail(self, error);
        }
    }
    if (x->replies > 0) {
        self->receiving = false;
    }
    rc_fork_lock_broadcast(&self->lock);
    rc_fork_lock_release(&self->lock);
}

/*
 * wait_on: a thread that sends while another one reads has to look, now and then, whether that one
 * is still there, as somebody has to read.
 */
static rc_status wait_on(struct pollfd *socket, rc_call *call, rc_msec due)
{
    bool write_only = (socket->events & POLLIN) == 0;
    return rc_wait(call, socket, 1, write_only ? rc_sooner(due, rc_deadline(PATIENCE)) : due);
}

static rc_msec next_due(const rc_exchange *x, const rc_call *call)
{
    return rc_sooner(rc_sooner(x->until, call->deadline), rc_deadline(x->patience));
}

/* Who looks after a node that says nothing, and what was seen last. */
typedef struct lookout {
    rc_msec at;
    bool suspect;
} lookout;

static lookout next_doubt_fetch(const rc_exchange *x, bool suspect)
{
    return (lookout){.at = x->look == NULL ? RC_NEVER : rc_deadline(x->silence),
                     .suspect = suspect};
}

/* look_after: a node may hear late that it has got its first slots, so one look is not enough. */
static rc_status look_after(rc_session *self, rc_exchange *x, rc_call *call, rc_msec due,
                            lookout *outlook, rc_error *error)
{
    if (rc_until(outlook->at) != 0) {
        return RC_OK;
    }
    rc_call asking = *call;
    asking.deadline = rc_sooner(due, rc_deadline(LOOK)); /* nobody reads the replies meanwhile */
    rc_status status = x->look(x->context, self->connection->node, &asking, error);
    bool gone = status == RC_CLOSED;
    if (gone && outlook->suspect) {
        rc_fork_lock_acquire(&self->lock);
        rc_session_fail(self, error);
        rc_fork_lock_release(&self->lock);
        return status;
    }
    *outlook = next_doubt_fetch(x, gone);
    return gone ? RC_OK : status;
}

static rc_status carry_out(rc_session *self, rc_exchange *x, rc_call *call, rc_error *error)
{
    rc_msec due = next_due(x, call);
    lookout outlook = next_doubt_fetch(x, false);
    for (;;) {
        rc_fork_lock_acquire(&self->lock);
        size_t before = self->moved;
        rc_io io = turn(self, x, error);
        bool progress = self->moved != before;
        struct pollfd socket = watch(self, x);
        rc_fork_lock_release(&self->lock);
        if (io == RC_IO_FAILED) {
            return error->status;
        }
        if (done(x)) {
            return RC_OK;
        }
        if (progress) {
            due = next_due(x, call);
            outlook = next_doubt_fetch(x, false);
        }
        if (rc_until(due) == 0) {
            return rc_error_of(error, RC_TIMEOUT);
        }
        rc_status status = look_after(self, x, call, due, &outlook, error);
        if (status != RC_OK) {
            return status;
        }
        status = io == RC_IO_OK ? rc_call_continue(call, false)
                                : wait_on(&socket, call, rc_sooner(due, outlook.at));
        if (status != RC_OK) {
            return rc_error_of(error, status);
        }
    }
}

rc_status rc_session_exchange(rc_session *self, rc_exchange *x, rc_call *call, rc_error *error)
{
    const rc_node *node = rc_pool_at(self->pool, self->connection->node);
    rc_error_clear(error);
    rc_status status = enter(self, x, call, next_due(x, call));
    if (status == RC_OK) {
        status = carry_out(self, x, call, error);
        leave(self, x, error);
    } else {
        rc_error_of(error, status);
    }
    rc_error_node(error, node->host, node->port);
    return status;
}
