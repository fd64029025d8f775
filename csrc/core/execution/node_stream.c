#include "core/execution/node_stream.h"

#include <poll.h>

static const char asking[] = "*1\r\n$6\r\nASKING\r\n";
enum { ASKING_LENGTH = sizeof asking - 1 };

/*
 * After TURN bytes the other lanes have their turn; to read MUCH at once means that more comes than
 * is waited for. A replica that does not accept a connection within READ_PATIENCE milliseconds is
 * not waited for: another node can serve the read.
 */
enum { TURN = 4 * RC_SCRATCH, MUCH = RC_SCRATCH / 4, READ_PATIENCE = 1000, DRAIN_TURNS = 64 };

static rc_command *command_at(const rc_lane *lane, size_t place)
{
    return &lane->batch->commands[lane->commands[place]];
}

/* ---- the end of a lane ---- */

/* leave records for each command without a reply why, and whether it may have run. */
static void leave(rc_lane *lane)
{
    for (size_t i = lane->received; i < lane->count; i++) {
        rc_command *command = command_at(lane, i);
        bool unknown = i < lane->sent || (command->flags & RC_COMMAND_MAYBE_RAN);
        command->state = unknown ? RC_UNKNOWN : RC_NOT_SENT;
        command->tape = RC_NO_TAPE;
        command->reply = lane->error;
    }
}

/* count leaves with the connection what the node's numbers grow by; what was not sent is not. */
static void count(const rc_lane *lane)
{
    lane->connection->tally.commands += lane->received;
    lane->connection->tally.retries += lane->retries < lane->sent ? lane->retries : lane->sent;
}

/*
 * blame: a conversation is lost only once it can begin. Other nodes can serve the reads of a
 * replica that has just failed; that the call's own time is over says nothing of it.
 */
static void blame(const rc_lane *lane, rc_pool *pool)
{
    if (lane->connection != NULL && lane->connection->ready) {
        rc_pool_count_one(pool, lane->node, RC_COUNT_LOSS);
    }
    bool own_end = lane->loss == RC_TIMEOUT && rc_until(lane->deadline) != 0;
    if (lane->readonly && !own_end) {
        rc_pool_mark_unfit(pool, lane->node);
    }
}

static bool is_half_read(const rc_lane *lane)
{
    return lane->connection != NULL && lane->connection->ready &&
           !rc_reader_idle(&lane->connection->reader);
}

static void lose(rc_lane *lane, rc_pool *pool, rc_error *error)
{
    const rc_node *node = rc_pool_at(pool, lane->node);
    rc_error_node(error, node->host, node->port);
    lane->error = rc_batch_add_error(lane->batch, error);
    lane->loss = error->status;
    if (error->status != RC_INTERRUPTED && !rc_pool_refused(error->status)) {
        blame(lane, pool);
    }
    lane->lost = true;
    lane->broken_off = lane->loss == RC_CLOSED && lane->received == 0 && is_half_read(lane);
    lane->events = 0;
    if (lane->connection != NULL && lane->connection->turned_away &&
        (command_at(lane, 0)->flags & RC_COMMAND_OPAQUE) == 0) {
        lane->sent = 0; /* it was, but to nobody; unless a script has said so */
    }
    leave(lane);
    if (lane->connection != NULL) {
        count(lane);
        rc_pool_give(pool, lane->connection, false);
        lane->connection = NULL;
    }
}

void rc_lane_fail(rc_lane *lane, rc_pool *pool, rc_status status, const char *reason)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, status, "%s", reason);
    if (status == RC_TIMEOUT && lane->connection != NULL && !lane->connection->ready) {
        rc_pool_late(pool, lane->connection, &error);
    }
    lose(lane, pool, &error);
}

static void finish(rc_lane *lane, rc_pool *pool)
{
    lane->events = 0;
    count(lane);
    rc_pool_give(pool, lane->connection, true);
    lane->connection = NULL;
}

/* ---- sending ---- */

static size_t wire_length(const rc_lane *lane, size_t place)
{
    size_t index = lane->commands[place];
    size_t length = rc_batch_end_of(lane->batch, index) - lane->batch->commands[index].offset;
    return command_at(lane, place)->flags & RC_COMMAND_ASKING ? length + ASKING_LENGTH : length;
}

/* copy_wire copies bytes of one command, ASKING included, from `skip` on, as many as fit. */
static size_t copy_wire(const rc_lane *lane, size_t place, size_t skip, char *target, size_t room)
{
    size_t copied = 0;
    if (command_at(lane, place)->flags & RC_COMMAND_ASKING) {
        if (skip < ASKING_LENGTH) {
            copied = ASKING_LENGTH - skip < room ? ASKING_LENGTH - skip : room;
            memcpy(target, asking + skip, copied);
            skip = ASKING_LENGTH;
        }
        skip -= ASKING_LENGTH;
    }
    size_t length;
    const char *request = rc_batch_request(lane->batch, lane->commands[place], &length);
    size_t left = length - skip < room - copied ? length - skip : room - copied;
    memcpy(target + copied, request + skip, left);
    return copied + left;
}

static size_t gather(const rc_lane *lane, char *scratch)
{
    size_t length = 0;
    size_t skip = lane->partly;
    for (size_t place = lane->sent; place < lane->count && length < RC_SCRATCH; place++) {
        length += copy_wire(lane, place, skip, scratch + length, RC_SCRATCH - length);
        skip = 0;
    }
    return length;
}

/*
 * next_bytes is what to write now. Commands that are neighbours in the batch go out from where they
 * are; others are gathered first, as one write costs far more than the copying of many requests.
 */
static const char *next_bytes(const rc_lane *lane, char *scratch, size_t *length)
{
    size_t first = lane->commands[lane->sent];
    size_t last = lane->commands[lane->count - 1];
    if (lane->asks || last - first != lane->count - 1 - lane->sent) {
        *length = gather(lane, scratch);
        return scratch;
    }
    const rc_batch *batch = lane->batch;
    size_t offset = batch->commands[first].offset + lane->partly;
    *length = rc_batch_end_of(batch, last) - offset;
    return batch->requests.data + offset;
}

static void count_sent(rc_lane *lane, size_t bytes)
{
    while (bytes > 0) {
        size_t left = wire_length(lane, lane->sent) - lane->partly;
        if (bytes < left) {
            lane->partly += bytes;
            return;
        }
        bytes -= left;
        lane->sent++;
        lane->partly = 0;
    }
}

/*
 * allow_own_wait: a command that blocks, like BLPOP, may take the time that it asked for, and the
 * node has socket_timeout after that. The wait begins once for each command, when the one before
 * it is answered, whatever bytes come and go meanwhile.
 */
static void allow_own_wait(rc_lane *lane, rc_msec timeout)
{
    if (lane->awaited != lane->received + 1) {
        lane->awaited = lane->received + 1;
        lane->blocked_until = rc_batch_blocked(lane->batch, lane->commands[lane->received]);
        if (lane->blocked_until != RC_NEVER) {
            lane->blocked_until += rc_now();
        }
    }
    if (lane->blocked_until == RC_NEVER) {
        lane->deadline = RC_NEVER;
    } else if (timeout >= 0 && lane->deadline < lane->blocked_until + timeout) {
        lane->deadline = lane->blocked_until + timeout;
    }
}

static void renew_deadline(rc_lane *lane, const rc_pool *pool)
{
    rc_msec timeout = pool->options->socket_timeout;
    lane->progress++;
    lane->deadline = rc_deadline(timeout);
    if (lane->batch->block_count > 0 && lane->received < lane->sent) {
        allow_own_wait(lane, timeout);
    }
}

static rc_io send_some(rc_lane *lane, rc_pool *pool, char *scratch, rc_error *error)
{
    for (size_t turn = 0; lane->sent < lane->count && turn < TURN;) {
        size_t length;
        const char *data = next_bytes(lane, scratch, &length);
        size_t done = 0;
        rc_io io = rc_transport_write(&lane->connection->transport, data, length, &done, error);
        if (io != RC_IO_OK) {
            return io;
        }
        count_sent(lane, done);
        turn += done;
        renew_deadline(lane, pool);
    }
    return RC_IO_OK;
}

/* ---- receiving ---- */

/* unasked explains a reply too many; what the server says is often the reason for it. */
static bool unasked(const rc_lane *lane, size_t start, rc_error *error)
{
    const rc_item *item = rc_tape_item(lane->tape, start);
    rc_error_set(error, RC_PROTOCOL, "a reply to no command: %s",
                 item->type == RC_ITEM_ERROR ? rc_tape_text(lane->tape, item) : "not an error");
    return false;
}

/* take_asking: an ASKING that is refused is no loss, as the next reply will tell of it. */
static bool take_asking(rc_lane *lane, size_t start, rc_error *error)
{
    lane->asking_answered = true;
    return rc_tape_item(lane->tape, start)->type == RC_ITEM_ERROR ||
           rc_expect_ok(lane->tape, start, "ASKING", error) == RC_OK;
}

/* take gives one reply to the next command; false and *error when it cannot be meant for it. */
static bool take(rc_lane *lane, size_t start, rc_error *error)
{
    rc_command *command = command_at(lane, lane->received);
    bool asked = lane->received < lane->sent || lane->partly >= ASKING_LENGTH;
    if ((command->flags & RC_COMMAND_ASKING) && !lane->asking_answered && asked) {
        return take_asking(lane, start, error);
    }
    if (lane->received == lane->sent) {
        return unasked(lane, start, error);
    }
    lane->asking_answered = false;
    if (lane->received == 0) {
        lane->connection->round_trip = rc_now_us() - lane->began;
        const uint8_t kind = command->flags & (RC_COMMAND_READ | RC_COMMAND_OPAQUE);
        lane->connection->typical =
            kind == RC_COMMAND_READ && rc_batch_blocked(lane->batch, lane->commands[0]) == 0;
    }
    lane->errors |= rc_tape_item(lane->tape, start)->type == RC_ITEM_ERROR;
    command->state = RC_REPLIED;
    command->tape = lane->tape_number;
    command->reply = (uint32_t)start;
    lane->received++;
    return true;
}

/* take_replies: RC_IO_WAIT_READ when all that came is used up and more is to come. */
static rc_io take_replies(rc_lane *lane, rc_error *error)
{
    rc_reader *reader = &lane->connection->reader;
    while (lane->received < lane->count) {
        size_t start = 0;
        switch (rc_reader_next(reader, &start)) {
        case RC_READING_REPLY:
            if (!take(lane, start, error)) {
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

static rc_io receive_some(rc_lane *lane, rc_pool *pool, char *scratch, rc_error *error)
{
    lane->busy = false;
    for (size_t turn = 0; turn < TURN;) {
        size_t done = 0;
        rc_io io = rc_connection_receive(lane->connection, scratch, RC_SCRATCH, &done, error);
        if (io != RC_IO_OK) {
            return io;
        }
        lane->busy |= done >= MUCH;
        io = take_replies(lane, error);
        if (io != RC_IO_WAIT_READ) {
            return io;
        }
        renew_deadline(lane, pool);
        if (done < RC_SCRATCH && !rc_transport_pending(&lane->connection->transport)) {
            return RC_IO_WAIT_READ; /* another read would only say so */
        }
        turn += done;
    }
    return RC_IO_WAIT_READ;
}

/* ---- steps ---- */

/*
 * drain reads, after a failed write, the replies that came before the peer gave up: what a socket
 * can hold, and not what a peer goes on to send.
 */
static void drain(rc_lane *lane, rc_pool *pool, char *scratch)
{
    rc_error ignored;
    rc_io io;
    int turns = 0;
    do {
        io = receive_some(lane, pool, scratch, &ignored);
    } while (io == RC_IO_WAIT_READ && lane->received < lane->sent && ++turns < DRAIN_TURNS &&
             !rc_transport_quiet(&lane->connection->transport));
}

static void broken(rc_lane *lane, rc_pool *pool, rc_io io, rc_error *error)
{
    if (io == RC_IO_CLOSED) {
        rc_error_set(error, RC_CLOSED, "the server closed the connection");
    }
    lose(lane, pool, error);
}

/* open_up goes on opening; true when the connection is ready for commands. */
static bool open_up(rc_lane *lane, rc_pool *pool, rc_error *error)
{
    rc_io io = rc_pool_advance(pool, lane->connection, error);
    if (io == RC_IO_OK) {
        lane->began = rc_now_us();
        rc_connection_record(lane->connection, lane->tape);
        renew_deadline(lane, pool);
        return true;
    }
    if (io == RC_IO_FAILED) {
        lose(lane, pool, error);
    } else {
        lane->events = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN;
    }
    return false;
}

/* watch says what to poll for; TLS may want the socket writable for a read, and the other way
 * round. */
static void watch(rc_lane *lane)
{
    bool sending = lane->sent < lane->count;
    lane->events = (short)(lane->read_on | (sending ? lane->write_on : 0));
}

static void step_receive(rc_lane *lane, rc_pool *pool, char *scratch, rc_error *error)
{
    rc_io io = receive_some(lane, pool, scratch, error);
    if (io == RC_IO_OK) {
        finish(lane, pool);
    } else if (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        lane->read_on = io == RC_IO_WAIT_WRITE ? POLLOUT : POLLIN;
        watch(lane);
    } else {
        broken(lane, pool, io, error);
    }
}

static bool step_send(rc_lane *lane, rc_pool *pool, char *scratch, rc_error *error)
{
    rc_io io = send_some(lane, pool, scratch, error);
    if (io == RC_IO_FAILED || io == RC_IO_CLOSED) {
        drain(lane, pool, scratch);
        broken(lane, pool, io, error);
        return false;
    }
    lane->write_on = io == RC_IO_WAIT_READ ? POLLIN : POLLOUT;
    watch(lane);
    return true;
}

void rc_lane_step(rc_lane *lane, rc_pool *pool, short revents, char *scratch)
{
    const short trouble = POLLERR | POLLHUP | POLLNVAL;
    rc_error error;
    rc_error_clear(&error);
    if (!lane->connection->ready) {
        if (!open_up(lane, pool, &error)) {
            return;
        }
        revents = POLLOUT;
    }
    bool reads = revents & (lane->read_on | trouble);
    if ((revents & (lane->write_on | trouble)) && lane->sent < lane->count &&
        !step_send(lane, pool, scratch, &error)) {
        return;
    }
    if (reads) {
        step_receive(lane, pool, scratch, &error);
    }
}

void rc_lane_start(rc_lane *lane, rc_pool *pool, rc_call *call, rc_msec until)
{
    rc_error error;
    rc_error_clear(&error);
    lane->tape = rc_batch_add_tape(lane->batch, &lane->tape_number);
    rc_status status = RC_NOMEM;
    if (lane->tape == NULL) {
        rc_error_of(&error, status);
    } else {
        lane->tape->source = lane->node;
        status =
            rc_pool_take(pool, lane->node, lane->readonly, call, until, &lane->connection, &error);
    }
    if (status == RC_OK) {
        lane->tape->age = lane->connection->age;
    }
    if (status != RC_OK) {
        lose(lane, pool, &error);
        return;
    }
    lane->events = lane->write_on = POLLOUT;
    lane->read_on = POLLIN;
    if (lane->connection->ready) {
        lane->began = rc_now_us();
        rc_connection_record(lane->connection, lane->tape);
        renew_deadline(lane, pool);
    } else {
        rc_msec limit = pool->options->connect_timeout;
        bool brief = lane->replaceable && (limit < 0 || limit > READ_PATIENCE);
        lane->deadline = rc_deadline(brief ? READ_PATIENCE : limit);
    }
}
