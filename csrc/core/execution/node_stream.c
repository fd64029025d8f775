#include "core/execution/node_stream.h"

#include <poll.h>

static const char asking[] = "*1\r\n$6\r\nASKING\r\n";
enum { ASKING_LENGTH = sizeof asking - 1 };

/*
 * A stream reads or writes TURN bytes before the other streams have their turn. After a read of
 * MUCH bytes the call counts as busy. A replica that does not accept a connection within
 * READ_PATIENCE milliseconds is not waited for: another node can serve the read.
 */
enum { TURN = 4 * RC_SCRATCH, MUCH = RC_SCRATCH / 4, READ_PATIENCE = 1000, DRAIN_TURNS = 64 };

static rc_command *command_at(const rc_node_stream *stream, size_t place)
{
    return &stream->batch->commands[stream->commands[place]];
}

/* ---- the end of a stream ---- */

/* leave gives each command without a reply its error and its state: unknown, or not sent. */
static void leave(rc_node_stream *stream)
{
    for (size_t i = stream->received; i < stream->count; i++) {
        rc_command *command = command_at(stream, i);
        bool unknown = i < stream->sent || (command->flags & RC_COMMAND_MAYBE_RAN);
        command->state = unknown ? RC_UNKNOWN : RC_NOT_SENT;
        command->tree = RC_NO_TREE;
        command->reply = stream->error;
    }
}

/* count adds replies, and retries that were sent, to the connection's tally. */
static void count(const rc_node_stream *stream)
{
    stream->connection->tally.commands += stream->received;
    stream->connection->tally.retries +=
        stream->retries < stream->sent ? stream->retries : stream->sent;
}

/*
 * blame counts a lost exchange against the node, if its connection was ready, and sends reads away
 * from a replica that failed. The end of the call's own time says nothing about the node.
 */
static void blame(const rc_node_stream *stream, rc_pool *pool)
{
    if (stream->connection != NULL && stream->connection->ready) {
        rc_pool_increment(pool, stream->node, RC_COUNT_LOSS);
    }
    bool own_end = stream->loss == RC_TIMEOUT && rc_until(stream->deadline) != 0;
    if (stream->readonly && !own_end) {
        rc_pool_mark_unfit(pool, stream->node);
    }
}

static bool is_half_read(const rc_node_stream *stream)
{
    return stream->connection != NULL && stream->connection->ready &&
           !rc_reader_idle(&stream->connection->reader);
}

static void lose(rc_node_stream *stream, rc_pool *pool, rc_error *error)
{
    const rc_node *node = rc_pool_at(pool, stream->node);
    rc_error_node(error, node->host, node->port);
    stream->error = rc_batch_add_error(stream->batch, error);
    stream->loss = error->status;
    if (error->status != RC_INTERRUPTED && !rc_pool_is_at_limit(error->status)) {
        blame(stream, pool);
    }
    stream->lost = true;
    stream->broken_off = stream->loss == RC_CLOSED && stream->received == 0 && is_half_read(stream);
    stream->events = 0;
    if (stream->connection != NULL && stream->connection->turned_away &&
        (command_at(stream, 0)->flags & RC_COMMAND_OPAQUE) == 0) {
        stream->sent = 0; /* the server took nothing of it; unless a script said so */
    }
    leave(stream);
    if (stream->connection != NULL) {
        count(stream);
        rc_pool_give(pool, stream->connection, false);
        stream->connection = NULL;
    }
}

void rc_node_stream_fail(rc_node_stream *stream, rc_pool *pool, rc_status status,
                         const char *reason)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, status, "%s", reason);
    if (status == RC_TIMEOUT && stream->connection != NULL && !stream->connection->ready) {
        rc_pool_note_late_attempt(pool, stream->connection, &error);
    }
    lose(stream, pool, &error);
}

static void finish(rc_node_stream *stream, rc_pool *pool)
{
    stream->events = 0;
    count(stream);
    rc_pool_give(pool, stream->connection, true);
    stream->connection = NULL;
}

/* ---- sending ---- */

static size_t wire_length(const rc_node_stream *stream, size_t place)
{
    size_t index = stream->commands[place];
    size_t length = rc_batch_end_of(stream->batch, index) - stream->batch->commands[index].offset;
    return command_at(stream, place)->flags & RC_COMMAND_ASKING ? length + ASKING_LENGTH : length;
}

/* copy_wire copies bytes of one command, ASKING included, from `skip` on, as many as fit. */
static size_t copy_wire(const rc_node_stream *stream, size_t place, size_t skip, char *target,
                        size_t room)
{
    size_t copied = 0;
    if (command_at(stream, place)->flags & RC_COMMAND_ASKING) {
        if (skip < ASKING_LENGTH) {
            copied = ASKING_LENGTH - skip < room ? ASKING_LENGTH - skip : room;
            memcpy(target, asking + skip, copied);
            skip = ASKING_LENGTH;
        }
        skip -= ASKING_LENGTH;
    }
    size_t length;
    const char *request = rc_batch_request(stream->batch, stream->commands[place], &length);
    size_t left = length - skip < room - copied ? length - skip : room - copied;
    memcpy(target + copied, request + skip, left);
    return copied + left;
}

static size_t gather(const rc_node_stream *stream, char *scratch)
{
    size_t length = 0;
    size_t skip = stream->partly;
    for (size_t place = stream->sent; place < stream->count && length < RC_SCRATCH; place++) {
        length += copy_wire(stream, place, skip, scratch + length, RC_SCRATCH - length);
        skip = 0;
    }
    return length;
}

/*
 * next_bytes is what to write now. Commands that are neighbours in the batch go out from where they
 * are; others are gathered first, as one write costs far more than the copying of many requests.
 */
static const char *next_bytes(const rc_node_stream *stream, char *scratch, size_t *length)
{
    size_t first = stream->commands[stream->sent];
    size_t last = stream->commands[stream->count - 1];
    if (stream->asks || last - first != stream->count - 1 - stream->sent) {
        *length = gather(stream, scratch);
        return scratch;
    }
    const rc_batch *batch = stream->batch;
    size_t offset = batch->commands[first].offset + stream->partly;
    *length = rc_batch_end_of(batch, last) - offset;
    return batch->requests.data + offset;
}

static void count_sent(rc_node_stream *stream, size_t bytes)
{
    while (bytes > 0) {
        size_t left = wire_length(stream, stream->sent) - stream->partly;
        if (bytes < left) {
            stream->partly += bytes;
            return;
        }
        bytes -= left;
        stream->sent++;
        stream->partly = 0;
    }
}

/*
 * allow_own_wait: a command that blocks, like BLPOP, may take the time that it asked for, and the
 * node has socket_timeout after that. The wait begins once for each command, when the one before
 * it is answered, whatever bytes come and go meanwhile.
 */
static void allow_own_wait(rc_node_stream *stream, rc_msec timeout)
{
    if (stream->awaited != stream->received + 1) {
        stream->awaited = stream->received + 1;
        stream->blocked_until = rc_batch_blocked(stream->batch, stream->commands[stream->received]);
        if (stream->blocked_until != RC_NEVER) {
            stream->blocked_until += rc_now();
        }
    }
    if (stream->blocked_until == RC_NEVER) {
        stream->deadline = RC_NEVER;
    } else if (timeout >= 0 && stream->deadline < stream->blocked_until + timeout) {
        stream->deadline = stream->blocked_until + timeout;
    }
}

static void renew_deadline(rc_node_stream *stream, const rc_pool *pool)
{
    rc_msec timeout = pool->options->socket_timeout;
    stream->progress++;
    stream->deadline = rc_deadline(timeout);
    if (stream->batch->block_count > 0 && stream->received < stream->sent) {
        allow_own_wait(stream, timeout);
    }
}

static rc_io send_some(rc_node_stream *stream, rc_pool *pool, char *scratch, rc_error *error)
{
    for (size_t turn = 0; stream->sent < stream->count && turn < TURN;) {
        size_t length;
        const char *data = next_bytes(stream, scratch, &length);
        size_t done = 0;
        rc_io io = rc_transport_write(&stream->connection->transport, data, length, &done, error);
        if (io != RC_IO_OK) {
            return io;
        }
        count_sent(stream, done);
        turn += done;
        renew_deadline(stream, pool);
    }
    return RC_IO_OK;
}

/* ---- receiving ---- */

/* unasked sets the error for a reply that no command waits for; its text often says why it came. */
static bool unasked(const rc_node_stream *stream, size_t start, rc_error *error)
{
    const rc_item *item = rc_reply_tree_item(stream->tree, start);
    rc_error_set(error, RC_PROTOCOL, "a reply to no command: %s",
                 item->type == RC_ITEM_ERROR ? rc_reply_tree_text(stream->tree, item)
                                             : "not an error");
    return false;
}

/* take_asking takes the reply to ASKING. If that is an error the command's own reply says so too.
 */
static bool take_asking(rc_node_stream *stream, size_t start, rc_error *error)
{
    stream->asking_answered = true;
    return rc_reply_tree_item(stream->tree, start)->type == RC_ITEM_ERROR ||
           rc_expect_ok(stream->tree, start, "ASKING", error) == RC_OK;
}

/* take gives one reply to the next command; false and *error when it cannot be meant for it. */
static bool take(rc_node_stream *stream, size_t start, rc_error *error)
{
    rc_command *command = command_at(stream, stream->received);
    bool asked = stream->received < stream->sent || stream->partly >= ASKING_LENGTH;
    if ((command->flags & RC_COMMAND_ASKING) && !stream->asking_answered && asked) {
        return take_asking(stream, start, error);
    }
    if (stream->received == stream->sent) {
        return unasked(stream, start, error);
    }
    stream->asking_answered = false;
    if (stream->received == 0) {
        stream->connection->round_trip = rc_now_us() - stream->began;
        const uint8_t kind = command->flags & (RC_COMMAND_READ | RC_COMMAND_OPAQUE);
        stream->connection->typical =
            kind == RC_COMMAND_READ && rc_batch_blocked(stream->batch, stream->commands[0]) == 0;
    }
    stream->errors |= rc_reply_tree_item(stream->tree, start)->type == RC_ITEM_ERROR;
    command->state = RC_REPLIED;
    command->tree = stream->tree_number;
    command->reply = (uint32_t)start;
    stream->received++;
    return true;
}

/* take_replies: RC_IO_WAIT_READ when all that came is used up and more is to come. */
static rc_io take_replies(rc_node_stream *stream, rc_error *error)
{
    rc_reader *reader = &stream->connection->reader;
    while (stream->received < stream->count) {
        size_t start = 0;
        switch (rc_reader_next(reader, &start)) {
        case RC_READING_REPLY:
            if (!take(stream, start, error)) {
                return RC_IO_FAILED;
            }
            break;
        case RC_READING_MORE:
            return RC_IO_WAIT_READ;
        case RC_READING_BROKEN:
            rc_reader_problem(reader, error);
            return RC_IO_FAILED;
        }
    }
    return RC_IO_OK;
}

static rc_io receive_some(rc_node_stream *stream, rc_pool *pool, char *scratch, rc_error *error)
{
    stream->busy = false;
    for (size_t turn = 0; turn < TURN;) {
        size_t done = 0;
        rc_io io = rc_connection_receive(stream->connection, scratch, RC_SCRATCH, &done, error);
        if (io != RC_IO_OK) {
            return io;
        }
        stream->busy |= done >= MUCH;
        io = take_replies(stream, error);
        if (io != RC_IO_WAIT_READ) {
            return io;
        }
        renew_deadline(stream, pool);
        if (done < RC_SCRATCH && !rc_transport_pending(&stream->connection->transport)) {
            return RC_IO_WAIT_READ; /* another read would find nothing */
        }
        turn += done;
    }
    return RC_IO_WAIT_READ;
}

/* ---- steps ---- */

/*
 * drain reads, after a failed write, the replies that came before. At most DRAIN_TURNS turns, about
 * what a socket can hold, as the peer may go on to send.
 */
static void drain(rc_node_stream *stream, rc_pool *pool, char *scratch)
{
    rc_error ignored;
    rc_io io;
    int turns = 0;
    do {
        io = receive_some(stream, pool, scratch, &ignored);
    } while (io == RC_IO_WAIT_READ && stream->received < stream->sent && ++turns < DRAIN_TURNS &&
             !rc_transport_quiet(&stream->connection->transport));
}

static void broken(rc_node_stream *stream, rc_pool *pool, rc_io io, rc_error *error)
{
    if (io == RC_IO_CLOSED) {
        rc_error_set(error, RC_CLOSED, "the server closed the connection");
    }
    lose(stream, pool, error);
}

/* open_up advances the handshake; true when the connection is ready for commands. */
static bool open_up(rc_node_stream *stream, rc_pool *pool, rc_error *error)
{
    rc_io io = rc_pool_advance(pool, stream->connection, error);
    if (io == RC_IO_OK) {
        stream->began = rc_now_us();
        rc_connection_record(stream->connection, stream->tree);
        renew_deadline(stream, pool);
        return true;
    }
    if (io == RC_IO_FAILED) {
        lose(stream, pool, error);
    } else {
        stream->events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN;
    }
    return false;
}

/* watch says what to poll for; TLS may want the socket writable for a read, and the other way
 * round. */
static void watch(rc_node_stream *stream)
{
    bool sending = stream->sent < stream->count;
    stream->events = (short)(stream->read_on | (sending ? stream->write_on : 0));
}

static void step_receive(rc_node_stream *stream, rc_pool *pool, char *scratch, rc_error *error)
{
    rc_io io = receive_some(stream, pool, scratch, error);
    if (io == RC_IO_OK) {
        finish(stream, pool);
    } else if (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        stream->read_on = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN;
        watch(stream);
    } else {
        broken(stream, pool, io, error);
    }
}

static bool step_send(rc_node_stream *stream, rc_pool *pool, char *scratch, rc_error *error)
{
    rc_io io = send_some(stream, pool, scratch, error);
    if (io == RC_IO_FAILED || io == RC_IO_CLOSED) {
        drain(stream, pool, scratch);
        broken(stream, pool, io, error);
        return false;
    }
    stream->write_on = io == RC_IO_WAIT_READ ? POLLIN : POLLOUT;
    watch(stream);
    return true;
}

void rc_node_stream_step(rc_node_stream *stream, rc_pool *pool, short revents, char *scratch)
{
    const short trouble = POLLERR | POLLHUP | POLLNVAL;
    rc_error error;
    rc_error_clear(&error);
    if (!stream->connection->ready) {
        if (!open_up(stream, pool, &error)) {
            return;
        }
        revents = POLLOUT;
    }
    bool reads = revents & (stream->read_on | trouble);
    if ((revents & (stream->write_on | trouble)) && stream->sent < stream->count &&
        !step_send(stream, pool, scratch, &error)) {
        return;
    }
    if (reads) {
        step_receive(stream, pool, scratch, &error);
    }
}

void rc_node_stream_start(rc_node_stream *stream, rc_pool *pool, rc_call *call, rc_msec until)
{
    rc_error error;
    rc_error_clear(&error);
    stream->tree = rc_batch_add_tree(stream->batch, &stream->tree_number);
    rc_status status = RC_NOMEM;
    if (stream->tree == NULL) {
        rc_error_of(&error, status);
    } else {
        stream->tree->source = stream->node;
        status = rc_pool_take(pool, stream->node, stream->readonly, call, until,
                              &stream->connection, &error);
    }
    if (status == RC_OK) {
        stream->tree->age = stream->connection->age;
    }
    if (status != RC_OK) {
        lose(stream, pool, &error);
        return;
    }
    stream->events = stream->write_on = POLLOUT;
    stream->read_on = POLLIN;
    if (stream->connection->ready) {
        stream->began = rc_now_us();
        rc_connection_record(stream->connection, stream->tree);
        renew_deadline(stream, pool);
    } else {
        rc_msec limit = pool->options->connect_timeout;
        bool brief = stream->replaceable && (limit < 0 || limit > READ_PATIENCE);
        stream->deadline = rc_deadline(brief ? READ_PATIENCE : limit);
    }
}
