/*
 * node_stream: one node's share of a batch, on one connection.
 *
 * A stream sends its commands in order and gives each reply, as it comes, to the command that it
 * belongs to. Requests are gathered into a scratch buffer, so the batch is never copied whole. A
 * stream never waits: it says what its socket is to be watched for. When it fails, each of its
 * commands is left replied, or unknown (its last byte was sent), or not sent; the connection is
 * closed.
 */
#ifndef RC_NODE_STREAM_H
#define RC_NODE_STREAM_H

#include "core/execution/batch.h"
#include "core/pool/pool.h"

enum { RC_SCRATCH = 64 * 1024 };

typedef struct rc_node_stream {
    rc_batch *batch;
    const uint32_t *commands; /* its share: indices into the batch, ascending */
    size_t count;
    size_t sent;     /* commands whose last byte is out */
    size_t partly;   /* bytes of the next one that are out */
    size_t received; /* commands that have their reply */
    size_t retries;  /* commands whose first round was an earlier one, sent then or not */
    size_t progress; /* grows with each read and write; what tells silence */
    size_t heard;    /* `progress` when somebody looked for silence */
    int64_t began;   /* microseconds; when the first byte could go out */
    rc_connection *connection;
    rc_reply_tree *tree;
    rc_msec deadline;      /* moves on with each progress */
    size_t awaited;        /* how many commands were awaited when blocked_until was set */
    rc_msec blocked_until; /* the end of the awaited command's own wait; RC_NEVER */
    uint32_t error;        /* of a lost stream: a number of rc_batch_add_error */
    rc_status loss;        /* of a lost stream: the status of that error */
    size_t watched;        /* its place in the poll set */
    rc_node_id node;
    uint16_t tree_number;
    short events;         /* what to poll for; 0: the stream is over */
    short read_on;        /* the event that lets a read go on */
    short write_on;       /* the event that lets a write go on */
    bool readonly;        /* needs a connection that said READONLY */
    bool replaceable;     /* all of it are reads that another node can serve as well */
    bool asks;            /* some command goes behind an ASKING */
    bool asking_answered; /* the reply to the next command's ASKING has come */
    bool errors;          /* some reply is an error */
    bool busy;            /* its last step had much to read */
    bool lost;            /* the connection broke, or was never made */
    bool broken_off;      /* the connection broke in the middle of its first reply */
    bool silent;          /* nothing has come or gone for a while */
    bool doubted;         /* its node has been put in doubt, for the way it refuses */
    bool suspect;         /* silent, and a fresh map does not have its node in its place */
} rc_node_stream;

/* rc_node_stream_start takes a connection (see rc_pool_take); on failure the stream is over, and
 * lost. */
void rc_node_stream_start(rc_node_stream *stream, rc_pool *pool, rc_call *call, rc_msec until);

/*
 * rc_node_stream_step does what can be done without a wait, after poll(2) gave `revents` (POLLOUT
 * for the first step). `scratch` has RC_SCRATCH bytes. When all replies are there the connection
 * goes back.
 */
void rc_node_stream_step(rc_node_stream *stream, rc_pool *pool, short revents, char *scratch);

/* rc_node_stream_fail ends the stream for a reason of the caller's: a deadline, an interrupt. */
void rc_node_stream_fail(rc_node_stream *stream, rc_pool *pool, rc_status status,
                         const char *reason);

#endif
