/*
 * connection: one socket to one node, from the handshake to the last reply.
 *
 * It opens (the host is resolved; TCP, TLS, then the handshake: AUTH and the like, answered before
 * anything else is sent), carries requests out and gives replies to a reply tree. It belongs to one
 * caller at a time; the pool owns it in between. Nothing blocks but a read that is told to be
 * patient.
 */
#ifndef RC_CONNECTION_H
#define RC_CONNECTION_H

#include "core/base/node_set.h"
#include "core/base/stats.h"
#include "core/net/handshake.h"
#include "core/net/transport.h"
#include "core/resp/reader.h"

typedef struct rc_connection {
    struct rc_connection *next; /* in the pool's list of idle ones */
    rc_transport transport;
    rc_reader reader;
    rc_reply_limits limits; /* of each reply, when it is open */
    rc_buffer handshake;
    rc_reply_tree handshake_replies;
    size_t handshake_sent;
    unsigned handshake_count;  /* commands of the handshake */
    unsigned greeted;          /* how many of these have been answered */
    const rc_options *options; /* while it opens */
    unsigned generation;       /* rc_fork_generation of its birth */
    rc_msec begun;             /* when it began to open */
    rc_node_id node;
    uint16_t age;  /* of the node's number */
    bool readonly; /* greeted with READONLY */
    bool ready;
    bool heard;         /* something has come */
    bool turned_away;   /* the server had no room for it, and read nothing of what was sent */
    rc_tally tally;     /* of its caller, for the pool to add to the node's */
    int64_t round_trip; /* likewise, in microseconds; 0: none was measured */
    bool typical;       /* round_trip is that of a read that does not block on purpose */
} rc_connection;

/* rc_connection_new: NULL without memory. No socket yet. */
rc_connection *rc_connection_new(rc_node_id node, bool readonly);

/* rc_connection_free closes the connection and frees it; NULL is allowed. */
void rc_connection_free(rc_connection *connection);

/*
 * rc_connection_open begins; then rc_connection_advance until it says RC_IO_OK or RC_IO_FAILED.
 * `resolver` and `name` as in rc_transport_open; the descriptor to poll is transport.fd, which may
 * be another one after each step. The options must stay until it is ready.
 */
rc_status rc_connection_open(rc_connection *connection, rc_resolver *resolver, const char *name,
                             const rc_options *options, rc_tls *tls, rc_error *error);

/* rc_connection_advance goes on opening, without waiting; what it returns says what to poll for. */
rc_io rc_connection_advance(rc_connection *connection, rc_error *error);

/* rc_connection_late says how far a connection has come that is not ready in time. */
const char *rc_connection_late(const rc_connection *connection);

/*
 * rc_connection_record says on which reply tree the coming replies go; each may have what the
 * options allow.
 */
void rc_connection_record(rc_connection *connection, rc_reply_tree *tree);

/*
 * rc_connection_receive reads what has arrived into `scratch` and hands it to the reader; take the
 * replies with rc_reader_next before the next call. A server that has as many clients as it may
 * tells the next one so, whatever that sends: RC_CONNECT, and turned_away is set.
 */
rc_io rc_connection_receive(rc_connection *connection, char *scratch, size_t size, size_t *done,
                            rc_error *error);

/* rc_connection_reusable: it can be used again; asks the socket, at one system call.
 */
bool rc_connection_reusable(rc_connection *connection);

#endif
