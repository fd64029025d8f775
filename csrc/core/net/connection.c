#include "core/net/connection.h"

#include "core/base/fork_lock.h"

enum { HANDSHAKE_TURN = 64 }; /* reads */

/* A server answers each command of a handshake with a short line. */
static const rc_reply_limits handshake_limits = {.bytes = 16 * 1024, .items = 64};

rc_connection *rc_connection_new(rc_node_id node, bool readonly)
{
    rc_connection *connection = rc_alloc_zeroed(sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    rc_transport_init(&connection->transport);
    connection->generation = rc_fork_generation();
    connection->node = node;
    connection->readonly = readonly;
    if (rc_reader_open(&connection->reader) != RC_OK) {
        rc_connection_free(connection);
        return NULL;
    }
    return connection;
}

void rc_connection_free(rc_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    /* After a fork the other process still uses this stream: no close_notify from here. */
    bool polite = connection->ready && connection->generation == rc_fork_generation();
    rc_transport_close(&connection->transport, polite);
    rc_reader_free(&connection->reader);
    rc_buffer_free_secret(&connection->handshake);
    rc_reply_tree_free(&connection->handshake_replies);
    rc_free(connection);
}

rc_status rc_connection_open(rc_connection *connection, rc_resolver *resolver, const char *name,
                             const rc_options *options, rc_tls *tls, rc_error *error)
{
    connection->options = options;
    rc_status status = rc_handshake_write(options, connection->readonly, &connection->handshake,
                                          &connection->handshake_count);
    if (status != RC_OK) {
        rc_resolver_drop(resolver);
        return rc_error_of(error, status);
    }
    connection->limits = options->reply_limits;
    rc_reader_record(&connection->reader, &connection->handshake_replies);
    rc_reader_limit(&connection->reader, &handshake_limits);
    connection->begun = rc_now();
    return rc_transport_open(&connection->transport, resolver, name, &options->keepalive, tls,
                             error);
}

static rc_io send_handshake(rc_connection *connection, rc_error *error)
{
    const rc_buffer *handshake = &connection->handshake;
    while (connection->handshake_sent < handshake->length) {
        size_t done = 0;
        rc_io io =
            rc_transport_write(&connection->transport, handshake->data + connection->handshake_sent,
                               handshake->length - connection->handshake_sent, &done, error);
        if (io != RC_IO_OK) {
            return io;
        }
        connection->handshake_sent += done;
    }
    return RC_IO_OK;
}

/* check_handshake looks at the reply to the next command of the handshake. */
static bool check_handshake(rc_connection *connection, size_t position, rc_error *error)
{
    unsigned number = connection->greeted++;
    return rc_handshake_check(connection->options, connection->readonly, number,
                              &connection->handshake_replies, position, error) == RC_OK;
}

/*
 * take_handshake reads on for a turn only: a peer that sends without end must not keep its caller
 * from looking at the time. Bytes that TLS has decrypted already are read at once: poll(2) does
 * not see them.
 */
static rc_io take_handshake(rc_connection *connection, rc_error *error)
{
    char scratch[1024];
    int reads = 0;
    while (connection->greeted < connection->handshake_count) {
        size_t start = 0;
        switch (rc_reader_next(&connection->reader, &start)) {
        case RC_READING_REPLY:
            if (!check_handshake(connection, start, error)) {
                return RC_IO_FAILED;
            }
            break;
        case RC_READING_MORE: {
            if (++reads > HANDSHAKE_TURN && !rc_transport_pending(&connection->transport)) {
                return RC_IO_WAIT_READ;
            }
            size_t done = 0;
            rc_io io = rc_connection_receive(connection, scratch, sizeof scratch, &done, error);
            if (io != RC_IO_OK) {
                return io;
            }
            break;
        }
        case RC_READING_BROKEN:
            rc_reader_problem(&connection->reader, error);
            return RC_IO_FAILED;
        }
    }
    return RC_IO_OK;
}

rc_io rc_connection_advance(rc_connection *connection, rc_error *error)
{
    if (connection->ready) {
        return RC_IO_OK;
    }
    rc_io io = rc_transport_connect(&connection->transport, error);
    if (io == RC_IO_OK) {
        io = send_handshake(connection, error);
    }
    if (io == RC_IO_OK) {
        io = take_handshake(connection, error);
    }
    if (io == RC_IO_CLOSED) {
        rc_error_set(error, RC_CLOSED, "the server closed the connection at once");
        return RC_IO_FAILED;
    }
    if (io == RC_IO_OK && !rc_reader_idle(&connection->reader)) {
        rc_error_set(error, RC_PROTOCOL, "a reply to no command follows the greeting");
        return RC_IO_FAILED;
    }
    if (io == RC_IO_OK) {
        rc_buffer_free_secret(&connection->handshake);
        rc_reply_tree_free(&connection->handshake_replies);
        connection->ready = true;
    }
    return io;
}

const char *rc_connection_late(const rc_connection *connection)
{
    if (connection->handshake_sent > 0) {
        return "timeout while connecting (no answer to the greeting)";
    }
    if (connection->transport.resolving) {
        return "timeout while connecting (resolving the name)";
    }
    return connection->transport.session != NULL ? "timeout while connecting (TLS handshake)"
                                                 : "timeout while connecting";
}

void rc_connection_record(rc_connection *connection, rc_reply_tree *tree)
{
    rc_reader_record(&connection->reader, tree);
    rc_reader_limit(&connection->reader, &connection->limits);
}

/* is_tls_alert: TLS' answer to a client that does not speak it; no reply begins like this. */
static bool is_tls_alert(const char *data, size_t length)
{
    return length >= 2 && data[0] == 0x15 && data[1] == 0x03;
}

/*
 * turn_away looks at what comes first. The line is the server's only word then, and stands before
 * any reply; later on it could be one, of a script for instance.
 */
static bool turn_away(rc_connection *connection, const char *data, size_t length, rc_error *error)
{
    static const char begin[] = "-ERR max number of clients ";
    bool first = !connection->heard;
    connection->heard = true;
    if (first && length > sizeof begin && memcmp(data, begin, sizeof begin - 1) == 0 &&
        memchr(data, '\n', length) == data + length - 1) {
        rc_error_set(error, RC_CONNECT, "%.*s", (int)length - 3, data + 1);
        connection->turned_away = true;
    } else if (first && is_tls_alert(data, length)) {
        rc_error_set(
            error, RC_PROTOCOL,
            "the server speaks TLS: connect with ssl=True, or begin the URL with rediss://");
        return true;
    }
    return connection->turned_away;
}

rc_io rc_connection_receive(rc_connection *connection, char *scratch, size_t size, size_t *done,
                            rc_error *error)
{
    size_t room;
    char *place = rc_reader_place(&connection->reader, &room);
    if (place != NULL) {
        rc_io io = rc_transport_read(&connection->transport, place, room, done, error);
        if (io == RC_IO_OK) {
            rc_reader_received(&connection->reader, *done);
        }
        return io;
    }
    rc_io io = rc_transport_read(&connection->transport, scratch, size, done, error);
    if (io != RC_IO_OK) {
        return io;
    }
    if (turn_away(connection, scratch, *done, error)) {
        return RC_IO_FAILED;
    }
    rc_reader_give(&connection->reader, scratch, *done);
    return io;
}

bool rc_connection_reusable(rc_connection *connection)
{
    return connection->ready && connection->generation == rc_fork_generation() &&
           rc_reader_idle(&connection->reader) && rc_transport_quiet(&connection->transport);
}
